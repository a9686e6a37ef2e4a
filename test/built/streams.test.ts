// stdin, stdout and stderr as a shell may hand them over: pipes that do not wait, full disks, a pipe where a file should be.
import { execFile, spawn } from "node:child_process";
import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { fileNameOf } from "../../src/credentials/credential-file.ts";
import { formatRecord } from "../../src/credentials/record.ts";
import { sampleCredential } from "../credentials/credential-sample.ts";
import { buildProgram, createHome, type Home, runBuilt, startBuilt } from "../support/built.ts";
import { problemsOf } from "../support/documented-json.ts";

const unix = process.platform !== "win32";

async function storeCredentials(count: number, { storeFolder }: Home): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const changes = { profile: `p${number}`, expiresAt: 4_102_444_800_000 };
    const credential = sampleCredential(String(number), changes);
    const path = join(storeFolder, fileNameOf(credential));
    await fs.writeFile(path, formatRecord(credential), { mode: 0o600 });
  }
}

async function makePipe(path: string): Promise<void> {
  await promisify(execFile)("mkfifo", [path]);
}

/** Starts the built program with this file as its stdout, left as it is or made not to wait: spawn() would take that flag away. */
async function startInto(
  stdout: number,
  { args, home, waits = true }: { args: string[]; home: Home; waits?: boolean },
) {
  const program = await buildProgram();
  const setFlag = waits ? "" : "dd oflag=nonblock count=0 2>/dev/null;";
  const child = spawn(
    "sh",
    ["-c", `${setFlag} exec "$@"`, "sh", process.execPath, program, ...args],
    {
      cwd: home.workingFolder,
      env: home.env,
      stdio: ["ignore", stdout, "pipe"],
    },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  const code = new Promise((resolve) => child.once("close", resolve));
  return { child, code, stderr: text(child.stderr as NodeJS.ReadableStream) };
}

it.runIf(process.platform === "linux").each([
  ["a token", ["token", "google", "--profile", "p0"], /^access-token-0-\w+$/],
  ["a long list", ["status", "--json"], /^\{.*"profile":"p299".*\}$/],
])("writes all of %s into a pipe that is full and does not wait", async (_, args, expected) => {
  const home = await createHome();
  await storeCredentials(300, home);
  const path = join(home.folder, "pipe");
  await makePipe(path);
  const reader = await fs.open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = await fs.open(path, constants.O_WRONLY | constants.O_NONBLOCK);
  await writer.write(Buffer.alloc(65_536, " "));
  const run = await startInto(writer.fd, { args, home, waits: false });
  await writer.close();
  await untilWaiting(run.child);
  const result = await readAll(reader, run.child);
  expect({ code: await run.code, stderr: await run.stderr }).toEqual({ code: 0, stderr: "" });
  expect(result.trim()).toMatch(expected);
});

/** Until the child has ended, or has found the pipe full and polls its stdout. */
async function untilWaiting({ pid }: ReturnType<typeof spawn>): Promise<void> {
  for (;;) {
    const descriptors = await fs.readdir(`/proc/${pid}/fdinfo`).catch(() => []);
    const infos = descriptors.map((name) => fs.readFile(`/proc/${pid}/fdinfo/${name}`, "utf8"));
    const told = await Promise.allSettled(infos);
    if (told.some((info) => info.status === "fulfilled" && /^tfd: +1 /m.test(info.value))) return;
    if (descriptors.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Reads until the other end is closed; a pipe that is empty for now says EAGAIN. */
async function readAll(reader: fs.FileHandle, child: { exitCode: number | null }): Promise<string> {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.alloc(4096);
    const read = await reader.read(chunk).catch((error) => {
      if (error.code !== "EAGAIN") throw error;
      return undefined;
    });
    if (read === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    else if (read.bytesRead > 0) chunks.push(chunk.subarray(0, read.bytesRead));
    else if (child.exitCode !== null) break;
  }
  await reader.close();
  return Buffer.concat(chunks).toString();
}

it.runIf(process.platform === "linux")("fails where the disk takes no result", async () => {
  const home = await createHome();
  await storeCredentials(1, home);
  const full = await fs.open("/dev/full", "w");
  const args = ["token", "google", "--profile", "p0"];
  const run = await startInto(full.fd, { args, home });
  await full.close();
  expect({ code: await run.code, stderr: await run.stderr }).toEqual({
    code: 8,
    stderr:
      "Error: The result could not be written to stdout (ENOSPC).\n  Make room where it goes to, and run it again.\n",
  });
});

it.runIf(process.platform === "linux")("tells that as JSON with --json", async () => {
  const home = await createHome();
  await storeCredentials(1, home);
  const full = await fs.open("/dev/full", "w");
  const args = ["token", "google", "--profile", "p0", "--json"];
  const run = await startInto(full.fd, { args, home });
  await full.close();
  expect(await run.code).toBe(8);
  const failure = JSON.parse(await run.stderr);
  expect(problemsOf("error", failure)).toEqual([]);
  expect(failure.error).toMatchObject({ kind: "store", code: "enospc" });
});

it("fails with its own exit code where nobody reads what went wrong", async () => {
  const run = await startBuilt(["token", "google"]);
  run.process.stderr?.destroy();
  expect(await run.finished).toMatchObject({ code: 4, signal: null, stdout: "" });
});

it.runIf(unix)("does not wait for a pipe that lies where .env should", async () => {
  const home = await createHome();
  await makePipe(join(home.workingFolder, ".env"));
  const { code, stderr } = await runBuilt(["status"], { env: home.env, cwd: home.workingFolder });
  expect(code).toBe(0);
  expect(stderr).toContain(".env is ignored: it is not a file.");
});

it.runIf(unix).each(["demo", "demo --attacks"])(
  "leaves no folder behind when whoever reads %s goes",
  async (command) => {
    const { folder, env } = await createHome();
    const TMPDIR = join(folder, "temporary");
    await fs.mkdir(TMPDIR);
    const line = `"$1" "$2" ${command} | head -n 2`;
    const args = ["-c", line, "sh", process.execPath, await buildProgram()];
    const { stdout } = await promisify(execFile)("sh", args, { env: { ...env, TMPDIR } });
    expect(stdout).toMatch(/\w/);
    expect(await fs.readdir(TMPDIR)).toEqual([]);
  },
);
