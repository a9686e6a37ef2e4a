import { execFileSync } from "node:child_process";
import * as fs from "node:fs/promises";
import {
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Files } from "../../src/context.ts";
import type { CredentialKey } from "../../src/credentials/credential.ts";
import { fileNameOf } from "../../src/credentials/credential-file.ts";
import { formatOwner } from "../../src/credentials/lock-owner.ts";
import { openProcesses } from "../../src/credentials/processes.ts";
import { openStore } from "../../src/credentials/store.ts";
import type { OAuthLabError } from "../../src/errors.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { realContext } from "../torture/real-context.ts";
import { reveal, sampleCredential } from "./credential-sample.ts";
import { faultyFiles } from "./faulty-files.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const key: CredentialKey = { provider: "google", profile: "default" };
const old = sampleCredential("old");
const fresh = sampleCredential("fresh");

/** A store with the old credential in it, and the ways to look behind it. */
async function prepare({ files = fs }: { files?: Files } = {}) {
  const folder = join(await temporaryFolder(), "store");
  const clock = new FakeClock(1_700_000_000_000);
  clock.passSleeps(() => true);
  const context = { ...realContext(), clock, files };
  await openStore({ folder, mode: "file" }, realContext()).save(old);
  const open = () => openStore({ folder, mode: "file" }, context);
  return { folder, clock, open, store: open(), path: join(folder, fileNameOf(key)) };
}

const leftoversIn = async (folder: string) =>
  (await readdir(folder)).filter((name) => /tmp|corrupt/.test(name));

describe("a saved credential", () => {
  it("is read back whole, by another process too", async () => {
    const { open } = await prepare();
    await open().save(fresh);
    expect(reveal(await open().read(key))).toEqual(reveal(fresh));
  });

  it("stands in one file of mode 0600, named for its profile and provider", async () => {
    const { folder, path } = await prepare();
    const names = (await readdir(folder)).filter((name) => name !== ".gitignore");
    expect(names).toEqual(["default@google.json"]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("is undefined where none was saved, and in a folder that is not there", async () => {
    const { store, folder } = await prepare();
    expect(await store.read({ provider: "google", profile: "work" })).toBeUndefined();
    const elsewhere = openStore({ folder: join(folder, "none"), mode: "file" }, realContext());
    expect(await elsewhere.read(key)).toBeUndefined();
    expect(await elsewhere.list()).toEqual([]);
    expect(await elsewhere.remove(key)).toBe(false);
  });

  it("is found without looking at any other", async () => {
    const listed: string[] = [];
    const readdirRecorded = async (path: string) => {
      listed.push(path);
      return fs.readdir(path);
    };
    const { store } = await prepare({ files: { ...fs, readdir: readdirRecorded as never } });
    expect(await store.read(key)).toBeDefined();
    expect(listed).toEqual([]);
  });

  it("is read and saved without leaving a file open", async () => {
    const { files, calls } = faultyFiles();
    const { store } = await prepare({ files });
    await store.read(key);
    await store.save(fresh);
    const count = (name: string) => calls.filter((call) => call === name).length;
    expect(count("open")).toBe(count("close"));
    expect(count("open")).toBeGreaterThan(3);
  });

  it("G25 keeps to its own name, whatever the names are", async () => {
    const { store } = await prepare();
    const names = ["../x", "con", "a/b", ".", "🙂", "x".repeat(300), "__proto__", "a\0b", "GOOGLE"];
    for (const profile of names) await store.save(sampleCredential(profile, { profile }));
    for (const profile of names) {
      const found = await store.read({ provider: "google", profile });
      expect(found?.accessToken.reveal()).toContain(`-${profile}-`);
    }
    expect(await store.list()).toHaveLength(names.length + 1);
  });
});

describe("a file that cannot be used", () => {
  it.each([
    ["empty", ""],
    ["truncated", '{"version":1,"provider":"goo'],
    ["of zeros", "\0".repeat(4096)],
    ["with wrong types", '{"version":1,"provider":"google","profile":7}'],
    ["of 10 MB", " ".repeat(10_000_000)],
  ])(
    "G06, G07, G08 is kept under another name when it is %s, and a login takes its place",
    async (_, content) => {
      const { store, folder, path } = await prepare();
      await writeFile(path, content);
      const failure = await store.read(key).catch((error: OAuthLabError) => error);
      expect(failure).toMatchObject({ kind: "store", code: "store_corrupt" });
      const [kept = ""] = await leftoversIn(folder);
      expect(kept).toMatch(/\.json\.corrupt-1700000000000-[0-9a-f]{8}$/);
      expect((failure as OAuthLabError).hint).toContain(kept);
      expect(await readFile(join(folder, kept), "utf8")).toBe(content);
      expect((await stat(join(folder, kept))).mode & 0o777).toBe(0o600);
      await store.prepareSave(key);
      await store.save(fresh);
      expect(reveal(await store.read(key))).toEqual(reveal(fresh));
      expect(await leftoversIn(folder)).toEqual([kept]);
    },
  );

  it.each([
    ["no JSON", () => "damage"],
    [
      "damaged in a single field",
      (good: string) => good.replace("bearer", "").replace(':""', ":7"),
    ],
  ])("is kept under another name by a save, too, when it is %s", async (_, damage) => {
    const { store, folder, path } = await prepare();
    await writeFile(path, damage(await readFile(path, "utf8")));
    await store.save(fresh);
    expect(await leftoversIn(folder)).toHaveLength(1);
    expect(reveal(await store.read(key))).toEqual(reveal(fresh));
  });

  it("G07 does no harm to other profiles", async () => {
    const { store, path } = await prepare();
    const work = sampleCredential("work", { profile: "work" });
    await store.save(work);
    await writeFile(path, "damage");
    await expect(store.read(key)).rejects.toMatchObject({ code: "store_corrupt" });
    expect(reveal(await store.read(work))).toEqual(reveal(work));
  });

  it("gives its name back to a credential that was saved while it was judged", async () => {
    let save = async () => {};
    const renameRecorded: typeof rename = async (from, to) => {
      if (String(to).includes("corrupt")) await save();
      return fs.rename(from, to);
    };
    const { store, open, path } = await prepare({ files: { ...fs, rename: renameRecorded } });
    await writeFile(path, "damage");
    save = () => openStore({ folder: join(path, ".."), mode: "file" }, realContext()).save(fresh);
    await expect(store.read(key)).rejects.toMatchObject({ code: "store_corrupt" });
    expect(reveal(await open().read(key))).toEqual(reveal(fresh));
  });

  it("G09, M05 is left alone when a newer version wrote it: neither read nor replaced", async () => {
    const { store, path, folder } = await prepare();
    const content = JSON.stringify({ version: 99, something: "else" });
    await writeFile(path, content);
    const refusal = { kind: "store", code: "store_newer" };
    await expect(store.read(key)).rejects.toMatchObject(refusal);
    await expect(store.prepareSave(key)).rejects.toMatchObject(refusal);
    await expect(store.save(fresh)).rejects.toMatchObject(refusal);
    expect(await readFile(path, "utf8")).toBe(content);
    expect(await leftoversIn(folder)).toEqual([]);
  });

  it("is refused when it was copied to another credential's name", async () => {
    const { store, path, folder } = await prepare();
    const work = { provider: "google", profile: "work" };
    await copyFile(path, join(folder, fileNameOf(work)));
    await expect(store.read(work)).rejects.toMatchObject({ kind: "unsafe" });
  });

  it("is listed with its problem, and stays where it is", async () => {
    const { store, path, folder } = await prepare();
    await store.save(sampleCredential("work", { profile: "work" }));
    await writeFile(path, "damage");
    const listed = await store.list();
    expect(listed).toHaveLength(2);
    expect(listed).toContainEqual({ file: path, problem: expect.stringContaining("not JSON") });
    expect(listed).toContainEqual(expect.objectContaining({ protection: "file" }));
    expect(await readFile(path, "utf8")).toBe("damage");
    expect(await leftoversIn(folder)).toEqual([]);
  });
});

describe("a file that others could have a hand in", () => {
  it.each([0o644, 0o640, 0o604])(
    "G01 is mended, with a warning, when its mode is %o",
    async (mode) => {
      const { store, path } = await prepare();
      await chmod(path, mode);
      expect(await store.read(key)).toBeDefined();
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(store.warnings).toEqual([expect.stringContaining(path)]);
    },
  );

  it.each([0o666, 0o620, 0o602])("G01 is refused when its mode is %o", async (mode) => {
    const { store, path } = await prepare();
    await chmod(path, mode);
    const refusal = { kind: "unsafe", code: "store_not_private" };
    await expect(store.read(key)).rejects.toMatchObject(refusal);
    await expect(store.prepareSave(key)).rejects.toMatchObject(refusal);
  });

  it("G05 is refused when it is a link, even to a good file", async () => {
    const { store, path } = await prepare();
    await rename(path, `${path}.elsewhere`);
    await symlink(`${path}.elsewhere`, path);
    await expect(store.read(key)).rejects.toMatchObject({ kind: "unsafe" });
  });

  it.skipIf(process.platform === "win32")(
    "is refused, not waited for, when it is a pipe",
    async () => {
      const { store, path } = await prepare();
      await fs.rm(path);
      execFileSync("mkfifo", ["-m", "600", path]);
      await expect(store.read(key)).rejects.toMatchObject({ kind: "unsafe" });
    },
  );

  it("G04 is refused when it belongs to another user", async () => {
    const { folder } = await prepare();
    const lstat = async (path: string) => Object.assign(await fs.lstat(path), { uid: 54_321 });
    const context = { ...realContext(), files: { ...fs, lstat: lstat as never }, userId: 54_321 };
    const store = openStore({ folder, mode: "file" }, context);
    await expect(store.read(key)).rejects.toMatchObject({ kind: "unsafe" });
  });

  it("lies in a folder that is checked at every call", async () => {
    const { store, folder } = await prepare();
    await chmod(folder, 0o777);
    const calls = [
      () => store.read(key),
      () => store.list(),
      () => store.prepareSave(key),
      () => store.save(fresh),
      () => store.remove(key),
      () => store.withLock(key, async () => {}),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ kind: "unsafe" });
  });

  it("G28 is warned of when the folder lies in a git work tree", async () => {
    const { store, folder } = await prepare();
    await store.place();
    expect(store.warnings).toEqual([]);
    await mkdir(join(folder, "..", ".git"));
    await store.place();
    expect(store.warnings).toEqual([expect.stringContaining("git work tree")]);
  });
});

describe("a save that fails", () => {
  const countCalls = async (work: (store: ReturnType<typeof openStore>) => Promise<unknown>) => {
    const { files, calls } = faultyFiles();
    await work((await prepare({ files })).store);
    return calls.length;
  };

  it("once, at any call, is made good without a word", async () => {
    const calls = await countCalls((store) => store.save(fresh));
    for (let at = 1; at <= calls; at += 1) {
      const { store, open, folder, clock } = await prepare({
        files: faultyFiles({ at, errno: "EIO" }).files,
      });
      await store.save(fresh);
      expect(reveal(await open().read(key)), `call ${at}`).toEqual(reveal(fresh));
      expect(await leftoversIn(folder)).toEqual([]);
      expect(clock.sleeps.length).toBeLessThanOrEqual(1);
    }
  });

  it.each(["ENOSPC", "EIO", "EROFS"])(
    "G11, G13 with %s for good, from any call on, is tried four times and leaves old or new, never a mix",
    async (errno) => {
      const calls = await countCalls((store) => store.save(fresh));
      for (let at = 1; at <= calls; at += 1) {
        const { store, path, clock } = await prepare({
          files: faultyFiles({ at, onwards: true, errno }).files,
        });
        const before = await readFile(path, "utf8");
        await expect(store.save(fresh), `call ${at}`).rejects.toMatchObject({
          kind: "store",
          code: errno.toLowerCase(),
          hint: expect.any(String),
        });
        expect(clock.sleeps).toEqual([50, 250, 1000]);
        const after = await readFile(path, "utf8");
        if (after !== before) {
          expect(JSON.parse(after).access_token).toBe(fresh.accessToken.reveal());
        }
      }
    },
  );

  it("G14 is foreseen by prepareSave, at every call that a write makes", async () => {
    const calls = await countCalls((store) => store.prepareSave(key));
    for (let at = 1; at <= calls; at += 1) {
      const { store, path, folder } = await prepare({
        files: faultyFiles({ at, errno: "ENOSPC" }).files,
      });
      const before = await readFile(path);
      await expect(store.prepareSave(key), `call ${at}`).rejects.toMatchObject({ code: "enospc" });
      expect(await readFile(path)).toEqual(before);
      expect(await leftoversIn(folder)).toEqual([]);
    }
  });

  it("is not tried again where the place is unsafe", async () => {
    const { store, folder, clock } = await prepare();
    await chmod(folder, 0o777);
    await expect(store.save(fresh)).rejects.toMatchObject({ kind: "unsafe" });
    expect(clock.sleeps).toEqual([]);
  });
});

it("H09 is locked by the folder it lies in, by whatever path that is reached", async () => {
  const { folder, store } = await prepare();
  const link = join(await temporaryFolder(), "link");
  await symlink(join(folder, ".."), link);
  const clock = new FakeClock(0);
  const sameFolder = openStore(
    { folder: join(link, "store"), mode: "file" },
    { ...realContext(), clock },
  );
  const order: string[] = [];
  let second: Promise<void> | undefined;
  await store.withLock(key, async () => {
    second = sameFolder.withLock(key, async () => void order.push("second"));
    await clock.untilSleeping();
    order.push("first");
  });
  await clock.advance(1000);
  await second;
  expect(order).toEqual(["first", "second"]);
});

describe("a removal", () => {
  it("leaves no byte of a token in the folder, nor in what a crash or damage left", async () => {
    const { store, folder, path } = await prepare();
    const content = await readFile(path);
    await writeFile(`${path}.corrupt-1-00000000`, content);
    await writeFile(
      `${path}.${formatOwner(await openProcesses(process).identify())}.0123456789abcdef.tmp`,
      content,
    );
    const work = sampleCredential("work", { profile: "work" });
    await store.save(work);
    expect(await store.remove(key)).toBe(true);
    for (const name of await readdir(folder)) {
      const text = await readFile(join(folder, name), "latin1");
      expect(text).not.toContain(old.accessToken.reveal());
      expect(text).not.toContain(old.refreshToken?.reveal());
    }
    expect(reveal(await store.read(work))).toEqual(reveal(work));
  });

  it("says that there was none", async () => {
    const { store } = await prepare();
    expect(await store.remove(key)).toBe(true);
    expect(await store.remove(key)).toBe(false);
    expect(await store.read(key)).toBeUndefined();
  });

  it("that fails says so", async () => {
    const { store } = await prepare({ files: faultyFiles({ at: 2, errno: "EACCES" }).files });
    await expect(store.remove(key)).rejects.toMatchObject({ kind: "store", code: "eacces" });
  });
});

describe("temporary files", () => {
  const nameFor = async (path: string, changes: object) => {
    const owner = formatOwner({ ...(await openProcesses(process).identify()), ...changes });
    return `${path}.${owner}.0123456789abcdef.tmp`;
  };

  it.each([
    ["a save", (store: ReturnType<typeof openStore>) => store.save(fresh)],
    ["prepareSave", (store: ReturnType<typeof openStore>) => store.prepareSave(key)],
    ["a listing", (store: ReturnType<typeof openStore>) => store.list()],
  ])("of processes that have ended are swept by %s", async (_, work) => {
    const { store, folder, path } = await prepare();
    await writeFile(await nameFor(path, { pid: 2 ** 31 - 2 }), "token");
    await writeFile(await nameFor(path, { kernel: "elsewhere" }), "token");
    await work(store);
    expect(await leftoversIn(folder)).toEqual([]);
  });

  it("of a process that still runs are left to it", async () => {
    const { store, folder, path } = await prepare();
    await writeFile(await nameFor(path, {}), "token");
    await store.prepareSave(key);
    expect(await leftoversIn(folder)).toHaveLength(1);
  });
});

describe("the memory store", () => {
  it("keeps a credential for its own life, and touches no file", async () => {
    const folder = join(await temporaryFolder(), "store");
    const open = () => openStore({ folder, mode: "memory" }, realContext());
    const store = open();
    await store.prepareSave(key);
    await store.save(old);
    expect(await store.read(key)).toBe(old);
    expect(await store.list()).toEqual([{ credential: old, protection: "memory" }]);
    expect((await store.place()).protection).toBe("memory");
    expect(await open().read(key)).toBeUndefined();
    expect(await store.withLock(key, async () => "in")).toBe("in");
    expect(await store.remove(key)).toBe(true);
    expect(await store.read(key)).toBeUndefined();
    await expect(stat(folder)).rejects.toMatchObject({ code: "ENOENT" });
  });
});
