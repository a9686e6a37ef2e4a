// status: what is stored, where, until when, and whether it can be refreshed. No network and no secrets.
import type { Context } from "../context.ts";
import { type Credential, credentialState, isRenewable } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import { relativeTime } from "../terminal/duration.ts";
import { sanitise } from "../terminal/sanitise.ts";
import { formatTable } from "../terminal/table.ts";
import { describeCredential } from "./credential-json.ts";
import { type GlobalOptions, openSession } from "./session.ts";

/** The options of `status`. */
export interface StatusOptions extends GlobalOptions {
  readonly check?: boolean;
}

/** Shows it. With `--check` throws `login-required` where a credential needs a person. */
export async function status(options: StatusOptions, context: Context): Promise<void> {
  const { store, terminal } = await openSession(options, context);
  const now = context.clock.now();
  const [place, listed] = await Promise.all([store.place(), store.list()]);
  const credentials = listed.flatMap((item) => ("credential" in item ? [item] : []));
  const problems = listed.flatMap((item) => ("problem" in item ? [item] : []));

  if (options.json) {
    terminal.json({
      version: 1,
      store: { protection: place.protection, folder: place.folder },
      credentials: credentials.map(({ credential, protection }) => ({
        ...describeCredential(credential, now),
        protection,
      })),
      problems: problems.map(({ file, problem }) => ({ file, problem })),
    });
  } else {
    const header = ["PROVIDER", "PROFILE", "ACCOUNT", "STATE", "REFRESHABLE", "PROTECTION"];
    const rows = credentials.map(({ credential, protection }) => [
      ...describeRow(credential, now),
      protection,
    ]);
    if (rows.length > 0) terminal.result(formatTable([header, ...rows]));
    for (const { file, problem } of problems) terminal.warn(`${sanitise(file, 200)}: ${problem}`);
    terminal.say(rows.length > 0 ? `New logins are stored in ${place.description}.` : emptyStore);
  }
  for (const warning of store.warnings) terminal.warn(warning);
  if (options.check)
    check(
      credentials.map(({ credential }) => credential),
      now,
    );
}

const emptyStore =
  "Nothing is stored. `oauth-lab login <provider>` signs in; `oauth-lab login sandbox` needs no account.";

function describeRow(credential: Credential, now: number): string[] {
  const { provider, profile, login, subject, expiresAt } = credential;
  const state = credentialState(credential, { now, minTtlSeconds: 0 });
  const ends = expiresAt === undefined ? "" : ` (${relativeTime((expiresAt - now) / 1000)})`;
  return [
    sanitise(provider, 60),
    profile,
    sanitise(login ?? subject ?? "", 40),
    `${state.state}${ends}`,
    isRenewable(credential) ? "yes" : "no",
  ];
}

function check(credentials: readonly Credential[], now: number): void {
  const needing = credentials.filter((credential) => {
    const state = credentialState(credential, { now, minTtlSeconds: 0 });
    return state.state === "expired" && !state.refreshable;
  });
  if (credentials.length > 0 && needing.length === 0) return;
  const names = needing.map(({ provider }) => sanitise(provider, 60)).join(", ");
  throw new OAuthLabError({
    kind: "login-required",
    code: needing.length > 0 ? "login_needed" : "nothing_stored",
    message: needing.length > 0 ? `A new login is needed for ${names}.` : "Nothing is stored.",
    hint: "Sign in with `oauth-lab login <provider>`.",
  });
}
