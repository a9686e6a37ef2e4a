// A source that build.mjs names for a chunk has to be one that is built, and one for later must not be needed at once.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { describe, expect, it } from "vitest";
import { lazyRequires } from "../../build/lazy-requires.mjs";
import { refuseEarlyLoads, refuseUnbuilt } from "../../build/listed-sources.mjs";
import { createHome } from "../support/built.ts";

it("fails the build for a listed source that does not exist, or that nothing imports", async () => {
  const { folder } = await createHome();
  const [entry, used, unused] = ["entry", "used", "unused"].map((name) =>
    join(folder, `${name}.mjs`),
  );
  await fs.writeFile(entry ?? "", "export { use } from './used.mjs';");
  await fs.writeFile(used ?? "", "export const use = 1;");
  await fs.writeFile(unused ?? "", "export const use = 2;");
  const { output } = await (await rolldown({ input: entry ?? "" })).generate();
  expect(() => refuseUnbuilt([entry, used], output)).not.toThrow();
  expect(() => refuseUnbuilt([used, unused], output)).toThrow(/not built: .*unused\.mjs$/);
  expect(() => refuseUnbuilt([join(folder, "none.mjs")], output)).toThrow("none.mjs");
});

describe("a chunk for later", () => {
  /** Bundles a program with this text, which may use `use` of the later chunk, and looks at it as build.mjs does. */
  async function look(text: string): Promise<void> {
    const { folder } = await createHome();
    const write = (name: string, source: string) => fs.writeFile(join(folder, name), source);
    await write(
      "main.mjs",
      "import { run } from './program.mjs'; globalThis.started = true; run();",
    );
    await write("program.mjs", `import { use } from './later.mjs'; export class Base {} ${text}`);
    await write(
      "later.mjs",
      "import { Base } from './program.mjs'; export const use = () => new (class extends Base {})();",
    );
    const build = await rolldown({
      input: join(folder, "main.mjs"),
      plugins: [lazyRequires],
      preserveEntrySignatures: "allow-extension",
    });
    const groups = ["program", "later"].map((name) => ({
      name,
      test: new RegExp(`${name}\\.mjs$`),
    }));
    const dir = join(folder, "dist");
    const { output } = await build.write({
      ...{ dir, format: "cjs", entryFileNames: "[name].js", chunkFileNames: "[name].js" },
      codeSplitting: { includeDependenciesRecursively: false, groups },
    });
    try {
      refuseEarlyLoads(output, dir);
    } finally {
      expect(globalThis).not.toHaveProperty("started");
    }
  }

  it("may be used by what runs later, and the look at it starts nothing", async () => {
    await expect(look("export const run = () => use();")).resolves.toBeUndefined();
  });

  it.each([
    ["at the top", "export const made = use(); export const run = () => made;"],
    [
      "by way of a function",
      "const make = () => use(); export const made = make(); export const run = make;",
    ],
    [
      "by a static member",
      "export class Thing { static made = use(); } export const run = () => Thing;",
    ],
  ])("fails the build where it is used %s while the program is loaded", async (_, text) => {
    await expect(look(text)).rejects.toThrow("later.js is needed while the program is loaded");
  });
});
