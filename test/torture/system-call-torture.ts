// Makes every single system call of a save the last one, or a failing one (strace): the file is the old one or the new one.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { openStore } from "../../src/credentials/store.ts";
import { setUpWorkplace, type Workplace } from "./build-worker.ts";
import { numberedCredential, numberOf } from "./numbered-credential.ts";
import { realContext } from "./real-context.ts";

/** All that a thread of files can call in a save; a call that is not made costs one run. */
const systemCalls = [
  ...["openat", "statx", "fstat", "getdents64", "read", "write", "fchmod", "fsync", "close"],
  ...["rename", "unlink", "mkdir", "chmod"],
];

/** One call is the last one, fails once, or fails and so do all that follow. */
const allFaults = [
  "signal=KILL",
  "error=ENOSPC",
  "error=EIO",
  "error=ENOSPC onwards",
  "error=EIO onwards",
];

export interface SystemCallTortureResult {
  /** How often each call was hit, over all faults. */
  hits: Record<string, number>;
  /** How many runs ended with the old credential, and with the new one. */
  old: number;
  new: number;
  /** What must not be, one line each. */
  broken: string[];
}

/** Tries each fault at the first, second, … call of each kind until a run gets by without meeting it. */
export async function tortureSystemCalls({
  calls = systemCalls,
  faults = allFaults,
} = {}): Promise<SystemCallTortureResult> {
  const workplace = await setUpWorkplace();
  const result: SystemCallTortureResult = { hits: {}, old: 0, new: 0, broken: [] };
  try {
    for (const call of calls) {
      for (const fault of faults) {
        for (let at = 1; await saveWithFault({ workplace, call, fault, at, result }); at += 1) {
          result.hits[call] = (result.hits[call] ?? 0) + 1;
        }
      }
    }
    return result;
  } finally {
    await workplace.remove();
  }
}

interface Trial {
  readonly workplace: Workplace;
  readonly call: string;
  readonly fault: string;
  /** Which of these calls is hit, from 1 on. */
  readonly at: number;
  readonly result: SystemCallTortureResult;
}

/** True if the fault was met. */
async function saveWithFault(trial: Trial): Promise<boolean> {
  const { workplace, call, fault, at, result } = trial;
  const folder = join(await mkdtemp(join(workplace.folder, "run-")), "store");
  const store = openStore({ folder, mode: "file" }, realContext());
  await store.save(numberedCredential(1));
  const { told, isHit, isEnded } = await saveTraced(trial, folder);

  const where = `${call} ${at} ${fault}, told ${told}`;
  const found = await store.read(numberedCredential(0)).then(
    (credential) => (credential === undefined ? "nothing" : numberOf(credential)),
    (error: unknown) => `unreadable: ${error}`,
  );
  if (found === 1 && told !== "saved") result.old += 1;
  else if (found === 2) result.new += 1;
  else result.broken.push(`${where}: found ${found}`);
  // Node.js itself aborts when it cannot write to the descriptor that its threads wake it by.
  if (!isEnded && told !== "saved" && !told.startsWith("failed e")) {
    result.broken.push(`${where}: neither saved nor a failure of ours`);
  }
  await store.prepareSave(numberedCredential(0));
  const names = await readdir(folder);
  if (names.some((name) => /tmp|corrupt/.test(name))) result.broken.push(`${where}: ${names}`);
  return isHit;
}

/** Starts the save, lays the trap on the one thread that touches files, and lets it go. */
async function saveTraced({ workplace, call, fault, at }: Trial, folder: string) {
  const args = [workplace.worker, "save-once-traced", folder, "2"];
  const child = spawn(process.execPath, args, { env: { ...process.env, UV_THREADPOOL_SIZE: "1" } });
  const thread = (await firstText(child, "stdout")).trim();
  const trace = join(folder, "..", "trace");
  const [effect = "", onwards] = fault.split(" ");
  const when = `${at}${onwards === undefined ? "" : "+"}`;
  const inject = ["-e", `trace=${call}`, "-e", `inject=${call}:${effect}:when=${when}`];
  const tracer = spawn("strace", ["-o", trace, ...inject, "-p", thread]);
  const attached = await firstText(tracer, "stderr");
  if (!attached.includes("attached")) {
    child.kill("SIGKILL");
    throw new Error(`strace may not look: ${attached}`);
  }
  let told = "";
  child.stdout.on("data", (text) => {
    told += text;
  });
  child.stderr.on("data", (text) => {
    told += text;
  });
  const ends = [child, tracer].map((each) => new Promise((resolve) => each.on("close", resolve)));
  child.stdin.on("error", () => {}).write("go\n");
  await Promise.all(ends);
  const isEnded = child.signalCode !== null;
  const isHit = isEnded || (await readFile(trace, "utf8")).includes("INJECTED");
  return { told: told.trim(), isHit, isEnded };
}

function firstText(
  child: ChildProcessWithoutNullStreams,
  stream: "stdout" | "stderr",
): Promise<string> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child[stream].once("data", (text) => resolve(String(text)));
  });
}
