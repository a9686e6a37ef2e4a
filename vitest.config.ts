import { defineConfig } from "vitest/config";

export default defineConfig({
  // Only a test that hangs ever waits so long; the README's commands alone are a dozen processes.
  test: { include: ["test/**/*.test.ts"], testTimeout: 30_000, maxWorkers: "100%" },
});
