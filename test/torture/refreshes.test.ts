// A short slice of the long run of many programs that want one token, so that a change that breaks a promise shows at once.
import { describe, expect, it } from "vitest";
import { buildProgram } from "../support/built.ts";
import { tortureRefreshes } from "./refresh-torture.ts";

describe.skipIf(process.platform === "win32")("a refresh token", { timeout: 60_000 }, () => {
  it("H01 is spent once by twelve runs of the program, and each of them is served", async () => {
    const program = await buildProgram();
    const torture = { program, rounds: 1, processes: 12, killShare: 0, seed: 7 };
    expect(await tortureRefreshes(torture)).toMatchObject({
      ...{ served: 13, failed: 0, failures: [], tokenRequests: 1, mostDistinctTokens: 1 },
      reused: 0,
    });
  });

  it("H07 is never sent by two live runs, though half of those that hold the lock are killed, and the next caller is served (seed 7)", async () => {
    const program = await buildProgram();
    const torture = { program, rounds: 2, processes: 12, killShare: 0.5, seed: 7 };
    const result = await tortureRefreshes(torture);
    expect(result).toMatchObject({ failed: 0, failures: [], reused: 0 });
    expect(result.killed).toBeGreaterThan(0);
    expect(result.served).toBe(26 - result.killed);
  });
});
