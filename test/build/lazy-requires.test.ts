// What the build does to Node's modules: bundled as build.mjs bundles it, nasty sources run as they are written.
import * as fs from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { expect, it } from "vitest";
import { lazyRequires } from "../../build/lazy-requires.mjs";
import { createHome } from "../support/built.ts";

/** Bundles one source and returns its code, unminified, and what it exports when it is run. */
async function bundle(source: string): Promise<{ code: string; exports: Record<string, unknown> }> {
  const { folder } = await createHome();
  const [entry, file] = [join(folder, "entry.mjs"), join(folder, "bundle.cjs")];
  await fs.writeFile(entry, source);
  const plugins = [lazyRequires];
  const build = await rolldown({ input: entry, platform: "node", plugins, logLevel: "silent" });
  const { output } = await build.write({ file, format: "cjs" });
  return { code: output[0].code, exports: createRequire(file)(file) };
}

it("requires nothing until it is used, and nothing at all for its effects", async () => {
  const { code } = await bundle(`
    import "node:vm";
    import { join } from "node:path";
    export const later = () => join("a", "b");`);
  expect(code).not.toContain("node:vm");
  expect(code).not.toMatch(/^(?:let|const) \w+ = require\(/m);
});

it("loads a chunk of ours at its first use, too, and once", async () => {
  const { folder } = await createHome();
  const [entry, dir] = [join(folder, "entry.mjs"), join(folder, "dist")];
  await fs.writeFile(
    entry,
    "import { use } from './used.mjs'; globalThis.loads = 0; export const call = () => use();",
  );
  await fs.writeFile(
    join(folder, "used.mjs"),
    "globalThis.loads += 1; export const use = () => 1;",
  );
  const build = await rolldown({ input: entry, plugins: [lazyRequires] });
  const name = (id: string) => (id.endsWith("used.mjs") ? "used" : null);
  const codeSplitting = { groups: [{ name, debugName: "used" }] };
  const fileNames = { entryFileNames: "[name].cjs", chunkFileNames: "[name].cjs" };
  await build.write({ dir, format: "cjs", codeSplitting, ...fileNames });
  const { call } = createRequire(dir)(join(dir, "entry.cjs"));
  const loads = () => (globalThis as { loads?: number }).loads;
  expect([loads(), call(), call(), loads()]).toEqual([0, 1, 1, 1]);
});

it("calls functions, makes objects, extends classes and reads constants as without it", async () => {
  const { exports } = await bundle(`
    import { join, posix as unix } from "node:path";
    import { constants } from "node:fs";
    import { EventEmitter } from "node:events";
    import { Readable } from "node:stream";
    import { createHash } from "node:crypto";
    class Bell extends EventEmitter {}
    export { basename } from "node:path";
    export const joined = join("a", "b") + unix.sep;
    export const tagged = [["a", "b"]].map((parts) => join(...parts));
    export const rings = new Bell().on("ring", () => {}).listenerCount("ring");
    export const made = new Readable() instanceof Readable;
    export const flag = constants.O_RDONLY;
    export const digest = createHash("sha256").update("").digest("hex").slice(0, 8);
    export const kind = typeof join;`);
  expect(exports).toMatchObject({ joined: "a/b/", tagged: ["a/b"], rings: 1, made: true, flag: 0 });
  expect(exports).toMatchObject({ digest: "e3b0c442", kind: "function" });
  expect((exports.basename as (path: string) => string)("a/b")).toBe("b");
});

it("leaves alone what only looks like a module: texts, comments, patterns, keys, labels and names in scopes of their own", async () => {
  const { code, exports } = await bundle(`
    import { join } from "node:path";
    // let node_path = require("node:path");
    export const text = 'let node_path = require("node:path");';
    export const template = \`
let node_path = require("node:path");
\${join("a", "b")} node_path.join\`;
    export const pattern = /node_path = require\\("node:path"\\);/.test(text);
    export const key = { ["node_path"]: 1 }.node_path;
    export const own = (() => { const { node_fs } = { node_fs: "own" }; node_os: for (;;) break node_os; return node_fs; })();
    export const shadowed = ((node_path) => [node_path, join(node_path)])("own");
    export const é = "é";`);
  expect({ ...exports }).toEqual({
    text: 'let node_path = require("node:path");',
    template: '\nlet node_path = require("node:path");\na/b node_path.join',
    pattern: true,
    key: 1,
    own: "own",
    shadowed: ["own", "own"],
    é: "é",
  });
  expect(code.match(/new Proxy/g)).toHaveLength(1);
});

it.each([
  ["passed on whole", 'import * as path from "node:path"; export const whole = { ...path };'],
  ["imported as a default", 'import path from "node:path"; export const joined = path.join("a");'],
  ["exported whole", 'export * from "node:path";'],
  ["given to a function", 'import * as path from "node:path"; console.log(path);'],
])("fails where a module is %s", async (_, source) => {
  await expect(bundle(source)).rejects.toThrow(/Not lazy: .*Import names only/s);
});
