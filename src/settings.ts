// The configuration: the environment first, then one .env file, then the one in the configuration folder.
// A file is only parsed, never loaded: nothing in it reaches process.env, and only our own keys are seen at all.
import { join, posix, resolve, win32 } from "node:path";
import type { Context } from "./context.ts";
import { readEnvFile } from "./env-file.ts";
import { OAuthLabError } from "./errors.ts";
import { platformHome } from "./home-folder.ts";
import { sanitise } from "./terminal/sanitise.ts";

/** A value and where it came from: `environment`, or the path of a file. */
export interface Setting {
  readonly value: string;
  readonly origin: string;
  /** It stands in the .env of the current folder, which nobody named: perhaps a stranger's. */
  readonly unasked: boolean;
}

/** Every configured value, each knowing its origin. */
export interface Settings {
  get(key: string): Setting | undefined;
  /** The value of a key, without its origin. */
  value(key: string): string | undefined;
  /** All keys that are set and end so, for listing the providers that someone configured. */
  keysEndingWith(suffix: string): string[];
  /** The folder that our own files are in. */
  readonly home: string;
  /** What a person should know about the files that were read, one sentence each. */
  readonly warnings: readonly string[];
}

const providerKey =
  /^[A-Z][A-Z0-9_]{0,63}_(CLIENT_ID|CLIENT_SECRET|CLIENT_AUTHENTICATION|PRIVATE_KEY_FILE|REDIRECT_URI|SCOPE|REFRESH_TOKEN|ISSUER|AUTHORIZATION_ENDPOINT|TOKEN_ENDPOINT|DEVICE_AUTHORIZATION_ENDPOINT|USERINFO_ENDPOINT|REVOCATION_ENDPOINT|INTROSPECTION_ENDPOINT|API_URL)$/;
const ownKeys = new Set([
  "GITHUB_SERVER_URL",
  "OAUTH_LAB_HOME",
  "OAUTH_LAB_STORE",
  "OAUTH_LAB_PASSPHRASE",
  "OAUTH_LAB_PROFILE",
]);
/** A file that merely lies in the current folder must not choose where secrets rest, nor which file holds a key: a checkout brings links along (docs/adr/0003). */
const notFromCurrentFolder = /^OAUTH_LAB_(HOME|STORE|PASSPHRASE)$|_PRIVATE_KEY_FILE$/;

/** Reads what configures us. Throws `usage` for a file that is asked for and missing, or that does not say what its author sees. */
export async function readSettings(
  {
    envFile,
    foreignFolder = false,
  }: {
    readonly envFile?: string | undefined;
    /** Another program chose the current folder, such as git a stranger's repository: its .env is not looked at. */
    readonly foreignFolder?: boolean;
  },
  context: Context,
): Promise<Settings> {
  const warnings: string[] = [];
  const values = new Map<string, Setting>();
  const add = (entries: readonly [string, string][], origin: string, unasked = false): void => {
    for (const [key, value] of entries) {
      if (isOurs(key) && value !== "" && !values.has(key))
        values.set(key, { value, origin: sanitise(origin, 400), unasked });
    }
  };
  const warn = (sentence: string): void => void warnings.push(sentence);
  add(definedEntries(context.env), "environment");

  const named = envFile !== undefined;
  const current = resolve(context.workingFolder, envFile ?? ".env");
  const fromCurrent =
    foreignFolder && !named
      ? []
      : await readEnvFile({ path: current, named, isOurs, warn }, context);
  const ignored = fromCurrent.filter(([key]) => !named && notFromCurrentFolder.test(key));
  for (const [key] of ignored) {
    warn(
      `${key} in ${sanitise(current, 400)} is ignored: set it in the environment or in a file given with --env-file.`,
    );
  }
  add(
    fromCurrent.filter((entry) => !ignored.includes(entry)),
    current,
    !named,
  );

  const chosen = values.get("OAUTH_LAB_HOME")?.value;
  const home = chosen ? resolve(context.workingFolder, chosen) : requireHome(context);
  const own = join(home, ".env");
  add(await readEnvFile({ path: own, named: false, isOurs, warn }, context), own);

  return {
    get: (key) => values.get(key),
    value: (key) => values.get(key)?.value,
    keysEndingWith: (suffix) => [...values.keys()].filter((key) => key.endsWith(suffix)).sort(),
    home,
    warnings,
  };
}

function isOurs(key: string): boolean {
  return ownKeys.has(key) || providerKey.test(key);
}

function definedEntries(env: Context["env"]): [string, string][] {
  return Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
}

/** A path that is not absolute would put secrets into whatever folder the user works in. */
function requireHome(context: Context): string {
  const home = platformHome(context);
  if (posix.isAbsolute(home) || win32.isAbsolute(home)) return home;
  throw new OAuthLabError({
    kind: "usage",
    code: "home_unknown",
    message: "This user has no home folder, so there is no place to keep credentials in.",
    hint: "Set OAUTH_LAB_HOME to a folder of yours.",
  });
}
