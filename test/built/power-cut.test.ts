// G17: what a power cut would need to find, as the kernel saw it. That a disk keeps to it cannot be shown here, and is not claimed (docs/reliability.md).
import { beforeAll, expect } from "vitest";
import { buildProgram } from "../support/built.ts";
import { itWith } from "../support/real-program.ts";
import { traceBuilt } from "./strace.ts";

beforeAll(buildProgram, 60_000);

const fresh = {
  access_token: "power-cut-at-91e4b07d5c2f8a36",
  refresh_token: "power-cut-rt-6c1e84f09b7d2a35",
};
/** What a line of strace's says of the save, in these words; undefined for what has nothing to do with it. */
const steps: readonly [RegExp, string][] = [
  [/ write\(\d+<[^>]+\.tmp>/, "write the file"],
  [/ fsync\(\d+<[^>]+\.tmp>\) = 0$/, "sync the file"],
  [/ rename\("[^"]+\.tmp", "[^"]+\/default@faulty\.json"\) = 0$/, "rename it"],
  [/ fsync\(\d+<[^>]+\/store>\) = 0$/, "sync the folder"],
  [/ writev?\((?:[3-9]|\d\d)<socket/, "send the refresh token"],
  [/ write\(1</, "print the new one"],
];

/** The steps of a refresh by the built program, in the order in which the kernel was asked for them. */
async function traceRefresh(): Promise<(string | undefined)[]> {
  const { stdout, calls } = await traceBuilt(["refresh", "faulty", "--json"], {
    answer: { ...fresh, token_type: "bearer", expires_in: 3600 },
    options: ["-y", "-s", "0", "-e", "trace=write,writev,fsync,rename"],
  });
  expect(stdout).toContain(fresh.access_token);
  return calls.flatMap((line) => steps.find(([call]) => call.test(line))?.[1] ?? []);
}

itWith("strace")(
  "G17 a new token is on disk, under its name, before anybody sees it; and that it can be is tried before the old one is spent",
  async () => {
    expect(await traceRefresh()).toEqual([
      ...["write the file", "sync the file", "sync the folder"],
      "send the refresh token",
      ...["write the file", "sync the file", "rename it", "sync the folder"],
      "print the new one",
    ]);
  },
);
