// refresh: exchanges the refresh token now and saves the result, for one provider or for every credential that has one.
import type { Context } from "../context.ts";
import { type Credential, type CredentialKey, isRenewable } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import { letFinish } from "../flow/let-finish.ts";
import { freshCredential, type RefreshResult } from "../flow/refresh.ts";
import type { Waiting } from "../flow/repetition.ts";
import { settingsPrefix } from "../providers/known.ts";
import { Secret } from "../secret.ts";
import { relativeTime } from "../terminal/duration.ts";
import { sanitise } from "../terminal/sanitise.ts";
import { describeToken } from "./credential-json.ts";
import type { RotationOptions } from "./given-token.ts";
import { theOnlyKey } from "./only-key.ts";
import { openSession, type Session, withProvider } from "./session.ts";
import type { TokenOutputOptions } from "./token-output.ts";

/** The options of `refresh`. */
export interface RefreshOptions extends TokenOutputOptions, RotationOptions {
  readonly all?: boolean;
}

/** Refreshes. With `--all` every credential is tried, and the first failure decides the exit code. */
export async function refresh(
  name: string | undefined,
  options: RefreshOptions,
  context: Context,
): Promise<void> {
  const session = await openSession(options, context);
  if (options.all) return refreshAll(options, session);
  const key = await theOnlyKey(name, session);
  const print = wantsToken(options)
    ? await (await import("./token-output.ts")).openTokenOutput(key, options, session)
    : undefined;
  const need = { force: true, minTtlSeconds: 0, rotation: options };
  const result = await refreshKey(key, need, session);
  tell(result, session);
  await print?.(result.credential);
  if (print && result.credential.proofKey) session.terminal.warn(boundTokenNote);
}

function wantsToken({ json, format, output }: RefreshOptions): boolean {
  return json === true || format !== undefined || output !== undefined;
}

async function refreshAll(options: RefreshOptions, session: Session): Promise<void> {
  const { context } = session;
  if (options.format !== undefined || options.output !== undefined) {
    throw new OAuthLabError({
      kind: "usage",
      code: "options_conflict",
      message: "--format and --output print one token, and --all refreshes many.",
      hint: "Use --json with --all, or name a provider.",
    });
  }
  const refreshed: Credential[] = [];
  const failures: OAuthLabError[] = [];
  for (const listed of await session.store.list()) {
    if (!("credential" in listed) || !isRenewable(listed.credential)) continue;
    try {
      const result = await refreshStored(
        listed.credential,
        { force: true, minTtlSeconds: 0 },
        session,
      );
      tell(result, session);
      refreshed.push(result.credential);
    } catch (error) {
      if (!(error instanceof OAuthLabError) || context.signal.aborted) throw error;
      session.terminal.warn(
        `${listed.credential.provider}, profile ${listed.credential.profile}: ${error.message}`,
      );
      failures.push(error);
    }
  }
  if (options.json) {
    const now = context.clock.now();
    session.terminal.json({
      version: 1,
      tokens: refreshed.map((credential) => describeToken(credential, now)),
    });
  }
  if (failures[0]) throw failures[0];
}

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
  const given = configured && new Secret(configured.value);
  const spent = given && (await spend(given, { key, need, session }));
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
  const { refreshGiven } = await import("./given-token.ts");
  const rotation = need.rotation ?? {};
  return letFinish(session.context, (context) =>
    refreshGiven(given, { key, rotation, waiting: waitingIn(session) }, { ...session, context }),
  );
}

/** A good credential of this key, from the stored one: by way of the one place that refreshes what is stored. */
export function refreshStored(
  key: CredentialKey,
  need: Omit<Need, "rotation">,
  session: Session,
): Promise<RefreshResult> {
  const { store } = session;
  const waiting = waitingIn(session);
  return letFinish(session.context, (context) =>
    withProvider(key.provider, { ...session, context }, ({ reconnect }) =>
      freshCredential({ ...need, key, store, reconnect, waiting }, session.context),
    ),
  );
}

/** A wait for the provider is told, and ends at once when the run does. */
function waitingIn({ terminal, context: { clock, signal } }: Session): Waiting {
  return { say: (line) => terminal.say(line), clock, signal };
}

function tell(
  { outcome, credential, ...rest }: RefreshResult,
  { terminal, context }: Session,
): void {
  const { expiresAt, accessToken, provider } = credential;
  const life =
    expiresAt === undefined
      ? ""
      : `, expires ${relativeTime((expiresAt - context.clock.now()) / 1000)}`;
  if ("failure" in rest) {
    terminal.warn(
      `The provider could not be asked, so the stored token stays in use${life}. ${rest.failure.message}`,
    );
    return;
  }
  const how = outcome === "refreshed" ? "Refreshed" : "Another process has just refreshed";
  terminal.say(
    `${how} ${sanitise(provider, 200)}: access token ${accessToken.abbreviate()}${life}.`,
  );
}
