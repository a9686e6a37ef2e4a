// Bundles src/ into dist/: a small entry, one chunk with all that `token` needs, and a chunk for each thing that is loaded
// only when used. docs/adr/0008-start-up.md says why CommonJS.
import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { rolldown } from "rolldown";
import { lazyRequires } from "./build/lazy-requires.mjs";
import { refuseEarlyLoads, refuseUnbuilt } from "./build/listed-sources.mjs";

const { version } = JSON.parse(await readFile("package.json", "utf8"));

/** commander would load node:child_process for subcommands that are programs of their own: we have none. */
const noChildProcess = {
  name: "no-child-process",
  resolveId: (id, importer = "") =>
    id === "node:child_process" && importer.includes("/commander/") ? "\0no-child-process" : null,
  load: (id) => (id === "\0no-child-process" ? "export default undefined" : null),
};

/** V8 takes a text of ASCII alone for one byte a character, and decodes and scans it in half the time. Texts in Russian would only grow. */
const asciiProgram = {
  name: "ascii-program",
  generateBundle(_, bundle) {
    const program = Object.values(bundle).find(({ name }) => name === "program");
    const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
    program.code = program.code.replace(/[^\0-\x7f]/g, escaped);
  },
};

/** What `--version` is answered with, and what has to be done before anything else is loaded. */
const first = sources("main", "version", "code-cache", "compile-cache", "home-folder");

/** What a stored token is printed without, though it is imported on the way to it. */
const later = sources(
  "commands/integration-rows",
  "commands/knowledge-rows",
  "commands/lab-rows",
  "commands/login-rows",
  "commands/table",
  "credentials/atomic-file",
  "credentials/leftovers",
  "credentials/lock",
  "credentials/lock-owner",
  "credentials/memory-store",
  "terminal/wrap",
);

function sources(...names) {
  return new Set(names.map((name) => resolve(`src/${name}.ts`)));
}

/** All that a module imports at once, directly or not, and itself. */
function staticImports(entry, graph, reached = new Set()) {
  reached.add(entry);
  for (const imported of graph.getModuleInfo(entry)?.importedIds ?? [])
    if (!reached.has(imported)) staticImports(imported, graph, reached);
  return reached;
}

/** Which file a module goes to: one file opens faster than twenty, and is read faster without what is not needed. */
function chunkOf(module, graph) {
  if (first.has(module)) return "main";
  if (later.has(module)) return "later";
  return staticImports(resolve("src/process.ts"), graph).has(module) ? "program" : null;
}

await rm("dist", { recursive: true, force: true });
const bundle = await rolldown({
  input: "src/main.ts",
  platform: "node",
  // `open` finds its own script beside itself, oidc-provider and undici are large and rare, the keychain is native and optional.
  external: ["open", /^oidc-provider(\/|$)/, "undici", "@napi-rs/keyring"],
  transform: {
    target: "node20.18.1",
    define: { OAUTH_LAB_VERSION: JSON.stringify(version), "import.meta.url": "__filename" },
  },
  plugins: [lazyRequires, noChildProcess, asciiProgram],
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
    groups: [{ name: chunkOf, debugName: "what a start loads" }],
  },
});
refuseUnbuilt([...first, ...later], output);
await writeFile("dist/package.json", '{ "type": "commonjs" }\n');
refuseEarlyLoads(output, "dist");
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
