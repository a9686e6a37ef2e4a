// Tests with real programs of the system: skipped by name where one is missing, but never in CI, where it must be there.
import { spawnSync } from "node:child_process";
import { it } from "vitest";

/** `it` for tests that need this program; the command proves that it is there. */
export function itWith(command: string, args: readonly string[] = ["--version"]): typeof it {
  const isThere = spawnSync(command, args, { stdio: "ignore" }).status === 0;
  if (isThere || process.env.CI === "true") return it;
  return ((name: string, ...rest: []) =>
    it.skip(`${name} (skipped: needs \`${[command, ...args].join(" ")}\`)`, ...rest)) as typeof it;
}
