// What runs on GitHub with rights of ours: others' actions pinned to a commit, and no right more than each job needs.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

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
  expect(engines.node).toBe(">=20.18");
  expect(await readWorkflow("ci.yml")).toContain('node: ["20", "22", "24", "26"]');
  const release = await readWorkflow("release.yml");
  expect(release.indexOf(".ci/run 20 26")).toBeGreaterThan(0);
  expect(release.indexOf("npm publish --provenance")).toBeGreaterThan(release.indexOf(".ci/run"));
});
