// The configuration: the environment first, then one .env file, then the one in the configuration folder.
// A file is only parsed, never loaded: nothing in it reaches process.env, and only our own keys are seen at all.
import { join, posix, win32 } from "node:path";
import type { Context } from "./context.ts";
import { OAuthLabError } from "./errors.ts";

/** A value and where it came from: `environment`, or the path of a file. */
export interface Setting {
  readonly value: string;
  readonly origin: string;
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
  /^[A-Z][A-Z0-9_]{0,63}_(CLIENT_ID|CLIENT_SECRET|REDIRECT_URI|SCOPE|REFRESH_TOKEN|ISSUER|AUTHORIZATION_ENDPOINT|TOKEN_ENDPOINT|DEVICE_AUTHORIZATION_ENDPOINT|USERINFO_ENDPOINT|REVOCATION_ENDPOINT|INTROSPECTION_ENDPOINT|API_URL)$/;
const ownKeys = new Set([
  "GITHUB_SERVER_URL",
  "OAUTH_LAB_HOME",
  "OAUTH_LAB_STORE",
  "OAUTH_LAB_PASSPHRASE",
  "OAUTH_LAB_PROFILE",
]);
/** A file that merely lies in the current folder must not choose where secrets rest (docs/adr/0003). */
const notFromCurrentFolder = new Set(["OAUTH_LAB_HOME", "OAUTH_LAB_STORE", "OAUTH_LAB_PASSPHRASE"]);
/** Keys of other programs that some tools would obey when they stand in a .env: worth a warning, never obeyed here. */
const dangerousKey =
  /^(BROWSER|PATH|NODE_OPTIONS|NODE_TLS_REJECT_UNAUTHORIZED|NODE_EXTRA_CA_CERTS|LD_PRELOAD|SSL_CERT_FILE|(HTTPS?|ALL)_PROXY)$/;
const maxFileBytes = 256 * 1024;

/** Reads what configures us. Throws `usage` for a file that is asked for and missing, or that does not say what its author sees. */
export async function readSettings(
  { envFile }: { readonly envFile?: string | undefined },
  context: Context,
): Promise<Settings> {
  const warnings: string[] = [];
  const values = new Map<string, Setting>();
  const add = (entries: Iterable<[string, string]>, origin: string): void => {
    for (const [key, value] of entries) {
      if (isOurs(key) && value !== "" && !values.has(key)) values.set(key, { value, origin });
    }
  };
  add(definedEntries(context.env), "environment");

  const current = envFile ?? join(context.workingFolder, ".env");
  const fromCurrent = await readEnvFile(current, {
    context,
    warnings,
    required: envFile !== undefined,
  });
  if (fromCurrent) {
    const allowed = Object.entries(fromCurrent).filter(([key]) => {
      if (envFile !== undefined || !notFromCurrentFolder.has(key)) return true;
      warnings.push(
        `${key} in ${current} is ignored: set it in the environment or in a file given with --env-file.`,
      );
      return false;
    });
    add(allowed, current);
  }

  const home = values.get("OAUTH_LAB_HOME")?.value ?? platformHome(context);
  const own = join(home, ".env");
  const fromOwn = await readEnvFile(own, { context, warnings, required: false });
  if (fromOwn) add(Object.entries(fromOwn), own);

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

/** The folder for our files where OAUTH_LAB_HOME names none: the platform's own (XDG Base Directory on Linux and where it is set). */
function platformHome({ env, homeFolder, platform }: Context): string {
  if (platform === "win32") {
    return win32.join(env.LOCALAPPDATA ?? win32.join(homeFolder, "AppData", "Local"), "oauth-lab");
  }
  const state = env.XDG_STATE_HOME;
  if (state !== undefined && posix.isAbsolute(state)) return posix.join(state, "oauth-lab");
  return platform === "darwin"
    ? posix.join(homeFolder, "Library", "Application Support", "oauth-lab")
    : posix.join(homeFolder, ".local", "state", "oauth-lab");
}

async function readEnvFile(
  path: string,
  { context, warnings, required }: { context: Context; warnings: string[]; required: boolean },
): Promise<Record<string, string> | undefined> {
  const bytes = await readIfThere(path, context);
  if (bytes === undefined) {
    if (!required) return undefined;
    throw new OAuthLabError({
      kind: "usage",
      code: "env_file_missing",
      message: `The file ${path} cannot be read.`,
      hint: "Check the path given with --env-file.",
    });
  }
  if (bytes.length > maxFileBytes) {
    throw unreadable(path, "is larger than 256 KiB");
  }
  if (bytes.includes(0)) {
    throw unreadable(path, "is not UTF-8 text (PowerShell's > writes UTF-16)");
  }
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  const { parse } = await import("dotenv");
  const parsed = parse(text);
  const ours: Record<string, string> = {};
  for (const [key, value] of Object.entries(parsed)) {
    if (dangerousKey.test(key)) {
      warnings.push(
        `${key} in ${path} is ignored: only oauth-lab's own keys are read from a file.`,
      );
    }
    if (!isOurs(key)) continue;
    checkValue({ path, key, value, text });
    ours[key] = value;
  }
  return ours;
}

/** Undefined where there is no such file, or it belongs to another user: a stranger's file configures nothing. */
async function readIfThere(path: string, context: Context): Promise<Buffer | undefined> {
  try {
    const handle = await context.files.open(path, "r");
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) return undefined;
      const { userId } = context;
      if (userId !== undefined && stats.uid !== userId && stats.uid !== 0) return undefined;
      if (stats.size > maxFileBytes) return Buffer.alloc(maxFileBytes + 1, 32);
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}

/** A value must be what its author sees in the file: no silent cut at `#`, no typographic quotes, no control characters. */
function checkValue({
  path,
  key,
  value,
  text,
}: {
  path: string;
  key: string;
  value: string;
  text: string;
}): void {
  const lines = text.split(/\r\n|\r|\n/);
  const index = lines.findLastIndex((line) =>
    new RegExp(`^\\s*(export\\s+)?${key}\\s*[=:]`).test(line),
  );
  const raw = (lines[index] ?? "").replace(/^[^=:]*[=:]\s*/, "");
  const where = `line ${index + 1} of ${path} (${key})`;
  if (/^[^"'`#\s][^#]*[^\s#]#/.test(raw) && !/^["'`]/.test(raw)) {
    throw badLine(
      where,
      "has an unquoted # that would cut the value short",
      "Put the value in double quotes.",
    );
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not stand in a value
  if (/[\u0000-\u001f\u007f]/.test(value)) {
    throw badLine(
      where,
      "has a control character or a line break in its value",
      "Write the value on one line.",
    );
  }
  if (/[^\u0020-\u007e]/.test(value)) {
    throw badLine(
      where,
      "has a character outside ASCII, such as a typographic quote",
      "Type the value again with plain quotes.",
    );
  }
}

function badLine(where: string, problem: string, hint: string): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "env_file_invalid",
    message: `The ${where} ${problem}.`,
    hint,
  });
}

function unreadable(path: string, problem: string): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "env_file_invalid",
    message: `The file ${path} ${problem}.`,
    hint: "Save it again as plain UTF-8 text.",
  });
}
