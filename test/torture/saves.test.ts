// A short slice of the long runs over saves, so that a change that breaks a promise shows at once.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tortureDisk } from "./disk-torture.ts";
import { tortureByKills } from "./kill-torture.ts";
import { tortureSystemCalls } from "./system-call-torture.ts";

/** Why system calls cannot be made to fail here; empty where they can. */
const hindrance = (() => {
  try {
    execFileSync("strace", ["-V"], { stdio: "ignore" });
    const scope = readFileSync("/proc/sys/kernel/yama/ptrace_scope", "latin1");
    return Number(scope) === 0 || process.getuid?.() === 0 ? "" : " (needs ptrace_scope 0)";
  } catch (error) {
    return (error as NodeJS.ErrnoException).path?.startsWith("/proc") ? "" : " (needs strace)";
  }
})();

describe.skipIf(process.platform === "win32")("a save", { timeout: 60_000 }, () => {
  it("G16 that is killed at random moments loses nothing that was acknowledged (seed 7)", async () => {
    const result = await tortureByKills({ kills: 12, seed: 7 });
    expect(result).toMatchObject({ kills: 12, unreadable: 0, lost: 0, temporaryFilesLeft: 0 });
    expect(result.acknowledged).toBeGreaterThan(0);
  });

  it("G11 without enough room says so and keeps what was there", async () => {
    const result = await tortureDisk({ step: 6 });
    expect(result.broken).toEqual([]);
    expect(result.limitsRefused).toBeGreaterThan(0);
    expect(result.limitsRefused).toBeLessThan(result.limits);
  });

  it.skipIf(hindrance !== "" && process.env.CI !== "true")(
    `G15 that is killed or fails at a sync or a rename leaves the old or the new${hindrance}`,
    async () => {
      const result = await tortureSystemCalls({
        calls: ["fsync", "rename"],
        faults: ["signal=KILL", "error=EIO onwards"],
      });
      expect(result.broken).toEqual([]);
      expect(result.hits).toEqual({ fsync: 8, rename: 2 });
    },
  );
});
