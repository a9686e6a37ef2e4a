// What lies in the compile cache is run: it must not be kept where anybody else could have put it.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { keepCompiledCode } from "../src/compile-cache.ts";
import { temporaryFolder } from "./credentials/temporary-folder.ts";

interface Host {
  readonly node?: string;
  readonly userId?: number | undefined;
  readonly env: Record<string, string>;
}

/** The folders that Node is told to keep compiled code in. */
function foldersUsed({ node = "24.0.0", env, ...rest }: Host): string[] {
  const folders: string[] = [];
  const host = {
    versions: { node },
    env,
    platform: "linux",
    getuid: "userId" in rest ? () => rest.userId : process.getuid,
    getBuiltinModule: () => ({ enableCompileCache: (folder: string) => folders.push(folder) }),
  };
  keepCompiledCode(host as unknown as NodeJS.Process);
  return folders;
}

describe.runIf(process.platform !== "win32")("compiled code", () => {
  it("is kept in our own folder, where that is ours alone", async () => {
    const home = await temporaryFolder();
    expect(foldersUsed({ env: { OAUTH_LAB_HOME: home } })).toEqual([join(home, "compile-cache")]);
  });

  it("is kept in the platform's folder where none is named", async () => {
    const state = await temporaryFolder();
    await fs.mkdir(join(state, "oauth-lab"), { mode: 0o700 });
    expect(foldersUsed({ env: { XDG_STATE_HOME: state } })).toEqual([
      join(state, "oauth-lab", "compile-cache"),
    ]);
  });

  it.each([0o770, 0o702, 0o750, 0o705])("is not kept where others may enter (%o)", async (mode) => {
    const home = await temporaryFolder();
    await fs.chmod(home, mode);
    expect(foldersUsed({ env: { OAUTH_LAB_HOME: home } })).toEqual([]);
  });

  it("is not kept in another user's folder, behind a link, or in a file's place", async () => {
    const home = await temporaryFolder();
    await fs.symlink(home, join(home, "link"));
    await fs.writeFile(join(home, "file"), "", { mode: 0o700 });
    const otherUser = (process.getuid?.() ?? 0) + 1;
    expect(foldersUsed({ env: { OAUTH_LAB_HOME: home }, userId: otherUser })).toEqual([]);
    expect(foldersUsed({ env: { OAUTH_LAB_HOME: join(home, "link") } })).toEqual([]);
    expect(foldersUsed({ env: { OAUTH_LAB_HOME: join(home, "file") } })).toEqual([]);
  });

  it("makes no folder for itself", async () => {
    const home = join(await temporaryFolder(), "missing");
    expect(foldersUsed({ env: { OAUTH_LAB_HOME: home } })).toEqual([]);
    await expect(fs.lstat(home)).rejects.toThrow("ENOENT");
  });

  it("is not kept where the user has no number, as on Windows", async () => {
    const env = { OAUTH_LAB_HOME: await temporaryFolder() };
    expect(foldersUsed({ env, userId: undefined })).toEqual([]);
  });

  it("does not ask a Node that has no cache", async () => {
    const env = { OAUTH_LAB_HOME: await temporaryFolder() };
    expect(foldersUsed({ env, node: "20.18.0" })).toEqual([]);
  });
});
