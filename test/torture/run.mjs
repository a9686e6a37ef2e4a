// Runs the tortures: npm run torture -- [name] [--option value]…; Node 20 runs no TypeScript, so they are bundled first.
import { build } from "esbuild";

const outfile = "node_modules/.torture/main.mjs";
await build({
  entryPoints: ["test/torture/main.ts"],
  outfile,
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  logLevel: "error",
});
await import(new URL(`../../${outfile}`, import.meta.url).href);
