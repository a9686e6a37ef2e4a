import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Only a test that hangs ever waits so long; the README's commands alone are a dozen processes.
    testTimeout: 30_000,
    // Half of their time tests wait, for the disk and for the programs that they start. A CI machine's cores are often others', too.
    maxWorkers: availableParallelism() + (process.env.CI ? 0 : 2),
    // Our modules keep next to nothing, and none is mocked: loading them anew for each file took half of the time.
    isolate: false,
  },
});
