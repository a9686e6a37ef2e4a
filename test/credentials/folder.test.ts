import * as fs from "node:fs/promises";
import { chmod, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkFolder, ensureFolder, liesInWorkTree } from "../../src/credentials/folder.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const userId = process.getuid?.();
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
/** File operations that say everything belongs to this user. */
const ownedBy = (uid: number) => ({
  ...fs,
  lstat: async (path: string) => Object.assign(await fs.lstat(path), { uid }),
});

describe("making the folder", () => {
  it.each([0o000, 0o022, 0o777])(
    "G03 gives mode 0700 to all of its path under umask %o",
    async (mask) => {
      const parent = join(await temporaryFolder(), "state");
      const path = join(parent, "oauth-lab");
      const before = process.umask(mask);
      try {
        await ensureFolder({ path, files: fs, userId });
      } finally {
        process.umask(before);
      }
      expect(await modeOf(path)).toBe(0o700);
      expect(await modeOf(parent)).toBe(0o700);
    },
  );

  it("G28 keeps its content out of git", async () => {
    const path = join(await temporaryFolder(), "store");
    await ensureFolder({ path, files: fs, userId });
    expect(await readFile(join(path, ".gitignore"), "utf8")).toBe("*\n");
  });

  it("G04 leaves no folder of root's in a user's home", async () => {
    const home = await temporaryFolder();
    const making = ensureFolder({
      path: join(home, "state", "oauth-lab"),
      files: ownedBy(1000) as typeof fs,
      userId: 0,
    });
    await expect(making).rejects.toMatchObject({ kind: "unsafe", code: "store_not_private" });
    await expect(stat(join(home, "state"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("says what is wrong where a file is in the way", async () => {
    const path = join(await temporaryFolder(), "file");
    await writeFile(path, "");
    for (const wrong of [path, join(path, "store")]) {
      await expect(ensureFolder({ path: wrong, files: fs, userId })).rejects.toMatchObject({
        kind: "store",
        code: "enotdir",
      });
    }
  });
});

describe("checking the folder", () => {
  it("takes the right to read away from others", async () => {
    const path = await temporaryFolder();
    await chmod(path, 0o755);
    expect(await checkFolder({ path, files: fs, userId })).toBe(true);
    expect(await modeOf(path)).toBe(0o700);
  });

  it.each([0o777, 0o1777, 0o770, 0o702])("G02 refuses mode %o", async (mode) => {
    const path = await temporaryFolder();
    await chmod(path, mode);
    await expect(checkFolder({ path, files: fs, userId })).rejects.toMatchObject({
      kind: "unsafe",
      message: expect.stringContaining("can be written by other users"),
    });
  });

  it("G02 refuses a folder of another user", async () => {
    const path = await temporaryFolder();
    await expect(checkFolder({ path, files: fs, userId: 54_321 })).rejects.toMatchObject({
      kind: "unsafe",
      message: expect.stringContaining("belongs to another user"),
    });
  });

  it("G05 refuses a link, even to a good folder", async () => {
    const path = await temporaryFolder();
    await mkdir(join(path, "good"), { mode: 0o700 });
    await symlink(join(path, "good"), join(path, "link"));
    const checking = checkFolder({ path: join(path, "link"), files: fs, userId });
    await expect(checking).rejects.toMatchObject({ kind: "unsafe" });
  });

  it("knows one that is not there", async () => {
    const path = join(await temporaryFolder(), "none");
    expect(await checkFolder({ path, files: fs, userId })).toBe(false);
  });
});

describe("a git work tree", () => {
  it("G28 is found from a folder deep inside it, even one that is yet to be made", async () => {
    const path = await temporaryFolder();
    expect(await liesInWorkTree(join(path, "a", "b"), fs)).toBe(false);
    await writeFile(join(path, ".git"), "gitdir: elsewhere");
    expect(await liesInWorkTree(join(path, "a", "b"), fs)).toBe(true);
  });
});
