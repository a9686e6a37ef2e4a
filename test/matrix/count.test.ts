// The claim of SECURITY.md, that the tests stand for the cases of the threat matrix, is counted at each run.
import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

it("every case of the threat matrix has a test named after it, or a sentence that says why it is not claimed", () => {
  const { status, stdout } = spawnSync(process.execPath, ["test/matrix/count.mjs"], {
    encoding: "utf8",
  });
  expect(stdout).not.toContain("without");
  expect(stdout).toMatch(/^209 of 210 cases .* 1 not claimed\n$/m);
  expect(status).toBe(0);
});
