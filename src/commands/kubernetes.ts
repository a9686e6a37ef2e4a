// kubectl's exec credential plugin: what it asks in KUBERNETES_EXEC_INFO, and the ExecCredential that it reads (https://kubernetes.io/docs/reference/config-api/client-authentication.v1/).
import type { Context } from "../context.ts";
import type { Credential, CredentialKey } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import type { RefreshResult } from "../flow/refresh.ts";
import { sanitise } from "../terminal/sanitise.ts";
import { type Need, refreshKey } from "./fresh-credential.ts";
import type { Session } from "./session.ts";

/** The newest first; the two differ in nothing that we say. */
const apiVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/** The apiVersion that the answer must have; the newest where kubectl says nothing. Throws `usage` for one that is unknown. */
export function readApiVersion({ KUBERNETES_EXEC_INFO: info }: Context["env"]): string {
  const asked = info ? readMember(info, "apiVersion") : apiVersions[0];
  const version = apiVersions.find((known) => known === asked);
  if (version !== undefined) return version;
  throw new OAuthLabError({
    kind: "usage",
    code: "exec_version_unknown",
    message: "KUBERNETES_EXEC_INFO asks for a version of ExecCredential that is not known.",
    hint: `Set apiVersion: ${apiVersions[0]} below exec in the kubeconfig.`,
  });
}

/** kubectl reads years of four digits, and a later end tells it nothing. */
const latestTimestamp = Date.UTC(9999, 11, 31);

/** The ExecCredential of a token that ends then (milliseconds since 1970). */
export function formatExecCredential(
  { token, expiresAt }: { readonly token: string; readonly expiresAt?: number | undefined },
  apiVersion: string | undefined,
): string {
  const status = {
    token,
    ...(expiresAt !== undefined &&
      expiresAt <= latestTimestamp && { expirationTimestamp: new Date(expiresAt).toISOString() }),
  };
  return `${JSON.stringify({ apiVersion, kind: "ExecCredential", status })}\n`;
}

/** The credential with an ID token that is good for as long as needed, if a refresh can bring it: it may end before the access token does. */
export async function refreshIdToken(
  key: CredentialKey,
  need: Need,
  session: Session,
): Promise<RefreshResult> {
  const result = await refreshKey(key, need, session);
  const { credential, outcome } = result;
  const now = session.context.clock.now();
  if (outcome !== "already-fresh" || !wantsRefresh(credential, { ...need, now })) return result;
  return refreshKey(key, { ...need, force: true, seen: credential }, session);
}

/** Whether the ID token is too near its end, and a refresh may help: an answer without one (OIDC Core §12.2), or with one as short, is not asked for twice. */
function wantsRefresh(
  credential: Credential,
  { now, minTtlSeconds }: { now: number; minTtlSeconds: number },
): boolean {
  const end = idTokenEnd(credential);
  if (end === undefined) return false;
  const needed = end <= now ? 0 : minTtlSeconds * 1000;
  return end <= now + needed && end > credential.obtainedAt + needed;
}

/** The ID token and its end. Throws `login-required` where there is none, or where it is over and no refresh has brought a new one. */
export function goodIdToken(
  credential: Credential,
  now: number,
): { token: string; expiresAt: number | undefined } {
  const { idToken, provider } = credential;
  const expiresAt = idTokenEnd(credential);
  const name = sanitise(provider, 200);
  if (idToken === undefined) {
    throw new OAuthLabError({
      kind: "login-required",
      code: "no_id_token",
      message: `The credential for ${name} has no ID token, which a cluster with OpenID Connect wants.`,
      hint: `Sign in with the scope openid. For a cluster that takes access tokens, use --format kubectl-access-token.`,
    });
  }
  if (expiresAt === undefined || expiresAt > now) return { token: idToken.reveal(), expiresAt };
  throw new OAuthLabError({
    kind: "login-required",
    code: "id_token_over",
    message: `The ID token of ${name} is over, and the refresh brought no new one.`,
    hint: `Sign in again with \`oauth-lab login ${name}\`.`,
  });
}

/** Its `exp` in milliseconds (OIDC Core §2). It was verified when it came; here it is only read. */
function idTokenEnd({ idToken }: Credential): number | undefined {
  const [, payload = ""] = idToken?.reveal().split(".") ?? [];
  const exp = readMember(Buffer.from(payload, "base64url").toString(), "exp");
  return typeof exp === "number" ? exp * 1000 : undefined;
}

function readMember(text: string, name: string): unknown {
  try {
    return (JSON.parse(text) as Record<string, unknown> | null)?.[name];
  } catch {
    return undefined;
  }
}
