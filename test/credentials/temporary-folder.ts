// A folder that goes when the test ends.
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** The path of an empty folder, mode 0700. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), "oauth-lab-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
