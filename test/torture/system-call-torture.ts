// Makes every single system call of a save the last one, or a failing one (strace): the file is the old one or the new one.
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { openStore } from "../../src/credentials/store.ts";
import { setUpWorkplace, type Workplace } from "./build-worker.ts";
import { numberedCredential, numberOf } from "./numbered-credential.ts";
import { realContext } from "./real-context.ts";

/** All that the save path calls. Node's own start calls some of them too: these are hit as well. */
const systemCalls = [
  ...["mkdir", "openat", "fchmod", "write", "statx", "fsync", "close", "rename", "unlink"],
  ...["getdents64", "read"],
];
const faults = ["signal=KILL", "error=ENOSPC", "error=EIO"];

export interface SystemCallTortureResult {
  runs: number;
  /** Runs in which the fault came true. */
  hit: number;
  old: number;
  new: number;
  /** What must not be, one line each. */
  broken: string[];
}

/** Tries each fault at the first, second, … call of each kind until a run gets by without meeting it. `only` limits it to some calls. */
export async function tortureSystemCalls(
  only: readonly string[] = systemCalls,
): Promise<SystemCallTortureResult> {
  const workplace = await setUpWorkplace();
  const result: SystemCallTortureResult = { runs: 0, hit: 0, old: 0, new: 0, broken: [] };
  try {
    for (const call of only) {
      for (const fault of faults) await tortureCall({ workplace, call, fault, result });
    }
    return result;
  } finally {
    await workplace.remove();
  }
}

interface Series {
  readonly workplace: Workplace;
  readonly call: string;
  readonly fault: string;
  readonly result: SystemCallTortureResult;
}

async function tortureCall(series: Series): Promise<void> {
  // The number of calls differs a little from run to run: three that get by in a row are the end.
  for (let at = 1, missed = 0; missed < 3; at += 1) {
    const isHit = await saveWithFault(series, at);
    missed = isHit ? 0 : missed + 1;
    series.result.runs += 1;
    if (isHit) series.result.hit += 1;
  }
}

/** True if the fault was met. */
async function saveWithFault(series: Series, at: number): Promise<boolean> {
  const { workplace, call, fault, result } = series;
  const folder = join(await mkdtemp(join(workplace.folder, "run-")), "store");
  const store = openStore({ folder, mode: "file" }, realContext());
  await store.save(numberedCredential(1));
  const trace = join(folder, "..", "trace");
  const inject = ["-e", `trace=${call}`, "-e", `inject=${call}:${fault}:when=${at}`];
  const command = [process.execPath, workplace.worker, "save-once", folder, "2"];
  const told = await run(["-f", "-qq", "-o", trace, ...inject, ...command]);
  const isHit = /\(INJECTED\)|killed by SIGKILL/.test(await readFile(trace, "utf8"));

  const where = `${call} ${at} ${fault}`;
  try {
    const found = numberOf((await store.read(numberedCredential(0))) ?? numberedCredential(0));
    if (found === 1) result.old += 1;
    else if (found === 2) result.new += 1;
    else result.broken.push(`${where}: nothing there`);
    if (told === "saved" && found !== 2) result.broken.push(`${where}: acknowledged, but lost`);
  } catch (error) {
    result.broken.push(`${where}: ${error}`);
  }
  await store.prepareSave(numberedCredential(0));
  const names = await readdir(folder);
  if (names.some((name) => /tmp|corrupt/.test(name))) result.broken.push(`${where}: ${names}`);
  return isHit;
}

/** The last line that the worker told. */
async function run(args: string[]): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)("strace", args).catch((error) => {
    // A process that a fault ended has told what it had to tell before.
    if (typeof error.stdout === "string") return error as { stdout: string };
    throw error;
  });
  return stdout.trim().split("\n").at(-1);
}
