// Whether git would take an .env that is written here: its .gitignore files do not leave it out, or its index has it already. In doubt it would.
import { constants } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { Files } from "../context.ts";
import { statIfAny } from "../credentials/folder.ts";
import { errnoOf } from "../credentials/store-error.ts";

const maxIgnoreBytes = 1024 * 1024;
/** Of half a million files, about. */
const maxIndexBytes = 64 * 1024 * 1024;

/** Why git might take the folder's .env; undefined where the folder is in no work tree, or the file surely stays out. */
export async function whyGitMightTakeIt(
  workingFolder: string,
  files: Files,
): Promise<string | undefined> {
  const folders = await foldersOfWorkTree(workingFolder, files);
  const root = folders.at(-1);
  if (root === undefined) return undefined;
  if (!(await isIgnored(folders, files))) return "the git repository here does not ignore it";
  const path = relative(root, join(workingFolder, ".env")).replaceAll(sep, "/");
  return (await isUntracked(path, { root, files }))
    ? undefined
    : "the git repository here tracks it, or may do so";
}

/** From this folder up to the root of the work tree; empty where there is none. */
async function foldersOfWorkTree(workingFolder: string, files: Files): Promise<string[]> {
  const folders: string[] = [];
  for (let folder = workingFolder; ; folder = dirname(folder)) {
    folders.push(folder);
    if ((await statIfAny(join(folder, ".git"), files)) !== undefined) return folders;
    if (dirname(folder) === folder) return [];
  }
}

/** The lines of a .gitignore that surely leave out an .env beside it or, without the slash, below it. */
const ignores = /^(\/|\*\*\/)?(\.env|\*\.env|\.env\*)$/;
/** Those that may take it back in. */
const takesBack = /^!.*(env|[*?[\\])/;

async function isIgnored(folders: readonly string[], files: Files): Promise<boolean> {
  let ignored = false;
  for (const [height, folder] of folders.entries()) {
    const found = await readPlain(join(folder, ".gitignore"), { files, maxBytes: maxIgnoreBytes });
    if (found === "unreadable") return false;
    const lines = (found?.toString() ?? "").split(/\r?\n/).map((line) => line.trim());
    if (lines.some((line) => takesBack.test(line))) return false;
    const reachesDown = (line: string) => height === 0 || !line.startsWith("/");
    ignored ||= lines.some((line) => ignores.test(line) && reachesDown(line));
  }
  return ignored;
}

/** Whether this path is surely not in the index (https://git-scm.com/docs/index-format): a file that is there is committed whatever .gitignore says. */
async function isUntracked(
  path: string,
  { root, files }: { root: string; files: Files },
): Promise<boolean> {
  const gitFolder = await findGitFolder(root, files);
  if (gitFolder === undefined) return false;
  const names = await files.readdir(gitFolder).catch(() => ["sharedindex."]);
  if (names.some((name) => name.startsWith("sharedindex."))) return false;
  const index = await readPlain(join(gitFolder, "index"), { files, maxBytes: maxIndexBytes });
  if (index === undefined) return true;
  // Version 4 abbreviates paths, and a sparse index ("sdir") leaves out whole folders.
  if (index === "unreadable" || index.length < 12) return false;
  const isWhole =
    index.indexOf("DIRC") === 0 && index.readUInt32BE(4) < 4 && !index.includes("sdir");
  return isWhole && !hasEntry(index, path);
}

/** `.git`, or the folder that it names where it is a file: in a worktree and in a submodule. */
async function findGitFolder(root: string, files: Files): Promise<string | undefined> {
  const path = join(root, ".git");
  if ((await statIfAny(path, files))?.isDirectory()) return path;
  const found = await readPlain(path, { files, maxBytes: 4096 });
  const [, named] = /^gitdir: ([^\r\n]+)\n?$/.exec(found?.toString() ?? "") ?? [];
  return named === undefined ? undefined : resolve(root, named);
}

/** An entry's path comes after its length, or after flags whose last byte is 0, and ends with a 0. */
function hasEntry(index: Buffer, path: string): boolean {
  const name = Buffer.from(`${path}\0`);
  for (let at = index.indexOf(name); at > 0; at = index.indexOf(name, at + 1)) {
    const before = index[at - 1];
    if (before === 0 || before === Math.min(name.length - 1, 0xfff) % 256) return true;
  }
  return false;
}

// A pipe in the file's place would keep us waiting, and a link may lead anywhere; git follows none to a .gitignore either.
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A plain file's content, undefined where there is none. */
async function readPlain(
  path: string,
  { files, maxBytes }: { files: Files; maxBytes: number },
): Promise<Buffer | undefined | "unreadable"> {
  try {
    const handle = await files.open(path, flags);
    try {
      const stats = await handle.stat();
      return stats.isFile() && stats.size <= maxBytes ? await handle.readFile() : "unreadable";
    } finally {
      await handle.close();
    }
  } catch (error) {
    return errnoOf(error) === "ENOENT" ? undefined : "unreadable";
  }
}
