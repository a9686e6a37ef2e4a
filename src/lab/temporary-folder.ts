// Where a demonstration plays: a folder that is gone afterwards, however the run ends, since tokens lay in it.
import { rmSync } from "node:fs";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "../context.ts";

/** Makes a folder that begins with this name among the system's temporary ones, and removes it after the use; at once where the process ends before that, as when the reader of its output goes. */
export async function useTemporaryFolder(
  name: string,
  { atExit }: Context,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), name));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const forget = atExit(remove);
  try {
    await use(folder);
  } finally {
    forget();
    remove();
  }
}
