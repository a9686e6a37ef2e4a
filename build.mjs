// Bundles src/ into dist/: a small entry, one chunk with all that `token` needs, and a chunk for each thing that is loaded
// only when used. docs/adr/0008-start-up.md says why CommonJS.
import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { rolldown } from "rolldown";

const { version } = JSON.parse(await readFile("package.json", "utf8"));

/**
 * Requires Node's own modules, and the bundler's, where they are used, not where a chunk begins: loading node:crypto alone
 * would cost `token` a tenth of its time.
 */
const lazyRequires = {
  name: "lazy-requires",
  renderChunk(code) {
    const modules = new Map();
    const lazy = String.raw`require\("(node:[\w/]+|\./rolldown-runtime[^"]*)"\);\n`;
    const body = code
      .replace(
        new RegExp(String.raw`^(?:let|const) (\w+) = ${lazy}(?!\1 =)`, "gm"),
        (_, name, module) => {
          modules.set(name, module);
          return "";
        },
      )
      .replace(new RegExp(`^${lazy}`, "gm"), "");
    if (modules.size === 0) return body;
    const names = new RegExp(`\\b(?:${[...modules.keys()].join("|")})\\b`, "g");
    // In parentheses: `new require("m").C()` would be `(new require("m")).C()`.
    return body.replace(names, (name) => `(require("${modules.get(name)}"))`);
  },
};

/** commander would load node:child_process for subcommands that are programs of their own: we have none. */
const noChildProcess = {
  name: "no-child-process",
  resolveId: (id, importer = "") =>
    id === "node:child_process" && importer.includes("/commander/") ? "\0no-child-process" : null,
  load: (id) => (id === "\0no-child-process" ? "export default undefined" : null),
};

/** A module and all that it imports at once, directly or not. */
function staticImports(entry, graph) {
  const modules = new Set([entry]);
  for (const module of modules) {
    for (const imported of graph.getModuleInfo(module)?.importedIds ?? []) modules.add(imported);
  }
  return modules;
}

let programModules;
/** What every command needs beside the entry: one file opens faster than twenty. */
function isProgram(id, graph) {
  if (programModules === undefined) {
    programModules = staticImports(resolve("src/process.ts"), graph);
    for (const module of staticImports(resolve("src/main.ts"), graph)) {
      programModules.delete(module);
    }
  }
  return programModules.has(id);
}

await rm("dist", { recursive: true, force: true });
const bundle = await rolldown({
  input: "src/main.ts",
  platform: "node",
  // `open` finds its own script beside itself, oidc-provider and undici are large and rare, the keychain is native and optional.
  external: ["open", /^oidc-provider(\/|$)/, "undici", "@napi-rs/keyring"],
  transform: {
    target: "node20.18",
    define: { OAUTH_LAB_VERSION: JSON.stringify(version), "import.meta.url": "__filename" },
  },
  plugins: [lazyRequires, noChildProcess],
  preserveEntrySignatures: "allow-extension",
});
const { output } = await bundle.write({
  dir: "dist",
  format: "cjs",
  // Names stay, for stack traces.
  minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
  entryFileNames: "[name].js",
  chunkFileNames: "[name]-[hash].js",
  codeSplitting: {
    includeDependenciesRecursively: false,
    groups: [
      { name: (id, graph) => (isProgram(id, graph) ? "program" : null), debugName: "program" },
    ],
  },
});
await writeFile("dist/package.json", '{ "type": "commonjs" }\n');
await chmod("dist/main.js", 0o755);

/** The command table is TypeScript, and its rows load their commands when they run: none does here. */
const withoutCommands = {
  name: "without-commands",
  resolveId: (id, _, { kind }) => (kind === "dynamic-import" ? { id, external: true } : null),
};
const manual = await rolldown({
  input: "build/man-page.ts",
  platform: "node",
  plugins: [withoutCommands],
});
const {
  output: [{ code }],
} = await manual.generate({ format: "esm" });
const { formatManPage } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
const configuration = await readFile("docs/configuration.md", "utf8");
await writeFile("dist/oauth-lab.1", formatManPage({ version, configuration }));

// The licences of what was bundled travel with it.
const packages = new Set(
  output.flatMap(({ moduleIds = [] }) =>
    moduleIds.flatMap((id) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? []),
  ),
);
const licences = await Promise.all(
  [...packages].sort().map(async (name) => {
    const text = await Promise.any(
      ["LICENSE", "LICENSE.md", "license"].map((file) =>
        readFile(`node_modules/${name}/${file}`, "utf8"),
      ),
    );
    return `${name}\n\n${text.trim()}\n`;
  }),
);
await writeFile("dist/THIRD-PARTY-LICENSES.txt", licences.join(`\n${"-".repeat(79)}\n\n`));
