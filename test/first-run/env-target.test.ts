// Which folders are offered for a secret, asked of real git repositories.
import { execFileSync } from "node:child_process";
import * as fs from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import { files } from "../../src/files.ts";
import { whyNotHere } from "../../src/first-run/env-target.ts";
import { createHome } from "../support/built.ts";
import { itWith } from "../support/real-program.ts";

const itWithGit = itWith("git");
const tracked = "the git repository here tracks it, or may do so";
const notIgnored = "the git repository here does not ignore it";

function git(folder: string, ...args: string[]): void {
  const settings = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
  const { GIT_DIR: _, GIT_INDEX_FILE: __, ...env } = process.env;
  execFileSync("git", [...settings, ...args], { cwd: folder, env, stdio: "pipe" });
}

function why(workingFolder: string): Promise<string | undefined> {
  return whyNotHere({ workingFolder, files, userId: process.getuid?.() });
}

/** A repository that ignores every .env, with these files committed nevertheless. */
async function createRepository(...committed: string[]): Promise<string> {
  const folder = join((await createHome()).folder, "repository");
  await fs.mkdir(join(folder, "sub"), { recursive: true, mode: 0o700 });
  git(folder, "init", "--quiet");
  for (const path of [".gitignore", "a.txt", ...committed]) {
    await fs.writeFile(join(folder, path), path === ".gitignore" ? ".env\n" : "DEBUG=1\n");
    git(folder, "add", "--force", path);
  }
  git(folder, "commit", "--quiet", "--message", "All");
  return folder;
}

describe("an .env that .gitignore names", () => {
  itWithGit("is fit where git has no file of that name", async () => {
    const folder = await createRepository("sample.env", "sub/.env.example");
    expect(await why(folder)).toBeUndefined();
    expect(await why(join(folder, "sub"))).toBeUndefined();
    await fs.writeFile(join(folder, ".env"), "DEBUG=1\n", { mode: 0o600 });
    expect(await why(folder)).toBeUndefined();
  });

  itWithGit("is not fit where it was committed all the same", async () => {
    const folder = await createRepository(".env");
    expect(await why(folder)).toBe(tracked);
    expect(await why(join(folder, "sub"))).toBeUndefined();
    await fs.rm(join(folder, ".env"));
    expect(await why(folder)).toBe(tracked);
  });

  itWithGit("is looked for below the repository's root, too", async () => {
    const folder = await createRepository("sub/.env");
    expect(await why(join(folder, "sub"))).toBe(tracked);
    expect(await why(folder)).toBeUndefined();
  });

  itWithGit("is found where it was only announced to git", async () => {
    const folder = await createRepository();
    await fs.writeFile(join(folder, ".env"), "DEBUG=1\n", { mode: 0o600 });
    git(folder, "add", "--force", "--intent-to-add", ".env");
    expect(await why(folder)).toBe(tracked);
  });

  itWithGit("is looked for in a worktree's own index", async () => {
    const folder = await createRepository(".env");
    const tree = join(dirname(folder), "tree");
    git(folder, "worktree", "add", "--quiet", tree);
    expect(await why(tree)).toBe(tracked);
    git(tree, "rm", "--quiet", "--cached", ".env");
    await fs.chmod(tree, 0o700);
    expect(await why(tree)).toBeUndefined();
    expect(await why(folder)).toBe(tracked);
  });
});

describe("in doubt a work tree", () => {
  describe.each([
    ["an index of version 4", (folder: string) => git(folder, "update-index", "--index-version=4")],
    ["a split index", (folder: string) => git(folder, "update-index", "--split-index")],
    ["no index", (folder: string) => fs.writeFile(join(folder, ".git", "index"), "nonsense")],
    [
      "an index without an end",
      async (folder: string) => {
        await fs.rm(join(folder, ".git", "index"));
        await fs.symlink("/dev/zero", join(folder, ".git", "index"));
      },
    ],
    [
      "a .git that names no folder",
      async (folder: string) => {
        await fs.rm(join(folder, ".git"), { recursive: true });
        await fs.writeFile(join(folder, ".git"), "nonsense");
      },
    ],
  ])("with %s", (_what, spoil) => {
    itWithGit("is not offered", async () => {
      const folder = await createRepository();
      expect(await why(folder)).toBeUndefined();
      await spoil(folder);
      expect(await why(folder)).toBe(tracked);
    });
  });

  describe.each([
    ["a .gitignore without an end", (path: string) => fs.symlink("/dev/zero", path)],
    [
      "a .gitignore that is a link",
      async (path: string) => {
        await fs.writeFile(`${path}-elsewhere`, ".env\n");
        await fs.symlink(".gitignore-elsewhere", path);
      },
    ],
    [
      "a .gitignore that is too large",
      (path: string) => fs.writeFile(path, `.env\n${" ".repeat(2 ** 20)}`),
    ],
    [
      "a .gitignore that nobody writes into",
      async (path: string) => execFileSync("mkfifo", [path]),
    ],
    [
      "a .gitignore that takes back what begins with a dot",
      (path: string) => fs.writeFile(path, ".env\n!.*\n"),
    ],
  ])("with %s", (_what, write) => {
    itWithGit("is not offered", async () => {
      const folder = await createRepository();
      await fs.rm(join(folder, ".gitignore"));
      await write(join(folder, ".gitignore"));
      expect(await why(folder)).toBe(notIgnored);
    });
  });
});
