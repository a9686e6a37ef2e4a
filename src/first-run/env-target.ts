// Whether an .env of the current folder is fit for a secret: nobody else can write there, and git would not take it.
import { dirname, join } from "node:path";
import type { Context } from "../context.ts";
import { liesInWorkTree, statIfAny } from "../credentials/folder.ts";

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
    : "the git repository here does not ignore it";
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
