// Real full disks: a file size limit, and a file system of a few pages, at every fill level.
import { execFile } from "node:child_process";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { openStore } from "../../src/credentials/store.ts";
import { setUpWorkplace } from "./build-worker.ts";
import { numberedCredential, numberOf } from "./numbered-credential.ts";
import { realContext } from "./real-context.ts";

const execute = promisify(execFile);

export interface DiskTortureResult {
  /** Saves under each size limit in blocks of 1 KiB, and how many of them were refused. */
  limits: number;
  limitsRefused: number;
  /** Saves on a small file system at each number of free pages, and how many were refused; 0 where we may not mount one. */
  fillLevels: number;
  fillLevelsRefused: number;
  broken: string[];
}

/** Saves over an old credential where there is not enough room, and looks what is there then. A step above 1 leaves levels out. */
export async function tortureDisk({ step = 1 } = {}): Promise<DiskTortureResult> {
  const result: DiskTortureResult = {
    ...{ limits: 0, limitsRefused: 0, fillLevels: 0, fillLevelsRefused: 0 },
    broken: [],
  };
  const workplace = await setUpWorkplace();
  const save = (folder: string, limit: string) =>
    execute("bash", [
      "-c",
      `ulimit -f ${limit}; exec "$@"`,
      "bash",
      ...[process.execPath, workplace.worker, "save-once", folder, "2"],
    ]).then(
      ({ stdout }) => stdout.trim(),
      (error) => `ended by ${error.signal ?? error.code}: ${error.stderr}`,
    );
  try {
    for (let blocks = 0; blocks <= 24; blocks += step) {
      const folder = join(workplace.folder, `limit-${blocks}`);
      const told = await tryIn(folder, () => save(folder, String(blocks)), result.broken);
      result.limits += 1;
      if (told !== "saved") result.limitsRefused += 1;
    }
    await fillSmallDisk({ disk: join(workplace.folder, "disk"), save, step, result });
    return result;
  } finally {
    await workplace.remove();
  }
}

async function fillSmallDisk({
  disk,
  save,
  step,
  result,
}: {
  disk: string;
  save: (folder: string, limit: string) => Promise<string>;
  step: number;
  result: DiskTortureResult;
}): Promise<void> {
  const pages = 24;
  await mkdir(disk);
  const isMounted = await execute("mount", [
    "-t",
    "tmpfs",
    "-o",
    `size=${pages * 4}k`,
    "none",
    disk,
  ]).then(
    () => true,
    () => false,
  );
  if (!isMounted) return;
  try {
    for (let filled = 0; filled <= pages; filled += step) {
      const folder = join(disk, "store");
      const told = await tryIn(
        folder,
        async () => {
          await writeFile(join(disk, "filler"), Buffer.alloc(filled * 4096)).catch(() => {});
          return save(folder, "unlimited");
        },
        result.broken,
      );
      result.fillLevels += 1;
      if (told !== "saved") result.fillLevelsRefused += 1;
      await rm(join(disk, "filler"), { force: true });
      await rm(folder, { recursive: true, force: true });
    }
  } finally {
    await execute("umount", [disk]);
  }
}

/** Saves one credential with room enough, tries to replace it, and notes whatever is neither the old one nor the new. */
async function tryIn(
  folder: string,
  replace: () => Promise<string>,
  broken: string[],
): Promise<string> {
  const store = openStore({ folder, mode: "file" }, realContext());
  await store.save(numberedCredential(1));
  const told = await replace();
  const found = await store.read(numberedCredential(0)).then(
    (credential) => (credential === undefined ? "nothing" : numberOf(credential)),
    (error: unknown) => String(error),
  );
  const due = told === "saved" ? 2 : 1;
  if (found !== due) broken.push(`${folder}: told ${told}, found ${found}`);
  if (told !== "saved" && !told.startsWith("failed ")) broken.push(`${folder}: ${told}`);
  const names = await readdir(folder);
  if (names.some((name) => name.endsWith(".tmp"))) broken.push(`${folder}: ${names}`);
  return told;
}
