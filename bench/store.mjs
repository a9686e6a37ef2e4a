// What the store costs: npm exec -- node bench/store.mjs [number of stored credentials]. Prints medians in milliseconds.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const outfile = "node_modules/.torture/bench-store.mjs";
await build({
  stdin: {
    contents: `
      export { openStore } from "./src/credentials/store.ts";
      export { numberedCredential } from "./test/torture/numbered-credential.ts";
      export { realContext } from "./test/torture/real-context.ts";`,
    resolveDir: ".",
  },
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
});
const { openStore, numberedCredential, realContext } = await import(
  new URL(`../${outfile}`, import.meta.url).href
);

const folder = await mkdtemp(join(tmpdir(), "oauth-lab-bench-"));
const store = openStore({ folder, mode: "file" }, realContext());
const key = numberedCredential(0);
const rows = {};

async function measure(name, work, runs = 200) {
  const times = [];
  for (let run = 0; run < runs; run += 1) {
    const start = performance.now();
    await work(run);
    times.push(performance.now() - start);
  }
  times.sort((one, other) => one - other);
  rows[name] = Number(times[Math.floor(runs / 2)]?.toFixed(3));
}

await store.save(key);
await measure("read, 1 stored", () => store.read(key));
await measure("lock and release", () => store.withLock(key, async () => {}));
await measure("save", () => store.save(key));
await measure("prepareSave", () => store.prepareSave(key));
const stored = Number(process.argv[2] ?? 1000);
for (let count = 1; count < stored; count += 1) {
  await store.save({ ...key, profile: String(count) });
}
await measure(`read, ${stored} stored`, () => store.read(key));
await measure(`list, ${stored} stored`, () => store.list(), 5);
process.stdout.write(`${JSON.stringify({ node: process.version, medianMilliseconds: rows })}\n`);
await rm(folder, { recursive: true, force: true });
