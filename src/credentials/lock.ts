// Admits one process at a time to a credential. Its whole state is names in a folder: no clock, no file content, no heartbeat.
// docs/adr/0007-generation-lock.md proves why no interleaving admits two.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Clock, Files, Processes, ProcessIdentity } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { formatOwner, parseOwner } from "./lock-owner.ts";
import { errnoOf, storeError } from "./store-error.ts";

export interface LockOptions {
  /** The lock's folder, `g<N>` in it is a generation: a folder that holds its owner's name, or `released`. */
  readonly folder: string;
  readonly files: Files;
  readonly processes: Processes;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What is in the way: the process that holds the lock, where it can be told. */
interface Obstacle {
  readonly holder?: ProcessIdentity;
  readonly fate?: "running" | "unknown";
}

type Attempt = { readonly release: Release } | { readonly obstacle: Obstacle };

const patienceMilliseconds = 30_000;
const longestPauseMilliseconds = 200;

/** Gives the lock back. */
type Release = () => Promise<void>;

/** Waits for the lock and returns what releases it. Throws an OAuthLabError of kind `store`: `lock_timeout` after 30 s of waiting, naming the holder; the lock is never taken from a process that may still run. */
export function acquireLock(options: LockOptions): Promise<Release>;
/** The same, but undefined as soon as `isMoot` says, while another holds the lock, that it is not needed any more. */
export function acquireLock(
  options: LockOptions,
  isMoot: () => Promise<boolean>,
): Promise<Release | undefined>;
export async function acquireLock(
  options: LockOptions,
  isMoot = async () => false,
): Promise<Release | undefined> {
  const { folder, clock, files, signal } = options;
  try {
    await makeFolder(folder, files);
    let waited = 0;
    for (let longest = 8; ; longest = Math.min(longest * 2, longestPauseMilliseconds)) {
      const attempt = await tryToAcquire(options);
      if ("release" in attempt) return attempt.release;
      if (await isMoot()) return undefined;
      if (waited >= patienceMilliseconds) throw lockTimeout(attempt.obstacle, folder);
      const pause = Math.ceil(longest * (0.5 + Math.random() / 2));
      await clock.sleep(pause, signal);
      waited += pause;
    }
  } catch (error) {
    throw storeError(error, { doing: "lock", path: folder });
  }
}

async function tryToAcquire(options: LockOptions): Promise<Attempt> {
  const { folder, files, processes } = options;
  const glance = await inspect(options);
  if ("obstacle" in glance) return glance;

  const ownerName = formatOwner(await processes.identify());
  const prepared = join(folder, `t-${randomName()}`);
  await files.mkdir(prepared, 0o700);
  await files.mkdir(join(prepared, ownerName), 0o700).catch(ignoreMissing);
  // Decided on this look only: if it misses a newer generation, that one's cleaner has taken the prepared folder away.
  const look = await inspect(options);
  if ("next" in look) {
    const generation = join(folder, `g${look.next}`);
    if (await claim({ prepared, generation, ownerName, files })) {
      await cleanUp({ folder, files, highest: look.next }).catch(() => {});
      return { release: () => release({ generation, ownerName, files }) };
    }
  }
  await remove(prepared, files);
  return "obstacle" in look ? look : { obstacle: {} };
}

/** The number to claim next, or what is in the way. */
async function inspect({
  folder,
  files,
  processes,
}: LockOptions): Promise<{ readonly next: number } | { readonly obstacle: Obstacle }> {
  const highest = Math.max(0, ...(await files.readdir(folder)).map(generationNumber));
  if (highest === 0) return { next: 1 };
  const names = await files.readdir(join(folder, `g${highest}`)).catch(ignoreMissing);
  if (names?.includes("released")) return { next: highest + 1 };
  const holder = names?.map(parseOwner).find((owner) => owner !== undefined);
  if (holder === undefined) return { obstacle: {} };
  const fate = await processes.fate(holder);
  return fate === "ended" ? { next: highest + 1 } : { obstacle: { holder, fate } };
}

interface Claim {
  readonly prepared: string;
  readonly generation: string;
  readonly ownerName: string;
  readonly files: Files;
}

/** True for the one process that makes the generation: a folder cannot replace another that is not empty. */
async function claim({ prepared, generation, ownerName, files }: Claim): Promise<boolean> {
  try {
    await files.rename(prepared, generation);
    return true;
  } catch (error) {
    if (!lostClaims.has(errnoOf(error) ?? "")) throw error;
    // A network file system may repeat a rename that had succeeded, and report that the repetition failed.
    const names: string[] = await files.readdir(generation).catch(() => []);
    return names.includes(ownerName);
  }
}

/** Taken by another, or swept away; Windows says EPERM or EACCES for a target that exists. */
const lostClaims = new Set(["EEXIST", "ENOTEMPTY", "ENOENT", "EPERM", "EACCES", "EBUSY"]);

/** A release that fails is no failure of the work: the lock then ends with this process. */
async function release({ generation, ownerName, files }: Omit<Claim, "prepared">): Promise<void> {
  await files.rename(join(generation, ownerName), join(generation, "released")).catch(() => {});
}

interface CleanUp {
  readonly folder: string;
  readonly files: Files;
  readonly highest: number;
}

/** Removes what others left. Prepared folders go first: one that outlived its number could claim it a second time. */
async function cleanUp({ folder, files, highest }: CleanUp): Promise<void> {
  const names = await files.readdir(folder);
  const prepared = names.filter((name) => name.startsWith("t-"));
  const older = names.filter((name) => {
    const number = generationNumber(name);
    return number > 0 && number < highest;
  });
  const discarded = names.filter((name) => name.startsWith("d-"));
  for (const name of [...prepared, ...older]) {
    // At once, by one rename: a folder that is half emptied could be claimed, or replaced.
    const moved = `d-${randomName()}`;
    await files.rename(join(folder, name), join(folder, moved)).catch(ignoreMissing);
    discarded.push(moved);
  }
  for (const name of discarded) await remove(join(folder, name), files);
}

function generationNumber(name: string): number {
  return /^g[1-9]\d{0,14}$/.test(name) ? Number(name.slice(1)) : 0;
}

function remove(path: string, files: Files): Promise<void> {
  return files.rm(path, { recursive: true, force: true }).catch(() => {});
}

async function makeFolder(path: string, files: Files): Promise<void> {
  await files.mkdir(path, 0o700).catch((error) => {
    if (errnoOf(error) !== "EEXIST") throw error;
  });
}

function randomName(): string {
  return randomBytes(8).toString("hex");
}

function ignoreMissing(error: unknown): undefined {
  if (errnoOf(error) !== "ENOENT") throw error;
}

function lockTimeout({ holder, fate }: Obstacle, folder: string): OAuthLabError {
  const who = holder === undefined ? "another process" : `process ${holder.pid}`;
  const where = fate === "unknown" ? " of another machine or container" : "";
  return new OAuthLabError({
    kind: "store",
    code: "lock_timeout",
    message: `Waited 30 s for ${who}${where}, which holds the lock ${folder}.`,
    hint:
      fate === "running"
        ? `Let process ${holder?.pid} finish or end it; if it is no oauth-lab, delete that folder.`
        : "If no oauth-lab runs there any more, delete that folder, then run the command again.",
  });
}
