import * as fs from "node:fs/promises";
import { readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  parseTemporaryName,
  rehearseWrite,
  writeFileAtomically,
} from "../../src/credentials/atomic-file.ts";
import { OAuthLabError } from "../../src/errors.ts";
import { faultyFiles, filesThatWrite } from "./faulty-files.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const oldText = "the old content\n";
const newText = `the new content ${"x".repeat(10_000)}\n`;

async function prepareFile(): Promise<{ folder: string; path: string }> {
  const folder = await temporaryFolder();
  const path = join(folder, "file.json");
  await writeFile(path, oldText, { mode: 0o600 });
  return { folder, path };
}

async function countCalls(): Promise<number> {
  const { path } = await prepareFile();
  const { files, calls } = faultyFiles();
  await writeFileAtomically({ path, data: newText, files });
  return calls.length;
}

describe("writing a file", () => {
  it("replaces the old content and leaves nothing beside it", async () => {
    const { folder, path } = await prepareFile();
    await writeFileAtomically({ path, data: newText, files: fs });
    expect(await readFile(path, "utf8")).toBe(newText);
    expect(await readdir(folder)).toEqual(["file.json"]);
  });

  it("G17 syncs the content before the rename, and the name after it", async () => {
    const { path } = await prepareFile();
    const { files, calls } = faultyFiles();
    await writeFileAtomically({ path, data: newText, files });
    expect(calls.filter((call) => call === "sync" || call === "rename")).toEqual([
      "sync",
      "rename",
      "sync",
    ]);
    expect(calls.indexOf("stat")).toBeGreaterThan(calls.indexOf("write"));
  });

  it.each([0o000, 0o077, 0o777])("G03 keeps mode 0600 under umask %o", async (mask) => {
    const { path } = await prepareFile();
    const before = process.umask(mask);
    try {
      await writeFileAtomically({ path, data: newText, files: fs });
    } finally {
      process.umask(before);
    }
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("writes on where the system takes a few bytes at a time", async () => {
    const { path } = await prepareFile();
    const files = filesThatWrite(async (handle, bytes) => {
      return (await handle.write(bytes.subarray(0, 777))).bytesWritten;
    });
    await writeFileAtomically({ path, data: newText, files });
    expect(await readFile(path, "utf8")).toBe(newText);
  });

  it("refuses a write that is reported whole but came out short, and keeps the old file", async () => {
    const { folder, path } = await prepareFile();
    const files = filesThatWrite(async (handle, bytes) => {
      await handle.write(bytes.subarray(0, 4096));
      return bytes.byteLength;
    });
    await expect(writeFileAtomically({ path, data: newText, files })).rejects.toMatchObject({
      kind: "store",
      code: "short_write",
    });
    expect(await readFile(path, "utf8")).toBe(oldText);
    expect(await readdir(folder)).toEqual(["file.json"]);
  });

  it("ends where the system takes no byte at all", async () => {
    const { path } = await prepareFile();
    const files = filesThatWrite(async () => 0);
    await expect(writeFileAtomically({ path, data: newText, files })).rejects.toMatchObject({
      code: "short_write",
    });
    expect(await readFile(path, "utf8")).toBe(oldText);
  });

  it("G05 does not follow a link that was planted under its temporary name", async () => {
    const { folder, path } = await prepareFile();
    const victim = join(folder, "victim");
    await writeFile(victim, "untouched");
    const open: typeof fs.open = async (name, ...rest) => {
      await symlink(victim, name);
      return fs.open(name, ...rest);
    };
    const writing = writeFileAtomically({ path, data: newText, files: { ...fs, open } });
    await expect(writing).rejects.toMatchObject({ code: "eexist" });
    expect(await readFile(victim, "utf8")).toBe("untouched");
    expect(await readFile(path, "utf8")).toBe(oldText);
  });
});

describe("a call that fails", () => {
  it.each(["ENOSPC", "EDQUOT", "EIO", "EROFS", "EACCES", "ENAMETOOLONG", "EMFILE"])(
    "G11, G13, M04 with %s leaves the old file or the new one, no temporary file, and says what to do",
    async (errno) => {
      const calls = await countCalls();
      expect(calls).toBeGreaterThan(8);
      for (let at = 1; at <= calls; at += 1) {
        const { folder, path } = await prepareFile();
        const faulty = faultyFiles({ at, errno });
        const failure = await writeFileAtomically({
          path,
          data: newText,
          files: faulty.files,
        }).catch((error: unknown) => error);
        const renamed = faulty.calls.indexOf("rename");
        const isNew = renamed !== -1 && at > renamed + 1;
        expect(await readFile(path, "utf8"), `call ${at}`).toBe(isNew ? newText : oldText);
        expect(await readdir(folder)).toEqual(["file.json"]);
        expect(failure).toBeInstanceOf(OAuthLabError);
        expect(failure).toMatchObject({ kind: "store", code: errno.toLowerCase() });
        expect((failure as OAuthLabError).hint).not.toContain("doctor");
      }
    },
  );

  it("G21 where a file system syncs no folders is no failure", async () => {
    const { path } = await prepareFile();
    const at = (await countCalls()) - 1;
    const { files, calls } = faultyFiles({ at, errno: "EINVAL" });
    await writeFileAtomically({ path, data: newText, files });
    expect(calls.slice(-2)).toEqual(["sync", "close"]);
    expect(await readFile(path, "utf8")).toBe(newText);
  });
});

describe("a rehearsal", () => {
  it("leaves no trace", async () => {
    const { folder, path } = await prepareFile();
    await rehearseWrite({ path, data: newText, files: fs });
    expect(await readFile(path, "utf8")).toBe(oldText);
    expect(await readdir(folder)).toEqual(["file.json"]);
  });

  it("fails where any step of a write would", async () => {
    const counting = faultyFiles();
    await rehearseWrite({ ...(await prepareFile()), data: newText, files: counting.files });
    for (let at = 1; at <= counting.calls.length; at += 1) {
      const { folder, path } = await prepareFile();
      const { files } = faultyFiles({ at, errno: "ENOSPC" });
      const rehearsal = rehearseWrite({ path, data: newText, files });
      await expect(rehearsal, `call ${at}`).rejects.toMatchObject({ code: "enospc" });
      expect(await readdir(folder)).toEqual(["file.json"]);
    }
  });
});

describe("a temporary name", () => {
  it("tells its target and its owner", () => {
    expect(parseTemporaryName("a.json.p-1-2-3--x.0123456789abcdef.tmp")).toEqual({
      target: "a.json",
      owner: "p-1-2-3--x",
    });
  });

  it.each(["a.json", "a.json.tmp", "a.json.corrupt-1-2", "report.tmp"])("is not %s", (name) => {
    expect(parseTemporaryName(name)).toBeUndefined();
  });
});
