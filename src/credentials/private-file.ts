// Reads a file that only we may have written. A link, a pipe, a foreign owner or a writable mode is refused before a byte is taken.
import { constants } from "node:fs";
import type { Files, OpenFile } from "../context.ts";
import { unsafe } from "./folder.ts";
import { errnoOf, storeError } from "./store-error.ts";

export interface PrivateFile {
  readonly bytes: Buffer;
  /** Tells this file from a later one of the same name. */
  readonly inode: number;
  /** True where others could read it until now: its mode has been repaired. */
  readonly wasReadable: boolean;
}

export interface PrivateFileOptions {
  readonly path: string;
  readonly files: Files;
  /** The user whose files we trust; undefined where the system has no such number. */
  readonly userId: number | undefined;
  /** One byte more than this is read, so that the caller sees that there is more. */
  readonly maxBytes: number;
}

// Windows has neither flag; a pipe put in the file's place would otherwise block us.
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** The content of the file, undefined where there is none. Throws an OAuthLabError: `unsafe` for one that another user could have made, else `store`. */
export async function readPrivateFile(
  options: PrivateFileOptions,
): Promise<PrivateFile | undefined> {
  const { path, files } = options;
  let handle: OpenFile | undefined;
  try {
    handle = await files.open(path, flags);
    try {
      return await readChecked(handle, options);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (handle === undefined && errnoOf(error) === "ENOENT") return undefined;
    // FreeBSD says EMLINK, NetBSD EFTYPE.
    if (["ELOOP", "EMLINK", "EFTYPE"].includes(errnoOf(error) ?? "")) {
      throw unsafe(path, "is a symbolic link");
    }
    throw storeError(error, { doing: "read", path });
  }
}

async function readChecked(
  handle: OpenFile,
  { path, userId, maxBytes }: PrivateFileOptions,
): Promise<PrivateFile> {
  const { mode, uid, ino, size, isFile } = await describe(handle);
  if (!isFile) throw unsafe(path, "is not a regular file");
  let wasReadable = false;
  if (userId !== undefined) {
    if (uid !== userId) throw unsafe(path, "belongs to another user");
    if ((mode & 0o022) !== 0) throw unsafe(path, "can be written by other users");
    wasReadable = (mode & 0o077) !== 0;
    if (wasReadable) await handle.chmod(0o600);
  }
  return {
    bytes: await readAtMost(handle, { size, limit: maxBytes + 1 }),
    inode: ino,
    wasReadable,
  };
}

async function describe(handle: OpenFile) {
  const stats = await handle.stat();
  const { mode, uid, ino, size } = stats;
  return { mode, uid, ino, size, isFile: stats.isFile() };
}

/** How much is read at once of what a file has beyond its size: one that has grown, or of a kernel that says 0. */
const pieceBytes = 4096;

/** At most `limit` bytes of what is there. `size` is what the file is said to have: one buffer takes it, and ten thousand files take no more memory than their bytes. */
export async function readAtMost(
  handle: OpenFile,
  { size, limit }: { size: number; limit: number },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let total = 0; total < limit; ) {
    const expected = total < size ? size - total + 1 : pieceBytes;
    const buffer = Buffer.alloc(Math.min(expected, limit - total));
    const { bytesRead } = await handle.read(buffer, 0, buffer.byteLength);
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    total += bytesRead;
  }
  return Buffer.concat(chunks);
}
