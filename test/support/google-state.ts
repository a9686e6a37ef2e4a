// What the imitated Google knows: its options, its errors, and the codes, grants and tokens that are good.
import { randomBytes } from "node:crypto";
import type { Answer, RecordedRequest } from "./provider-server.ts";

export interface GoogleOptions {
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** `web`: redirect URIs match exactly; `desktop`: any loopback one; `tv`: the device flow only. */
  readonly clientType?: "web" | "desktop" | "tv";
  /** The registered redirect URIs of a web client. */
  readonly redirectUris?: readonly string[];
  readonly decision?: "allow" | "deny";
  /** What the user leaves ticked; by default all that was asked for. */
  readonly grantedScopes?: readonly string[];
  readonly user?: { readonly sub: string; readonly email: string; readonly name: string };
  /** Milliseconds since 1970, for the times in an ID token. */
  readonly now?: () => number;
  readonly accessTtlSeconds?: number;
}

export interface GoogleGrant {
  readonly scopes: readonly string[];
  readonly offline: boolean;
  readonly nonce: string | null;
}

interface GoogleCode extends GoogleGrant {
  readonly redirectUri: string;
  readonly challenge: string | null;
  readonly method: string | null;
}

interface GoogleDevice {
  readonly scopes: readonly string[];
  decision: "allow" | "deny" | undefined;
}

export interface GoogleState {
  readonly options: Required<GoogleOptions>;
  readonly issuer: string;
  readonly issued: Set<string>;
  readonly codes: Map<string, GoogleCode>;
  readonly devices: Map<string, GoogleDevice>;
  readonly accessTokens: Map<string, GoogleGrant>;
  readonly refreshTokens: Map<string, GoogleGrant>;
  /** What the user has consented to so far: the refresh token comes with the first consent only. */
  readonly consented: Set<string>;
}

export const googleDefaults = {
  clientId: "123456789012-labtest.apps.googleusercontent.com",
  clientSecret: "GOCSPX-testclientsecret0123456789ab",
  clientType: "web",
  redirectUris: [
    "http://127.0.0.1:8000/callback/google",
    "https://localhost:8080/auth/google/callback",
  ],
  decision: "allow",
  user: { sub: "110169484474386276334", email: "ada@example.com", name: "Ada Lovelace" },
  now: Date.now,
  accessTtlSeconds: 3599,
} as const;

/** Google says no with the status that RFC 6749 wants. */
export function refuse(error: string, description: string, status = 400): Answer {
  return { status, body: { error, error_description: description } };
}

export function mint(prefix: string, issued: Set<string>): string {
  const value = `${prefix}${randomBytes(30).toString("base64url")}`;
  issued.add(value);
  return value;
}

const fullNames: Readonly<Record<string, string>> = {
  email: "https://www.googleapis.com/auth/userinfo.email",
  profile: "https://www.googleapis.com/auth/userinfo.profile",
};

/** Google answers with the full names of the sign-in scopes. */
export function rename(scopes: readonly string[]): string[] {
  return [...new Set(scopes.map((scope) => fullNames[scope] ?? scope))];
}

export const splitScopes = (scope: string | null) => (scope ?? "").split(" ").filter(Boolean);

/** A client that may not ask at all; undefined where it may. Google wants the secret even with PKCE. */
export function checkClient({ options }: GoogleState, { form }: RecordedRequest) {
  if (form.get("client_id") !== options.clientId)
    return refuse("invalid_client", "The OAuth client was not found.", 401);
  const secret = form.get("client_secret");
  if (secret === null) return refuse("invalid_request", "client_secret is missing.");
  if (secret !== options.clientSecret) return refuse("invalid_client", "Unauthorized", 401);
  return undefined;
}
