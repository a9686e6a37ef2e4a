// Many processes want one lock, and a share of its holders is killed inside: nobody may ever meet anybody.
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setUpWorkplace } from "./build-worker.ts";
import { randomNumbers } from "./random-numbers.ts";

export interface LockTorture {
  readonly rounds: number;
  readonly processes: number;
  /** How often each process enters in a round. */
  readonly visits: number;
  /** The share of the visits that end in kill -9, from 0 to 1. */
  readonly killShare: number;
  readonly seed: number;
}

export interface LockTortureResult {
  entered: number;
  /** Ended inside, by kill -9. */
  killed: number;
  overlaps: number;
  /** Processes that ended in an error, such as a time-out. */
  failed: number;
}

/** Runs the rounds, each on a fresh lock. */
export async function tortureLock(torture: LockTorture): Promise<LockTortureResult> {
  const workplace = await setUpWorkplace();
  const random = randomNumbers(torture.seed);
  const result: LockTortureResult = { entered: 0, killed: 0, overlaps: 0, failed: 0 };
  try {
    for (let round = 0; round < torture.rounds; round += 1) {
      const log = join(workplace.folder, `log-${round}`);
      await writeFile(log, "");
      const args = [
        join(workplace.folder, `store-${round}`),
        log,
        torture.visits,
        torture.killShare,
      ];
      const ends = await Promise.all(
        Array.from({ length: torture.processes }, () => {
          const seed = Math.floor(random() * 2 ** 32);
          return runToEnd([workplace.worker, "enter-lock", ...args.map(String), String(seed)]);
        }),
      );
      count(await readFile(log, "utf8"), ends, result);
    }
    return result;
  } finally {
    await workplace.remove();
  }
}

type End = "done" | "killed" | "failed";

function runToEnd(args: string[]): Promise<End> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      resolve(signal === "SIGKILL" ? "killed" : code === 0 ? "done" : "failed");
    });
  });
}

function count(log: string, ends: readonly End[], result: LockTortureResult): void {
  const lines = log.split("\n");
  result.entered += lines.filter((line) => line.startsWith("enter")).length;
  result.overlaps += lines.filter((line) => line.startsWith("OVERLAP")).length;
  result.killed += ends.filter((end) => end === "killed").length;
  result.failed += ends.filter((end) => end === "failed").length;
}
