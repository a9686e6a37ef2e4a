// What runs on GitHub with rights of ours: others' actions pinned to a commit, and no right more than each job needs.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

const folder = join(".github", "workflows");
const names = await fs.readdir(folder);
const readWorkflow = (name: string): Promise<string> => fs.readFile(join(folder, name), "utf8");

describe.each(names)("%s", (name) => {
  it("pins each action to a commit, and says which version that was", async () => {
    const used = (await readWorkflow(name)).match(/uses: .*/g) ?? [];
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((line) => !/^uses: [\w./-]+@[0-9a-f]{40} # v\d/.test(line))).toEqual([]);
  });

  it("may read, and write nothing unless a job asks for it", async () => {
    const text = await readWorkflow(name);
    expect(text).toMatch(/^permissions:\n {2}contents: read\n\n/m);
    const written = text.match(/[\w-]+: write/g) ?? [];
    expect(written).toEqual(name === "release.yml" ? ["id-token: write"] : []);
  });

  it("leaves no token of the repository's in the checkout, and puts no outside text into a command", async () => {
    const text = await readWorkflow(name);
    expect(text.match(/actions\/checkout@/g)).toHaveLength(
      text.match(/persist-credentials: false/g)?.length ?? 0,
    );
    const commands = text.match(/run: .*/g) ?? [];
    expect(commands.filter((line) => /\$\{\{ (?!matrix\.)/.test(line))).toEqual([]);
  });
});

it("runs all that .ci/run checks on each line of Node that is promised, and before a release", async () => {
  const { engines } = JSON.parse(await fs.readFile("package.json", "utf8"));
  expect(engines.node).toBe(">=20.18.1");
  expect(await readWorkflow("ci.yml")).toContain('node: ["20", "22", "24", "26"]');
  expect(await readWorkflow("release.yml")).toContain("- run: .ci/run 20 26");
});

interface Job {
  readonly needs?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}

it("publishes the very file that was tested, from a job that runs nothing but npm", async () => {
  const { jobs } = parse(await readWorkflow("release.yml")) as { jobs: Record<string, Job> };
  const { pack, publish, ...others } = jobs;
  expect(others).toEqual({});
  expect(pack?.permissions).toBeUndefined();
  const runs = pack?.steps.flatMap(({ run }) => run ?? []) ?? [];
  expect(runs.slice(-2)).toEqual([".ci/run 20 26", "npm pack --ignore-scripts"]);
  expect(publish).toMatchObject({ needs: "pack", permissions: { "id-token": "write" } });
  const steps = publish?.steps.map(({ uses, run }) => run ?? uses?.replace(/@.*/, ""));
  expect(steps).toEqual([
    "actions/setup-node",
    "actions/download-artifact",
    "npm publish ./oauth-lab-*.tgz --provenance --access public --ignore-scripts",
  ]);
});
