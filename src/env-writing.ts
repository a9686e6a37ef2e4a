// Writes settings to the end of an .env, so that they read back as what was meant, whatever characters a secret has. What was there stays as it is.
import { dirname } from "node:path";
import type { Context } from "./context.ts";
import { writeFileAtomically } from "./credentials/atomic-file.ts";
import { ensureFolder } from "./credentials/folder.ts";
import { openOwnedWrite } from "./credentials/leftovers.ts";
import { readPrivateFile } from "./credentials/private-file.ts";
import { OAuthLabError } from "./errors.ts";

/** The largest .env that settings.ts reads. */
const maxFileBytes = 256 * 1024;

/** What is to be written, in this order. */
export type Entries = readonly (readonly [key: string, value: string])[];

/** Writes the entries to the end of the file, which is the user's alone afterwards. Overwrites no line. Throws `usage` for a file that would not read back, `unsafe` for a link or another user's. */
export async function writeEnv(
  path: string,
  { title, entries, home }: { title: string; entries: Entries; home: string },
  { files, userId, processes }: Pick<Context, "files" | "userId" | "processes">,
): Promise<void> {
  const folder = dirname(path);
  if (folder === home) await ensureFolder({ path: folder, files, userId });
  const found = await readPrivateFile({ path, files, userId, maxBytes: maxFileBytes });
  if (found !== undefined && found.bytes.byteLength > maxFileBytes) throw tooLarge(path);
  const before = found === undefined ? "" : found.bytes.toString("utf8");
  const data = await appendEntries(before, { title, entries });
  await writeFileAtomically({ ...(await openOwnedWrite(path, { files, processes })), data });
}

function tooLarge(path: string): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "env_file_invalid",
    message: `${path} is larger than 256 KiB and is not read.`,
    hint: "Write into another file, and name it with --env-file.",
  });
}

/** The file's text with these lines at its end. Throws `bug` where it would not read back. */
export async function appendEntries(
  before: string,
  { title, entries }: { readonly title: string; readonly entries: Entries },
): Promise<string> {
  const { default: dotenv } = await import("dotenv"); // bundled, a CommonJS package has no other export
  const gap = before === "" ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const lines = entries.map(([key, value]) => `${key}=${quote(value)}\n`);
  const after = `${before}${gap}# ${title}\n${lines.join("")}`;
  const expected = { ...dotenv.parse(before), ...Object.fromEntries(entries) };
  const read = dotenv.parse(after);
  const same = Object.keys(expected).every((key) => read[key] === expected[key]);
  if (same && Object.keys(read).length === Object.keys(expected).length) return after;
  throw new OAuthLabError({
    kind: "usage",
    code: "env_value_unwritable",
    message: "The value cannot be written into an .env file so that it reads back the same.",
    hint: "Set it in the environment instead.",
  });
}

/** The first quotes that the value does not have; none where it needs none. */
function quote(value: string): string {
  if (/^[\w.~:/@%+=,-]+$/.test(value)) return value;
  const mark = ["'", "`", '"'].find((candidate) => !value.includes(candidate)) ?? "'";
  return mark + value + mark;
}
