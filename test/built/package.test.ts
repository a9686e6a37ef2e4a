// What a user installs: the packed files, their size, and that they run in an empty folder with what npm brings.
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildProgram, createHome } from "../support/built.ts";

const run = promisify(execFile);
const maxPackedBytes = 400_000;
const maxPackages = 60;

interface Pack {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

/** Packs without building anew: `prepare` would do that in every test's place. */
async function pack(folder: string): Promise<Pack> {
  await buildProgram();
  const options = ["--ignore-scripts", "--json", "--pack-destination", folder];
  const { stdout } = await run("npm", ["pack", ...options]);
  const [packed] = JSON.parse(stdout) as Pack[];
  if (packed === undefined) throw new Error("npm packed nothing");
  return { ...packed, filename: join(folder, packed.filename) };
}

/** Whether a range of Node versions has 20.18.1 in it; false for a form that none of our dependencies had when this was written. */
function allowsOldestNode(range: string): boolean {
  return range.split("||").some((part) => {
    const [, sign, major, minor = 0, patch = 0] =
      /^\s*(>=|\^)\s*(\d+)(?:\.(\d+)(?:\.(?:(\d+)|x))?)?\s*$/.exec(part) ?? [];
    const from = Number(major) * 1_000_000 + Number(minor) * 1000 + Number(patch);
    return (sign === ">=" || (sign === "^" && major === "20")) && from <= 20_018_001;
  });
}

/** The packages whose code is in the bundle. */
async function bundledPackages(): Promise<string[]> {
  const licences = await fs.readFile("dist/THIRD-PARTY-LICENSES.txt", "utf8");
  return licences.split(/^-{79}$/m).map((section) => section.trim().split("\n")[0] ?? "");
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await fs.readFile(path, "utf8"));
}

interface Manifest {
  readonly version: string;
  readonly engines?: { readonly node?: string };
}

describe("the package", () => {
  let place: string;
  let packed: Pack;
  beforeAll(async () => {
    place = await fs.mkdtemp(join(await fs.realpath(tmpdir()), "oauth-lab-package-"));
    packed = await pack(place);
  }, 60_000);
  afterAll(() => fs.rm(place, { recursive: true, force: true }));

  it("holds the program, its licences and what a newcomer reads, and is small", () => {
    const { size, files } = packed;
    expect(size).toBeLessThan(maxPackedBytes);
    const paths = files.map(({ path }) => path);
    const other = paths.filter((path) => !/^dist\/[\w.-]+\.js$/.test(path)).sort();
    expect(other).toEqual([
      ".env.example",
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "SECURITY.md",
      "dist/THIRD-PARTY-LICENSES.txt",
      "dist/oauth-lab.1",
      "dist/package.json",
      "package.json",
    ]);
    expect(files.find(({ path }) => path === "dist/main.js")?.mode).toBe(0o755);
  });

  it("runs where it is installed, with few packages, all of which take the oldest Node that we promise", async () => {
    const { folder } = await createHome();
    await fs.writeFile(join(folder, "package.json"), "{}");
    // npm would wait five minutes for a registry that went silent, and then ask again.
    const patience = "--fetch-timeout=15000";
    const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", patience];
    await run("npm", ["install", ...options, packed.filename], { cwd: folder });

    const { packages } = await readJson<{ packages: Record<string, Manifest> }>(
      join(folder, "node_modules", ".package-lock.json"),
    );
    const installed = Object.keys(packages);
    expect(installed.length).toBeLessThan(maxPackages);
    const demands = installed.map(
      (path) => [path, packages[path]?.engines?.node ?? ">=0"] as const,
    );
    expect(demands.filter(([, range]) => !allowsOldestNode(range))).toEqual([]);

    const program = join(folder, "node_modules", ".bin", "oauth-lab");
    const { version } = await readJson<Manifest>("package.json");
    expect((await run(program, ["--version"])).stdout).toBe(`${version}\n`);
    expect((await run(program, ["--help"])).stdout).toMatch(/^Usage: oauth-lab /);
  }, 120_000);

  it("bundles nothing that takes a newer Node than we promise", async () => {
    await buildProgram();
    const names = await bundledPackages();
    expect(names).toContain("openid-client");
    for (const name of names) {
      const { engines } = await readJson<Manifest>(`node_modules/${name}/package.json`);
      expect([name, allowsOldestNode(engines?.node ?? ">=0")]).toEqual([name, true]);
    }
  });
});
