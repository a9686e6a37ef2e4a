// A credential that is good for what a command needs: printed from the store where it is, renewed where it is not. Loads nothing of the protocol before it has to.
import { type Credential, type CredentialKey, credentialState } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import type { RefreshResult } from "../flow/refresh.ts";
import { settingsPrefix } from "../providers/settings-prefix.ts";
import { Secret } from "../secret.ts";
import type { RotationOptions } from "./given-token.ts";
import type { Session } from "./session.ts";

/** What to know before a token that is bound to a key is handed on (RFC 9449). */
export const boundTokenNote =
  "The token is bound to a key that stays here (DPoP): alone it opens nothing. `oauth-lab api` uses both.";

/** What a command needs of a credential. */
export interface Need {
  readonly force: boolean;
  readonly minTtlSeconds: number;
  /** A stored credential whose token was refused. */
  readonly seen?: Credential;
  /** What becomes of a configured refresh token's successor. */
  readonly rotation?: RotationOptions;
}

/** A good credential of this key: from the refresh token that is configured for it, else from the stored one. In a CI job its access token is masked first. */
export async function refreshKey(
  key: CredentialKey,
  need: Need,
  session: Session,
): Promise<RefreshResult> {
  const { settings, context } = session;
  const name = `${settingsPrefix(key.provider)}_REFRESH_TOKEN`;
  const configured = settings.get(name);
  if (configured?.unasked) await checkUnasked({ ...configured, name }, key, session);
  const spent = configured && (await spend(new Secret(configured.value), { key, need, session }));
  const result = spent || (await refreshStored(key, need, session));
  if (context.env.GITHUB_ACTIONS || context.env.TF_BUILD) {
    const { maskInLog } = await import("./log-masks.ts");
    maskInLog([result.credential.accessToken], context);
  }
  return result;
}

/** A stranger's refresh token would put what is done with its tokens into a stranger's account: it never stands in for what is stored, and is always told. */
async function checkUnasked(
  { name, origin }: { readonly name: string; readonly origin: string },
  key: CredentialKey,
  { store, terminal }: Session,
): Promise<void> {
  if ((await store.read(key)) === undefined)
    return terminal.warn(`The refresh token is ${name} in ${origin}, not one of a sign-in here.`);
  throw new OAuthLabError({
    kind: "unsafe",
    code: "refresh_token_unasked",
    message: `${name} in ${origin}, which nobody named, was not used instead of the stored credential.`,
    hint: "If that file is yours, name it with --env-file; else use the stored credential from another folder.",
  });
}

async function spend(
  given: Secret,
  { key, need, session }: { key: CredentialKey; need: Need; session: Session },
): Promise<RefreshResult | undefined> {
  const { renewGiven } = await import("./renewal.ts");
  return renewGiven(given, { key, rotation: need.rotation ?? {} }, session);
}

/** A good credential of this key, from the stored one. */
export async function refreshStored(
  key: CredentialKey,
  need: Omit<Need, "rotation">,
  session: Session,
): Promise<RefreshResult> {
  const { force, minTtlSeconds } = need;
  const { store, context } = session;
  const credential = need.seen ?? (await store.read(key));
  const now = context.clock.now();
  if (
    credential &&
    !force &&
    credentialState(credential, { now, minTtlSeconds }).state === "active"
  )
    return { outcome: "already-fresh", credential };
  const { renewStored } = await import("./renewal.ts");
  return renewStored(key, { ...need, ...(credential && { seen: credential }) }, session);
}
