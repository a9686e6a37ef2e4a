// The compiled code that some commands leave for the next run: only where it is safe, and never run when it is damaged.
import * as fs from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { requireCompiled } from "../../src/code-cache.ts";
import { fileNameOf } from "../../src/credentials/credential-file.ts";
import { formatRecord } from "../../src/credentials/record.ts";
import { sampleCredential } from "../credentials/credential-sample.ts";
import { createHome, type Home, runBuilt } from "../support/built.ts";

const credential = sampleCredential("kept", { provider: "github", expiresAt: 4_102_444_800_000 });
const token = `${credential.accessToken.reveal()}\n`;

async function createStore(): Promise<Home> {
  const home = await createHome();
  const path = join(home.storeFolder, fileNameOf(credential));
  await fs.writeFile(path, formatRecord(credential), { mode: 0o600 });
  return home;
}

async function run(home: Home, args: readonly string[]): Promise<string> {
  const { env, workingFolder } = home;
  const { stdout, stderr, signal } = await runBuilt(args, { env, cwd: workingFolder });
  expect(signal).toBeNull();
  expect(stderr).not.toContain("Warning");
  return stdout;
}

/** What of our own compiled code is there: the command and the file of the bundle, as in `token program`. */
async function compiled({ storeFolder }: Home): Promise<string[]> {
  const names = await fs.readdir(join(storeFolder, "compile-cache")).catch(() => []);
  const parts = names.map((name) => /^(.+)-v\d+\.\d+\.\d+-\w+-(.+)-[\w-]{8}$/.exec(name));
  return parts.flatMap((part) => (part ? [`${part[1]} ${part[2]}`] : [])).sort();
}

/** The file of `token`'s compiled code. */
async function codeFile({ storeFolder }: Home): Promise<string> {
  const folder = join(storeFolder, "compile-cache");
  const [name = "", ...others] = await fs.readdir(folder);
  expect(others).toEqual([]);
  return join(folder, name);
}

async function inodeOf(path: string): Promise<number> {
  return (await fs.stat(path)).ino;
}

describe.runIf(process.platform !== "win32")("compiled code", () => {
  let home: Home;
  let path: string;
  beforeEach(async () => {
    home = await createStore();
    expect(await run(home, ["token", "github"])).toBe(token);
    expect(await compiled(home)).toEqual(["token program"]);
    path = await codeFile(home);
  });

  it("is left by the first token, for this user alone, with no half-written file beside it", async () => {
    expect((await fs.stat(path)).mode & 0o777).toBe(0o600);
    expect((await fs.stat(join(path, ".."))).mode & 0o777).toBe(0o700);
  });

  it("is taken as it is by the next token", async () => {
    const before = await inodeOf(path);
    expect(await run(home, ["token", "github"])).toBe(token);
    expect(await inodeOf(path)).toBe(before);
  });

  it.each([
    ["has a wrong byte", (code: Buffer) => code.fill(code.readUInt8(4000) ^ 1, 4000, 4001)],
    ["ends early", (code: Buffer) => code.subarray(0, 9001)],
    ["is empty", () => Buffer.alloc(0)],
    ["is all zeros", (code: Buffer) => Buffer.alloc(code.byteLength)],
    ["is of another program", () => Buffer.from("no code of V8's".repeat(200))],
  ])("is made anew where it %s", async (_, damage) => {
    const good = await fs.readFile(path);
    await fs.writeFile(path, damage(Buffer.from(good)));
    const before = await inodeOf(path);
    expect(await run(home, ["token", "github"])).toBe(token);
    expect(await inodeOf(path)).not.toBe(before);
    const mended = await fs.readFile(path);
    const half = mended.byteLength / 2;
    expect(mended.subarray(0, half).equals(mended.subarray(half))).toBe(true);
  });
});

describe.runIf(process.platform !== "win32")("compiled code of another command", () => {
  it("is its own, of every file of the bundle that it ran", async () => {
    const home = await createStore();
    await run(home, ["--help"]);
    await run(home, ["token", "github"]);
    const others = ["help", "later", "program", "rolldown-runtime"].map((name) => `--help ${name}`);
    expect(await compiled(home)).toEqual([...others, "token program"]);
    const before = await fs.readdir(join(home.storeFolder, "compile-cache"));
    expect(await run(home, ["--help"])).toContain("Usage: oauth-lab");
    expect(await fs.readdir(join(home.storeFolder, "compile-cache"))).toEqual(before);
  });

  it("is of what a token in a file takes, too, and nothing warns of it", async () => {
    const home = await createStore();
    const output = join(home.workingFolder, "token.txt");
    for (let time = 0; time < 2; time += 1) {
      await run(home, ["token", "github", "--output", output]);
      expect(await fs.readFile(output, "utf8")).toBe(token);
    }
    expect(await compiled(home)).toEqual(
      expect.arrayContaining(["token processes", "token program", "token token-output"]),
    );
  });

  it("is written beside what another oauth-lab left, and what is a month old goes", async () => {
    const home = await createStore();
    await run(home, ["token", "github"]);
    const path = await codeFile(home);
    const [old, halfWritten] = [path.replace(/.{8}$/, "12345678"), `${path}.99`];
    const recent = path.replace(/.{8}$/, "abcdefgh");
    const otherCommand = path.replace("token-", "exec-");
    await fs.rename(path, old);
    for (const copy of [halfWritten, recent, otherCommand]) await fs.copyFile(old, copy);
    const monthAgo = new Date(Date.now() - 31 * 86_400_000);
    for (const one of [old, halfWritten, otherCommand]) await fs.utimes(one, monthAgo, monthAgo);
    expect(await run(home, ["token", "github"])).toBe(token);
    const left = await fs.readdir(join(path, ".."));
    expect(left.sort()).toEqual([otherCommand, path, recent].map((one) => basename(one)).sort());
  });
});

describe.runIf(process.platform !== "win32")("no compiled code is left", () => {
  it("of a file that imports: only Node's own loader lets it, without a warning", async () => {
    const { folder, storeFolder } = await createHome();
    await fs.writeFile(join(folder, "file.cjs"), 'exports.load = () => import("./imported.mjs");');
    await fs.writeFile(join(folder, "imported.mjs"), 'export const told = "hello";');
    vi.stubEnv("OAUTH_LAB_HOME", storeFolder);
    const { argv } = process;
    onTestFinished(() => {
      process.argv = argv;
      vi.unstubAllEnvs();
    });
    process.argv = [...argv.slice(0, 2), "token"];
    const file = requireCompiled(createRequire(join(folder, "main.cjs")), "./file.cjs");
    expect(await (file as { load(): Promise<object> }).load()).toMatchObject({ told: "hello" });
  });

  it("by a command that is run rarely, nor by a token that failed", async () => {
    const home = await createStore();
    await run(home, ["status"]);
    await run(home, ["token", "google"]);
    expect(await compiled(home)).toEqual([]);
  });

  it("where the folder for it cannot be made, and the token is printed all the same", async () => {
    const home = await createStore();
    await fs.writeFile(join(home.storeFolder, "compile-cache"), "");
    expect(await run(home, ["token", "github"])).toBe(token);
  });

  it("where others may enter the folder", async () => {
    const home = await createStore();
    await fs.chmod(home.storeFolder, 0o750);
    expect(await run(home, ["token", "github"])).toBe(token);
    expect(await compiled(home)).toEqual([]);
  });
});
