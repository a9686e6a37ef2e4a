// What the imitated GitHub knows: its options, and the codes and tokens that are good.
import { randomBytes } from "node:crypto";

export interface GitHubOptions {
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** The registered callback URLs; of one on a loopback IP any port will do. */
  readonly redirectUris?: readonly string[];
  readonly decision?: "allow" | "deny";
  /** What the user leaves ticked; by default all that was asked for. */
  readonly grantedScopes?: readonly string[];
  /** Whether the callback names the issuer (RFC 9207), which GitHub has switched off and on again. */
  readonly namesIssuer?: boolean;
  readonly user?: Readonly<Record<string, unknown>>;
  readonly deviceFlow?: "enabled" | "disabled";
}

interface Code {
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly challenge: string | null;
  readonly expiring: boolean;
}

interface DeviceCode {
  readonly scopes: readonly string[];
  decision: "allow" | "deny" | undefined;
  expired: boolean;
}

export interface State {
  readonly options: Required<GitHubOptions>;
  readonly issuer: string;
  readonly issued: Set<string>;
  readonly codes: Map<string, Code>;
  readonly devices: Map<string, DeviceCode>;
  /** Access token to its scopes. */
  readonly accessTokens: Map<string, readonly string[]>;
  /** Refresh token to the access token that it came with, and whether a secret is needed to use it. */
  readonly refreshTokens: Map<string, { accessToken: string; needsSecret: boolean }>;
}

export const defaults = {
  clientId: "Ov23liTestClient0001",
  clientSecret: "github-client-secret-5f3a9c1e7b",
  redirectUris: ["http://127.0.0.1/callback/github", "https://localhost:8000/callback"],
  decision: "allow",
  namesIssuer: true,
  user: { login: "octocat", id: 583231, name: "Mona Lisa", email: null },
  deviceFlow: "enabled",
} as const;

export function mint(prefix: string, issued: Set<string>, bytes = 18): string {
  const value = `${prefix}${randomBytes(bytes).toString("hex")}`;
  issued.add(value);
  return value;
}

/** Asks for a token that expires, with a refresh token; it is no scope that is tracked. */
export const offline = "offline_access";

/** Sub-scopes that a wider one covers go. */
function normalise(scopes: readonly string[]): string[] {
  const covered = (scope: string) =>
    (scopes.includes("user") && /^(user:|read:user$)/.test(scope)) ||
    (scopes.includes("repo") && /^(repo:|public_repo$)/.test(scope));
  return [...new Set(scopes)].filter((scope) => scope !== offline && !covered(scope));
}

export const splitScopes = (scope: string | null) => (scope ?? "").split(/[\s,]+/).filter(Boolean);

export function granted(
  asked: readonly string[],
  { grantedScopes }: Required<GitHubOptions>,
): string[] {
  return normalise(asked).filter((scope) => grantedScopes?.includes(scope) ?? true);
}
