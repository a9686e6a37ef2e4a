// A credential that is good for long enough, refreshed once however many ask (RFC 6749 §6). Decides and refreshes inside the credential's lock, never outside.
import type { Context } from "../context.ts";
import {
  type Credential,
  type CredentialKey,
  credentialState,
  isRenewable,
} from "../credentials/credential.ts";
import type { CredentialStore } from "../credentials/store.ts";
import { OAuthLabError } from "../errors.ts";
import type { OAuthClient, RefreshOutcome } from "./client.ts";
import type { Waiting } from "./repetition.ts";
import { refreshedCredential } from "./tokens.ts";

/** How the credential came to be good. `kept`: the server failed, but the stored token still lives; the failure is for a warning. */
export type RefreshResult =
  | { readonly outcome: "already-fresh" | "refreshed"; readonly credential: Credential }
  | { readonly outcome: "kept"; readonly credential: Credential; readonly failure: OAuthLabError };

/** What to have, and how to get at the server if it takes one. */
export interface RefreshRequest {
  readonly key: CredentialKey;
  readonly store: CredentialStore;
  /** A token that lives longer than this is good as it is. */
  readonly minTtlSeconds: number;
  /** Refresh even a token that is good. */
  readonly force: boolean;
  /** What the caller has used and seen refused: if another is stored by now, that is the refresh. Read from the store where it is absent. */
  readonly seen?: Credential;
  /** Opens the client of the server that the credential came from, and of no other; called only when a refresh is needed. */
  readonly reconnect: (credential: Credential) => Promise<OAuthClient>;
  /** How a server that is down for a moment is waited for. */
  readonly waiting: Waiting;
}

/** Throws `login-required` where nothing is stored or nothing can renew it, `unsafe` where the settings name another server than the stored one. */
export async function freshCredential(
  request: RefreshRequest,
  context: Context,
): Promise<RefreshResult> {
  const { key, store } = request;
  const seen = request.seen ?? (await store.read(key));
  if (seen === undefined) throw nothingStored(key, orGiven);
  if (!request.force && isGood(seen, request, context))
    return { outcome: "already-fresh", credential: seen };
  if (!isRenewable(seen)) throw notRenewable(seen);

  /** What another has stored since, where it is good: the refresh is done then. */
  const adoptFrom = (current: Credential | undefined): RefreshResult | undefined => {
    if (current === undefined || !isGood(current, request, context)) return undefined;
    const othersWork =
      current.obtainedAt !== seen.obtainedAt ||
      current.accessToken.reveal() !== seen.accessToken.reveal();
    return othersWork || !request.force
      ? { outcome: "already-fresh", credential: current }
      : undefined;
  };
  const refresh = async (): Promise<RefreshResult> => {
    const current = await store.read(key);
    if (current === undefined) throw nothingStored(key);
    return adoptFrom(current) ?? (await refreshNow(current, request, context));
  };
  const attempt = () => store.withLock(key, refresh, async () => adoptFrom(await store.read(key)));
  // Nobody waits for a server while there is a good token.
  const canDoWithout = !request.force && isGood(seen, { minTtlSeconds: 0 }, context);
  try {
    const { repeatWhereSafe } = await import("./repetition.ts");
    return await (canDoWithout ? attempt() : repeatWhereSafe(attempt, request.waiting));
  } catch (error) {
    return keepUsing(error, request, context);
  }
}

/** The stored token where it still lives and nothing was said against it. Throws the failure where it does not. */
async function keepUsing(
  failure: unknown,
  { key, store, force }: RefreshRequest,
  context: Context,
): Promise<RefreshResult> {
  const isOutage =
    failure instanceof OAuthLabError &&
    (failure.kind === "unavailable" || (failure.code === "lock_timeout" && !force));
  if (!isOutage) throw failure;
  const credential = await store.read(key);
  if (credential === undefined || !isGood(credential, { minTtlSeconds: 0 }, context)) throw failure;
  return { outcome: "kept", credential, failure };
}

async function refreshNow(
  current: Credential,
  { key, store, reconnect }: RefreshRequest,
  context: Context,
): Promise<RefreshResult> {
  if (!isRenewable(current)) throw notRenewable(current);
  const client = await reconnect(current);
  // Proof that the answer can be stored comes before the question.
  await store.prepareSave(key);
  const result = await renew(client, current);
  if (result.kind === "refreshed") {
    const credential = refreshedCredential(current, result.tokens, context.clock.now());
    await keep(credential, store);
    return { outcome: "refreshed", credential };
  }
  // Whatever else is wrong with the answer: the old refresh token is spent, the new one must not be lost.
  if (result.rotated) await keep({ ...current, refreshToken: result.rotated }, store);
  throw result.failure;
}

/** Saves, as often as the store tries. What cannot be saved even then is lost, and with it perhaps the only good refresh token. */
async function keep(credential: Credential, store: CredentialStore): Promise<void> {
  try {
    await store.save(credential);
  } catch (error) {
    if (!(error instanceof OAuthLabError) || error.kind !== "store") throw error;
    const { kind, code, message, hint } = error;
    const lost = "The new tokens are lost: if the next refresh is refused, sign in again.";
    throw new OAuthLabError({ kind, code, message, hint: hint ? `${hint} ${lost}` : lost });
  }
}

/** The refresh token where there is one; a client without a user asks again. */
async function renew(client: OAuthClient, current: Credential): Promise<RefreshOutcome> {
  if (current.refreshToken !== undefined) return client.refresh(current, current.refreshToken);
  const { requestClientCredentials } = await import("./client-credentials.ts");
  const tokens = await requestClientCredentials(client, current.requestedScopes);
  return { kind: "refreshed", tokens };
}

function isGood(
  credential: Credential,
  { minTtlSeconds }: Pick<RefreshRequest, "minTtlSeconds">,
  { clock }: Context,
): boolean {
  return credentialState(credential, { now: clock.now(), minTtlSeconds }).state === "active";
}

const orGiven = " A script can be given <NAME>_REFRESH_TOKEN instead.";

/** The failure where there is no credential of this provider and profile; `otherwise` is a sentence on what would do instead. */
export function nothingStored({ provider, profile }: CredentialKey, otherwise = ""): OAuthLabError {
  const option = profile === "default" ? "" : ` --profile ${profile}`;
  return new OAuthLabError({
    kind: "login-required",
    code: "nothing_stored",
    message: `There is no credential for ${provider}${option === "" ? "" : `, profile ${profile}`}.`,
    hint: `Sign in with \`oauth-lab login ${provider}${option}\`.${otherwise}`,
  });
}

function notRenewable({ provider }: Credential): OAuthLabError {
  return new OAuthLabError({
    kind: "login-required",
    code: "no_refresh_token",
    message: `The credential for ${provider} has no refresh token, so it cannot be renewed.`,
    hint: `Sign in with \`oauth-lab login ${provider} --offline\` to get one.`,
  });
}
