// Replaces a file so that a reader, a crash or a full disk finds the old content or the new, never a mix.
import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import type { Files, OpenFile } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { storeError } from "./store-error.ts";

export interface AtomicWrite {
  readonly path: string;
  readonly data: string | Uint8Array;
  readonly files: Files;
  /** Marks the temporary file as this process's (formatOwner), so that a later run can tell an orphan. */
  readonly owner?: string;
}

/** Writes the file, mode 0600, and returns once it and its name are durable. Throws an OAuthLabError of kind `store`; the old file is then intact, unless only the last step, making the new name durable, failed. */
export async function writeFileAtomically({
  path,
  data,
  files,
  owner,
}: AtomicWrite): Promise<void> {
  const temporary = join(dirname(path), temporaryName(basename(path), owner));
  try {
    await writeNewFile({ path: temporary, data, files });
    await files.rename(temporary, path);
    await syncFolder(dirname(path), files);
  } catch (error) {
    await files.unlink(temporary).catch(() => {});
    throw storeError(error, { doing: "write", path });
  }
}

/** Writes, syncs and removes a file of this size beside the path: proves that writing it would succeed. */
export async function rehearseWrite({ path, data, files, owner }: AtomicWrite): Promise<void> {
  const temporary = join(dirname(path), temporaryName(basename(path), owner));
  try {
    await writeNewFile({ path: temporary, data, files });
    await files.unlink(temporary);
    await syncFolder(dirname(path), files);
  } catch (error) {
    await files.unlink(temporary).catch(() => {});
    throw storeError(error, { doing: "write", path });
  }
}

function temporaryName(target: string, owner = "x"): string {
  return `${target}.${owner}.${randomBytes(8).toString("hex")}.tmp`;
}

/** The file that a temporary file of ours was to replace, and the owner it is marked with; undefined for any other name. */
export function parseTemporaryName(name: string): { target: string; owner: string } | undefined {
  const [, target, owner] = /^(.+)\.([^.]+)\.[0-9a-f]{16}\.tmp$/.exec(name) ?? [];
  return target === undefined || owner === undefined ? undefined : { target, owner };
}

/** Creates the file, which must not exist (a planted symlink counts as existing), and syncs its content. */
async function writeNewFile({ path, data, files }: AtomicWrite): Promise<void> {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  const handle = await files.open(path, "wx", 0o600);
  try {
    // A umask of 0777 would leave a file that nobody can read again.
    await handle.chmod(0o600);
    await writeAll(handle, bytes);
    const { size } = await handle.stat();
    if (size !== bytes.byteLength) throw shortWrite(path);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A full disk or a size limit may take a part of the bytes and report success; one that takes none ends this early, and the size check tells. */
async function writeAll(handle: OpenFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.byteLength; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.byteLength - written);
    if (bytesWritten === 0) return;
    written += bytesWritten;
  }
}

function shortWrite(path: string): OAuthLabError {
  return new OAuthLabError({
    kind: "store",
    code: "short_write",
    message: `The system took only a part of ${path}.`,
    hint: "The disk may be full: free some space, then run the command again.",
  });
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string, files: Files): Promise<void> {
  const handle = await files.open(path, "r").catch(ignoreUnsupported);
  if (handle === undefined) return;
  try {
    await handle.sync().catch(ignoreUnsupported);
  } finally {
    await handle.close();
  }
}

/** Windows opens no folders and some file systems sync none: there the system orders its own names. */
function ignoreUnsupported(error: NodeJS.ErrnoException): undefined {
  if (["EISDIR", "EPERM", "EINVAL", "ENOTSUP", "ENOSYS"].includes(error.code ?? "")) return;
  throw error;
}
