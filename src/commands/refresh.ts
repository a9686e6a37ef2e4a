// refresh: exchanges the refresh token now and saves the result, for one provider or for every credential that has one.
import type { Context } from "../context.ts";
import { type Credential, isRenewable } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import type { RefreshResult } from "../flow/refresh.ts";
import { relativeTime } from "../terminal/duration.ts";
import { sanitise } from "../terminal/sanitise.ts";
import { describeToken } from "./credential-json.ts";
import { boundTokenNote, refreshKey, refreshStored } from "./fresh-credential.ts";
import type { RotationOptions } from "./given-token.ts";
import { theOnlyKey } from "./only-key.ts";
import { openSession, type Session } from "./session.ts";
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
