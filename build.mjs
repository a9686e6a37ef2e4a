// Bundles src/ into dist/: one small entry, and a chunk for each thing that is loaded only when used.
import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const { version } = JSON.parse(await readFile("package.json", "utf8"));

await rm("dist", { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ["src/main.ts"],
  outdir: "dist",
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.18",
  metafile: true,
  legalComments: "none",
  define: { OAUTH_LAB_VERSION: JSON.stringify(version) },
  // `open` finds its own script beside itself, oidc-provider is large and rare, the keychain is native and optional.
  external: ["open", "oidc-provider", "@napi-rs/keyring"],
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module";\nconst require = __createRequire(import.meta.url);',
  },
});
await chmod("dist/main.js", 0o755);

// The licences of what was bundled travel with it.
const packages = new Set(
  Object.keys(metafile.inputs).flatMap(
    (path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
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
