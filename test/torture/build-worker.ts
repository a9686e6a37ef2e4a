// Node 20 runs no TypeScript: the worker is bundled first, to where it finds the packages.
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";

export interface Workplace {
  /** The bundled worker: `node <worker> <role> …`. */
  readonly worker: string;
  /** An empty folder, mode 0700. */
  readonly folder: string;
  remove(): Promise<void>;
}

/** Bundles the worker, and makes an empty folder. */
export async function setUpWorkplace(): Promise<Workplace> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), "oauth-lab-torture-"));
  const built = resolve("node_modules/.torture");
  await mkdir(built, { recursive: true });
  const bundle = await mkdtemp(join(built, "worker-"));
  const worker = join(bundle, "worker.mjs");
  await build({
    entryPoints: ["test/torture/worker.ts"],
    outfile: worker,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
  });
  const remove = async () => {
    await rm(folder, { recursive: true, force: true });
    await rm(bundle, { recursive: true, force: true });
  };
  return { worker, folder, remove };
}
