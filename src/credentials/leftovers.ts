// What stays behind in the folder: temporary files of runs that were killed, and files that cannot be read.
import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import type { Clock, Files, Processes } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { type AtomicWrite, parseTemporaryName } from "./atomic-file.ts";
import { formatOwner, parseOwner } from "./lock-owner.ts";
import type { RecordError } from "./record.ts";
import { storeError } from "./store-error.ts";

/** Deletes temporary files, all or those of one target, whose writer does not run here any more: they may hold tokens. Returns the other names in the folder. A live writer elsewhere that loses its file so writes it again. */
export async function sweepOrphans({
  folder,
  target,
  files,
  processes,
}: {
  folder: string;
  target?: string;
  files: Files;
  processes: Processes;
}): Promise<string[]> {
  try {
    const kept: string[] = [];
    for (const name of await files.readdir(folder)) {
      const temporary = parseTemporaryName(name);
      const owner = parseOwner(temporary?.owner ?? "");
      const isOther = target !== undefined && temporary?.target !== target;
      if (isOther || owner === undefined || (await processes.fate(owner)) === "running")
        kept.push(name);
      else await files.rm(join(folder, name), { force: true });
    }
    return kept;
  } catch (error) {
    throw storeError(error, { doing: "tidy", path: folder });
  }
}

/** How to write a file outside the store, such as an .env or a report: with an owner's mark, once what killed runs left beside it is deleted as far as it can be. */
export async function openOwnedWrite(
  path: string,
  { files, processes }: { files: Files; processes: Processes },
): Promise<Omit<AtomicWrite, "data">> {
  const target = basename(path);
  await sweepOrphans({ folder: dirname(path), target, files, processes }).catch(() => []);
  return { path, files, owner: formatOwner(await processes.identify()) };
}

/** Deletes whatever was written in the course of replacing the file, or moved aside in its place. */
export async function removeLeftovers({
  path,
  files,
}: {
  path: string;
  files: Files;
}): Promise<void> {
  const folder = dirname(path);
  for (const name of await files.readdir(folder)) {
    if (name.startsWith(`${basename(path)}.`)) await files.rm(join(folder, name), { force: true });
  }
}

export interface BadRecord {
  readonly path: string;
  /** The file that was found bad: a good one may have taken its name since. */
  readonly inode: number;
  readonly error: RecordError;
  readonly files: Files;
  readonly clock: Clock;
}

/** The error for a file that is no credential. A corrupt one is kept under another name, so that a login can take its place; one of a newer version is left alone. */
export async function refuseRecord(record: BadRecord): Promise<unknown> {
  const { path, error } = record;
  if (error.reason === "newer") {
    return new OAuthLabError({
      kind: "store",
      code: "store_newer",
      message: `The stored credential ${path} cannot be used: ${error.message}.`,
      hint: "Use that newer version, or delete the file and log in again.",
    });
  }
  try {
    const kept = await moveAside(record);
    return new OAuthLabError({
      kind: "store",
      code: "store_corrupt",
      message: `The stored credential ${path} cannot be read: ${error.message}.`,
      hint: `It is kept as ${kept}; log in again to replace it.`,
    });
  } catch (failure) {
    return storeError(failure, { doing: "move aside the corrupt file", path });
  }
}

async function moveAside({ path, inode, files, clock }: BadRecord): Promise<string> {
  const kept = `${basename(path)}.corrupt-${clock.now()}-${randomBytes(4).toString("hex")}`;
  const target = join(dirname(path), kept);
  await files.rename(path, target);
  if ((await files.lstat(target)).ino !== inode) {
    // A save came between, and this is its file: it goes back, unless yet another one came.
    await files.link(target, path);
    await files.unlink(target);
  }
  return kept;
}
