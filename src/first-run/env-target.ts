// Where a client's id and secret may be written: the configuration folder, or an .env of the current folder that is fit for a secret.
import { dirname, join } from "node:path";
import type { Context } from "../context.ts";
import { writeFileAtomically } from "../credentials/atomic-file.ts";
import { ensureFolder, liesInWorkTree, statIfAny } from "../credentials/folder.ts";
import { readPrivateFile } from "../credentials/private-file.ts";
import { OAuthLabError } from "../errors.ts";
import { appendEntries, type Entries } from "./env-lines.ts";

/** The largest .env that settings.ts reads. */
const maxFileBytes = 256 * 1024;

/** Why the current folder is not fit; undefined where it is. */
export async function whyNotHere({
  workingFolder,
  files,
  userId,
}: Pick<Context, "workingFolder" | "files" | "userId">): Promise<string | undefined> {
  const folder = await statIfAny(workingFolder, files);
  if (folder === undefined || (userId !== undefined && folder.uid !== userId)) {
    return "this folder is not yours";
  }
  if (userId !== undefined && (folder.mode & 0o022) !== 0) return "others can write in this folder";
  const file = await statIfAny(join(workingFolder, ".env"), files);
  if (file !== undefined && (!file.isFile() || (userId !== undefined && file.uid !== userId))) {
    return "its .env is a link, or not yours";
  }
  if (!(await liesInWorkTree(workingFolder, files))) return undefined;
  return (await isIgnored(workingFolder, files))
    ? undefined
    : "this folder belongs to a git repository that does not ignore .env";
}

/** The lines of a .gitignore that surely leave out an .env beside it or, without the slash, below it. */
const ignores = /^(\/|\*\*\/)?(\.env|\*\.env|\.env\*)$/;

/** Whether a .gitignore from here up to the repository's root leaves .env out. In doubt no. */
async function isIgnored(workingFolder: string, files: Context["files"]): Promise<boolean> {
  let ignored = false;
  for (let folder = workingFolder; ; folder = dirname(folder)) {
    const text = await files.readFile(join(folder, ".gitignore"), "utf8").catch(() => "");
    const lines = text.split(/\r?\n/).map((line) => line.trim());
    if (lines.some((line) => /^!.*env/.test(line))) return false;
    const here = (line: string) => folder === workingFolder || !line.startsWith("/");
    ignored ||= lines.some((line) => ignores.test(line) && here(line));
    if ((await statIfAny(join(folder, ".git"), files)) !== undefined) return ignored;
    if (dirname(folder) === folder) return ignored;
  }
}

/** Writes the entries to the end of the file, which is the user's alone afterwards. Overwrites no line. */
export async function writeEnv(
  path: string,
  { title, entries, home }: { title: string; entries: Entries; home: string },
  { files, userId }: Pick<Context, "files" | "userId">,
): Promise<void> {
  const folder = dirname(path);
  if (folder === home) await ensureFolder({ path: folder, files, userId });
  const found = await readPrivateFile({ path, files, userId, maxBytes: maxFileBytes });
  if (found !== undefined && found.bytes.byteLength > maxFileBytes) throw tooLarge(path);
  const before = found === undefined ? "" : found.bytes.toString("utf8");
  const data = await appendEntries(before, { title, entries });
  await writeFileAtomically({ path, data, files });
}

function tooLarge(path: string): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "env_file_invalid",
    message: `${path} is larger than 256 KiB and is not read.`,
    hint: "Write into another file, and name it with --env-file.",
  });
}
