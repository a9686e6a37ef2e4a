// The built program, run as a user runs it: from dist, with real pipes and real signals.
import { execFile, spawn } from "node:child_process";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { RecordedOutput } from "./streams.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const program = join(root, "dist", "main.js");
const lock = join(root, "node_modules", ".oauth-lab-build.lock");

/** A run that has not ended by then has hung. */
const longestRunMs = 30_000;

export interface BuiltOptions {
  /** All of stdin; without it stdin is empty and ended. `open` leaves the pipe open for `process.stdin`. */
  readonly stdin?: string | "open";
  /** Added to PATH, HOME, OAUTH_LAB_HOME and OAUTH_LAB_STORE=file; nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface BuiltResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run under way. */
interface BuiltRun {
  readonly process: ReturnType<typeof spawn>;
  readonly stdout: RecordedOutput;
  readonly stderr: RecordedOutput;
  readonly finished: Promise<BuiltResult>;
}

/** Where a run lives: fresh folders that go with the test. */
export interface Home {
  readonly folder: string;
  readonly storeFolder: string;
  readonly workingFolder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Makes the folders and the environment of a run; give its `env` and `workingFolder` to several runs to let them share. */
export async function createHome(): Promise<Home> {
  const folder = await fs.mkdtemp(join(await fs.realpath(tmpdir()), "oauth-lab-built-"));
  onTestFinished(() => fs.rm(folder, { recursive: true, force: true }));
  const [storeFolder, workingFolder] = [join(folder, "store"), join(folder, "work")];
  await fs.mkdir(storeFolder, { mode: 0o700 });
  await fs.mkdir(workingFolder);
  const path = process.env.PATH ?? "";
  const env = { PATH: path, HOME: folder, OAUTH_LAB_HOME: storeFolder, OAUTH_LAB_STORE: "file" };
  return { folder, storeFolder, workingFolder, env };
}

let built: Promise<string> | undefined;

/** Builds when a source is newer than dist, one process at a time; resolves with the program's path. */
export function buildProgram(): Promise<string> {
  built ??= withBuildLock(async () => {
    if (await isStale()) await promisify(execFile)(process.execPath, ["build.mjs"], { cwd: root });
    return program;
  });
  return built;
}

async function isStale(): Promise<boolean> {
  const builtAt = (await fs.stat(program).catch(() => undefined))?.mtimeMs ?? 0;
  const folders = ["build", "src"];
  const sources = await Promise.all(
    folders.map(async (folder) => {
      const names = await fs.readdir(join(root, folder), { recursive: true });
      return names.map((name) => join(folder, name));
    }),
  );
  const inputs = ["build.mjs", "package.json", ...folders, ...sources.flat()];
  const stats = await Promise.all(inputs.map((input) => fs.stat(join(root, input))));
  return stats.some(({ mtimeMs }) => mtimeMs > builtAt);
}

/** Test files run in several processes: the first to make the folder builds, the others wait for it to go. */
async function withBuildLock<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    const mine = await fs.mkdir(lock).then(
      () => true,
      () => false,
    );
    if (mine) break;
    const age = Date.now() - ((await fs.stat(lock).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (age > longestRunMs) await fs.rmdir(lock).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  try {
    return await work();
  } finally {
    await fs.rmdir(lock).catch(() => undefined);
  }
}

/** Starts the built program. It is killed, and the run fails, when it hangs or outlives the test. */
export async function startBuilt(
  args: readonly string[],
  { stdin, env, cwd }: BuiltOptions = {},
): Promise<BuiltRun> {
  const [path, home] = [await buildProgram(), await createHome()];
  const child = spawn(process.execPath, [path, ...args], {
    cwd: cwd ?? home.workingFolder,
    env: { ...home.env, ...env },
  });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
    const output = new RecordedOutput({ isTTY: false, columns: 0 });
    stream.setEncoding("utf8").on("data", (text: string) => output.write(text));
    return output;
  }) as [RecordedOutput, RecordedOutput];
  child.stdin.on("error", () => undefined);
  if (stdin !== "open") child.stdin.end(stdin ?? "");
  const finished = new Promise<BuiltResult>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`${args.join(" ")} hung:\n${stdout.text}\n${stderr.text}`));
    }, longestRunMs);
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout: stdout.text, stderr: stderr.text });
    });
  });
  finished.catch(() => undefined);
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return { process: child, stdout, stderr, finished };
}

/** Runs the built program to its end. */
export async function runBuilt(
  args: readonly string[],
  options: BuiltOptions = {},
): Promise<BuiltResult> {
  const { finished } = await startBuilt(args, options);
  return finished;
}
