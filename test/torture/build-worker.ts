// Node 20 runs no TypeScript: the worker is bundled into a folder of its own first.
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

export interface Workplace {
  /** The bundled worker: `node <worker> <role> …`. */
  readonly worker: string;
  /** An empty folder, mode 0700. */
  readonly folder: string;
  remove(): Promise<void>;
}

/** Bundles the worker beside an empty folder. */
export async function setUpWorkplace(): Promise<Workplace> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), "oauth-lab-torture-"));
  const worker = join(folder, "worker.mjs");
  await build({
    entryPoints: ["test/torture/worker.ts"],
    outfile: worker,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
  });
  return { worker, folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
