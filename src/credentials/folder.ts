// The folder that secrets lie in: made for this user only, refused where anyone else could have a hand in it.
import type { Stats } from "node:fs";
import { dirname, join } from "node:path";
import type { Files } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { errnoOf, storeError } from "./store-error.ts";

export interface FolderOptions {
  readonly path: string;
  readonly files: Files;
  /** The user whose files we trust; undefined where the system has no such number. */
  readonly userId: number | undefined;
}

/** Makes the folder with mode 0700 whatever the umask, or checks the one that is there. Throws an OAuthLabError: `unsafe` where others could write in it, else `store`. */
export async function ensureFolder(options: FolderOptions): Promise<void> {
  if (await checkFolder(options)) return;
  const { path, files, userId } = options;
  try {
    await refuseForeignHome(options);
    await createFolder(path, files);
    // Credentials must not end in a commit, wherever the folder was put.
    const ignore = await files.open(join(path, ".gitignore"), "wx", 0o600);
    await ignore.write(Buffer.from("*\n")).finally(() => ignore.close());
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw storeError(error, { doing: "make", path });
  }
  await checkFolder({ path, files, userId });
}

/** False where the folder does not exist. Takes read rights away from others; refuses a folder that they can write, own, or have put a link in place of. */
export async function checkFolder({ path, files, userId }: FolderOptions): Promise<boolean> {
  const found = await statIfAny(path, files);
  if (found === undefined) return false;
  if (found.isSymbolicLink()) throw unsafe(path, "is a symbolic link");
  if (!found.isDirectory()) {
    throw storeError(Object.assign(new Error(), { code: "ENOTDIR" }), { doing: "use", path });
  }
  if (userId === undefined) return true;
  if (found.uid !== userId) throw unsafe(path, "belongs to another user");
  if ((found.mode & 0o022) !== 0) throw unsafe(path, "can be written by other users");
  if ((found.mode & 0o777) !== 0o700) {
    await files.chmod(path, 0o700).catch((error) => {
      throw storeError(error, { doing: "protect", path });
    });
  }
  return true;
}

/** The file's or folder's own entry, a link not followed; undefined where there is none. */
export async function statIfAny(path: string, files: Files): Promise<Stats | undefined> {
  try {
    return await files.lstat(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw storeError(error, { doing: "read", path });
  }
}

/** The refusal of a place where another user could read or change what we keep. */
export function unsafe(path: string, why: string): OAuthLabError {
  return new OAuthLabError({
    kind: "unsafe",
    code: "store_not_private",
    message: `Refused to use ${path}: it ${why}.`,
    hint: "Make it yours alone (chown, chmod go-rwx), or set OAUTH_LAB_HOME to a folder of yours.",
  });
}

/** Under sudo with the user's HOME, files of root's would stay behind that the user can no longer use. */
async function refuseForeignHome({ path, files, userId }: FolderOptions): Promise<void> {
  if (userId !== 0) return;
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    const found = await statIfAny(parent, files);
    if (found !== undefined) {
      if (found.uid !== 0) throw unsafe(parent, "belongs to another user, and you are root");
      return;
    }
  }
}

async function createFolder(path: string, files: Files): Promise<void> {
  try {
    await files.mkdir(path, 0o700);
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return;
    if (errnoOf(error) !== "ENOENT" || dirname(path) === path) throw error;
    await createFolder(dirname(path), files);
    return createFolder(path, files);
  }
  await files.chmod(path, 0o700);
}

/** Whether the folder, or one above it, is a git work tree. */
export async function liesInWorkTree(path: string, files: Files): Promise<boolean> {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((await statIfAny(join(folder, ".git"), files)) !== undefined) return true;
    if (dirname(folder) === folder) return false;
  }
}
