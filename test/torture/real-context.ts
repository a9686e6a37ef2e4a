// A Context of real effects for programs that a test starts, as main.ts makes one. What a store does not use is absent.
import * as fs from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import type { Context } from "../../src/context.ts";
import { openProcesses } from "../../src/credentials/processes.ts";

/** The part of a Context that the store uses. */
export function realContext(): Context {
  const context: Partial<Context> = {
    env: process.env,
    platform: process.platform,
    userId: process.getuid?.(),
    clock: {
      now: Date.now,
      sleep: (milliseconds, signal) => wait(milliseconds, undefined, { signal }),
    },
    files: fs,
    processes: openProcesses(process),
    openKeychain: async () => undefined,
    signal: new AbortController().signal,
  };
  return context as Context;
}
