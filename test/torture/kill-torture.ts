// Kills a process that saves without pause at random moments: what it had told to be durable must be there, whole.
import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { openStore } from "../../src/credentials/store.ts";
import { setUpWorkplace } from "./build-worker.ts";
import { numberedCredential, numberOf } from "./numbered-credential.ts";
import { randomNumbers } from "./random-numbers.ts";
import { realContext } from "./real-context.ts";

export interface KillTortureResult {
  kills: number;
  /** Saves that were told to be durable before the kills. */
  acknowledged: number;
  unreadable: number;
  lost: number;
  /** Temporary files that the kills left, all with tokens in them. */
  temporaryFiles: number;
  /** Those still there after the next start. */
  temporaryFilesLeft: number;
}

/** Kills the saving process so many times, each time looking at what is left as the next start would. */
export async function tortureByKills({
  kills,
  seed,
}: {
  kills: number;
  seed: number;
}): Promise<KillTortureResult> {
  const workplace = await setUpWorkplace();
  const folder = join(workplace.folder, "store");
  const random = randomNumbers(seed);
  const result = {
    ...{ kills: 0, acknowledged: 0, unreadable: 0, lost: 0 },
    ...{ temporaryFiles: 0, temporaryFilesLeft: 0 },
  };
  try {
    let next = 1;
    for (; result.kills < kills; result.kills += 1) {
      const args = [workplace.worker, "save-on", folder, String(next)];
      const last = await saveUntilKilled(args, random() * 40);
      result.acknowledged += last === undefined ? 0 : last - next + 1;
      next = await inspect({ folder, acknowledged: last ?? next - 1, result });
    }
    return result;
  } finally {
    await workplace.remove();
  }
}

/** The last number that the process told to be durable. */
async function saveUntilKilled(args: string[], milliseconds: number): Promise<number | undefined> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let told = "";
  const ended = new Promise((resolve) => child.on("close", resolve));
  const ready = new Promise((resolve) => child.stdout.once("data", resolve));
  child.stdout.setEncoding("latin1").on("data", (text) => {
    told += text;
  });
  await ready;
  await wait(milliseconds);
  child.kill("SIGKILL");
  await ended;
  const numbers = told.split("\n").slice(1, -1);
  return numbers.length === 0 ? undefined : Number(numbers.at(-1));
}

/** Counts what is wrong; returns the number to go on with. */
async function inspect({
  folder,
  acknowledged,
  result,
}: {
  folder: string;
  acknowledged: number;
  result: KillTortureResult;
}): Promise<number> {
  const store = openStore({ folder, mode: "file" }, realContext());
  const key = numberedCredential(0);
  result.temporaryFiles += await countTemporaryFiles(folder);
  let found = 0;
  try {
    const credential = await store.read(key);
    found = credential === undefined ? 0 : numberOf(credential);
  } catch {
    result.unreadable += 1;
  }
  if (found < acknowledged) result.lost += 1;
  await store.prepareSave(key);
  result.temporaryFilesLeft += await countTemporaryFiles(folder);
  return Math.max(found, acknowledged) + 1;
}

async function countTemporaryFiles(folder: string): Promise<number> {
  const names: string[] = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith(".tmp")).length;
}
