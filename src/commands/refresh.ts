// refresh: exchanges the refresh token now and saves the result, for one provider or for every credential that has one.
import type { Context } from "../context.ts";
import type { Credential, CredentialKey } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import { freshCredential, type RefreshResult } from "../flow/refresh.ts";
import { relativeTime } from "../terminal/duration.ts";
import { sanitise } from "../terminal/sanitise.ts";
import { describeToken } from "./credential-json.ts";
import { theOnlyKey } from "./only-key.ts";
import { type GlobalOptions, openSession, type Session, withProvider } from "./session.ts";

/** The options of `refresh`. */
export interface RefreshOptions extends GlobalOptions {
  readonly all?: boolean;
}

/** Refreshes. With `--all` every credential is tried, and the first failure decides the exit code. */
export async function refresh(
  name: string | undefined,
  options: RefreshOptions,
  context: Context,
): Promise<void> {
  const session = await openSession(options, context);
  if (!options.all) {
    const key = await theOnlyKey(name, session);
    const result = await refreshKey(key, { force: true, minTtlSeconds: 0 }, session);
    tell(result, session);
    if (options.json) session.terminal.json(describeToken(result.credential, context.clock.now()));
    return;
  }
  const refreshed: Credential[] = [];
  const failures: OAuthLabError[] = [];
  for (const listed of await session.store.list()) {
    if (!("credential" in listed) || listed.credential.refreshToken === undefined) continue;
    try {
      const result = await refreshKey(
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

/** A good credential of this key, by way of the one place that refreshes. */
export function refreshKey(
  key: CredentialKey,
  need: { readonly force: boolean; readonly minTtlSeconds: number },
  session: Session,
): Promise<RefreshResult> {
  return withProvider(key.provider, session, ({ reconnect }) =>
    freshCredential({ ...need, key, store: session.store, reconnect }, session.context),
  );
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
