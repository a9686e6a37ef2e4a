// One .env file: only parsed, never loaded, and refused where a value is not what its author sees.
import { constants } from "node:fs";
import type { Context } from "./context.ts";
import { OAuthLabError } from "./errors.ts";
import { sanitise } from "./terminal/sanitise.ts";

/** Keys of other programs that some tools would obey when they stand in a .env: worth a warning, never obeyed here. */
const dangerousKey =
  /^(BROWSER|PATH|NODE_OPTIONS|NODE_TLS_REJECT_UNAUTHORIZED|NODE_EXTRA_CA_CERTS|LD_PRELOAD|SSL_CERT_FILE|(HTTPS?|ALL)_PROXY)$/;
const secretKey = /_(CLIENT_SECRET|REFRESH_TOKEN|PASSPHRASE)$/;
const maxFileBytes = 256 * 1024;

/** Which file, and how it is looked at. */
export interface EnvFileRequest {
  readonly path: string;
  /** Named by the user: then it must be there, and may belong to anyone. */
  readonly named: boolean;
  /** The keys to read; all others are not even looked at. */
  readonly isOurs: (key: string) => boolean;
  /** Told what a person should know, one sentence each. */
  readonly warn: (sentence: string) => void;
}

/** Our keys in a file, none where there is no such file. Throws `usage` for a named one that is missing, and for a value that does not say what its author sees. */
export async function readEnvFile(
  { path, named, isOurs, warn }: EnvFileRequest,
  context: Context,
): Promise<[string, string][]> {
  const file = await openFile(path, { named, context });
  if (file === undefined) return [];
  const shown = sanitise(path, 400);
  if ("problem" in file) {
    if (named) throw unusable(shown, file.problem);
    warn(`${shown} is ignored: it ${file.problem}.`);
    return [];
  }
  const text = decode(shown, file.bytes);
  const { default: dotenv } = await import("dotenv"); // bundled, a CommonJS package has no other export
  const entries = Object.entries(dotenv.parse(text));
  for (const [key] of entries.filter(([name]) => dangerousKey.test(name))) {
    warn(`${key} in ${shown} is ignored: only oauth-lab's own keys are read from a file.`);
  }
  const ours = entries.filter(([key]) => isOurs(key));
  for (const [key, value] of ours) checkValue({ path: shown, key, value, text });
  if (file.readableByOthers && ours.some(([key, value]) => value !== "" && secretKey.test(key))) {
    warn(`${shown} holds a secret and other users may read it: run chmod 600 on it.`);
  }
  return ours;
}

type EnvFile =
  | { readonly bytes: Buffer; readonly readableByOthers: boolean }
  | { readonly problem: string };

// A pipe in the file's place would keep us waiting for its writer; Windows has no such flag.
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Whether a path is a name of stdin: a file that is redirected there would be read again by whoever reads stdin, a secret as the body of a request. */
export function namesStdin(path: string): boolean {
  return /^\/(dev\/(stdin|fd\/0)|proc\/(self|thread-self)\/fd\/0)$/.test(path);
}

async function openFile(
  path: string,
  { named, context }: { named: boolean; context: Context },
): Promise<EnvFile | undefined> {
  if (namesStdin(path)) return { problem: "is stdin, where what a command asks for is read" };
  try {
    const handle = await context.files.open(path, flags);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) return { problem: "is not a file" };
      if (stats.size > maxFileBytes) return { problem: "is larger than 256 KiB" };
      const { userId } = context;
      const foreign = userId !== undefined && stats.uid !== userId && stats.uid !== 0;
      // Whoever can write into a folder must not configure the next one who works in it.
      if (foreign && !named) return { problem: "belongs to another user" };
      const readableByOthers = userId !== undefined && (stats.mode & 0o044) !== 0;
      return { bytes: await handle.readFile(), readableByOthers };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    if (!named && (code === "ENOENT" || code === "ENOTDIR")) return undefined;
    return { problem: `cannot be read (${code})` };
  }
}

function decode(path: string, bytes: Buffer): string {
  if (!bytes.includes(0)) return bytes.toString("utf8").replace(/^\uFEFF/, "");
  throw new OAuthLabError({
    kind: "usage",
    code: "env_file_invalid",
    message: `The file ${path} is not UTF-8 text (PowerShell's > writes UTF-16).`,
    hint: "Save it again as plain UTF-8 text.",
  });
}

/** A value must be what its author sees in the file: no silent cut at `#`, no quote left open, no typographic quotes, no control characters. */
function checkValue(entry: { path: string; key: string; value: string; text: string }): void {
  const { path, key, value, text } = entry;
  const lines = text.split(/\r\n|\r|\n/);
  const index = lines.findLastIndex((line) => assignment.exec(line)?.[1] === key);
  const raw = (lines[index] ?? "").replace(assignment, "");
  const refuse = (problem: string, hint: string): never => {
    throw new OAuthLabError({
      kind: "usage",
      code: "env_file_invalid",
      message: `Line ${index + 1} of ${path} (${key}) ${problem}.`,
      hint,
    });
  };
  if (value !== "" && raw.startsWith(`${value}#`)) {
    refuse("has an unquoted # that would cut the value short", "Put the value in double quotes.");
  }
  if (/^["'`]/.test(value) && raw.startsWith(value.charAt(0))) {
    refuse("has a quote that is not closed", "Close the quote at the end of the value.");
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not stand in a value
  if (/[\u0000-\u001f\u007f]/.test(value)) {
    refuse("has a control character or a line break in its value", "Write the value on one line.");
  }
  if (/[^\u0020-\u007e]/.test(value)) {
    refuse(
      "has a character outside ASCII, such as a typographic quote",
      "Type the value again with plain quotes.",
    );
  }
}

/** A key and what separates it from its value, as dotenv reads a line. */
const assignment = /^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*|:\s+)/;

function unusable(path: string, problem: string): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "env_file_missing",
    message: `The file ${path} cannot be used: it ${problem}.`,
    hint: "Check the path given with --env-file.",
  });
}
