import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs/promises";
import { mkdir, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Files, Processes, ProcessIdentity } from "../../src/context.ts";
import { acquireLock } from "../../src/credentials/lock.ts";
import { formatOwner } from "../../src/credentials/lock-owner.ts";
import { openProcesses } from "../../src/credentials/processes.ts";
import { openStore } from "../../src/credentials/store.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { setUpWorkplace } from "../torture/build-worker.ts";
import { tortureLock } from "../torture/lock-torture.ts";
import { numberedCredential } from "../torture/numbered-credential.ts";
import { realContext } from "../torture/real-context.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const other: ProcessIdentity = { pid: 4242, startedAt: "77", kernel: "k", machine: "m" };

/** Processes of which `other` has this fate. */
function processesWhere(fate: "running" | "ended" | "unknown"): Processes {
  const real = openProcesses(process);
  return { ...real, fate: async (owner) => (owner.pid === other.pid ? fate : real.fate(owner)) };
}

async function prepare({
  files = fs,
  processes = openProcesses(process),
}: {
  files?: Files;
  processes?: Processes;
} = {}) {
  const clock = new FakeClock(1_700_000_000_000);
  const controller = new AbortController();
  const folder = join(await temporaryFolder(), "lock");
  const options = { folder, files, processes, clock, signal: controller.signal };
  return { options, clock, controller, folder };
}

/** Leaves the lock as the other process would, had it entered. */
async function occupy(folder: string, generation = 1): Promise<void> {
  await mkdir(join(folder, `g${generation}`, formatOwner(other)), { recursive: true });
}

describe("the lock", () => {
  it("is free at first, and again after its release", async () => {
    const { options, clock } = await prepare();
    for (let round = 0; round < 3; round += 1) {
      const release = await acquireLock(options);
      await release();
    }
    expect(clock.sleeps).toEqual([]);
  });

  it("keeps nothing but the latest generation", async () => {
    const { options, folder } = await prepare();
    for (let round = 0; round < 4; round += 1) await (await acquireLock(options))();
    expect(await readdir(folder, { recursive: true })).toEqual(["g4", join("g4", "released")]);
  });

  it("makes the next one wait until it is released", async () => {
    const { options, clock } = await prepare();
    const release = await acquireLock(options);
    const second = acquireLock(options);
    await clock.untilSleeping();
    await release();
    await clock.advance(1000);
    await (await second)();
  });

  it("G18 passes at once from an owner that has ended", async () => {
    const { options, clock, folder } = await prepare({ processes: processesWhere("ended") });
    await occupy(folder);
    await (await acquireLock(options))();
    expect(clock.sleeps).toEqual([]);
  });

  it.each([
    ["running", "Let process 4242 finish"],
    ["unknown", "delete that folder"],
  ] as const)(
    "H04 is never taken from an owner that is %s: gives up after 30 s",
    async (fate, hint) => {
      const { options, clock, folder } = await prepare({ processes: processesWhere(fate) });
      await occupy(folder);
      clock.passSleeps(() => true);
      await expect(acquireLock(options)).rejects.toMatchObject({
        kind: "store",
        code: "lock_timeout",
        message: expect.stringContaining("4242"),
        hint: expect.stringContaining(hint),
      });
      expect(clock.now()).toBeGreaterThanOrEqual(1_700_000_000_000 + 30_000);
      expect(clock.now()).toBeLessThan(1_700_000_000_000 + 31_000);
      expect(await readdir(folder)).toEqual(["g1"]);
    },
  );

  it("names its place when it gives up", async () => {
    const { options, clock, folder } = await prepare();
    await mkdir(join(folder, "g1"), { recursive: true });
    clock.passSleeps(() => true);
    await expect(acquireLock(options)).rejects.toMatchObject({
      message: expect.stringContaining(folder),
    });
  });

  it.each([1, -1])("G20 does not mind a clock that jumps by %d year", async (years) => {
    const { options, clock } = await prepare();
    const release = await acquireLock(options);
    const second = acquireLock(options);
    await clock.untilSleeping();
    clock.jumpTo(clock.now() + years * 31_557_600_000);
    await release();
    await clock.advance(40_000_000_000);
    await (await second)();
  });

  it("lets a waiting one go when the run is ended", async () => {
    const { options, clock, controller, folder } = await prepare({
      processes: processesWhere("running"),
    });
    await occupy(folder);
    const waiting = acquireLock(options);
    await clock.untilSleeping();
    const reason = new Error("interrupted");
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});

describe("a claim", () => {
  /** Does this first when the first claim is about to be made, or prepared. */
  function beforeFirst(step: "rename" | "mkdir", work: () => Promise<void>): Files {
    let isFirst = true;
    const hook = async (path: unknown) => {
      if (!isFirst || !basename(String(path)).startsWith("t-")) return;
      isFirst = false;
      await work();
    };
    if (step === "rename") {
      const rename: Files["rename"] = async (from, to) => {
        await hook(from);
        return fs.rename(from, to);
      };
      return { ...fs, rename };
    }
    const mkdir = async (path: string, mode: number) => {
      await hook(path);
      return fs.mkdir(path, mode);
    };
    return { ...fs, mkdir: mkdir as Files["mkdir"] };
  }

  it("that comes too late is lost", async () => {
    const { options, clock } = await prepare();
    const held: (() => Promise<void>)[] = [];
    const files = beforeFirst("rename", async () => {
      held.push(await acquireLock(options));
    });
    const late = acquireLock({ ...options, files });
    await clock.untilSleeping();
    expect(held).toHaveLength(1);
    await held[0]?.();
    await clock.advance(1000);
    await (await late)();
  });

  it.each([
    ["after it was prepared", "rename"],
    ["before it was prepared", "mkdir"],
  ] as const)("of a number that was used and deleted %s is lost", async (_, step) => {
    const { options, clock, folder } = await prepare();
    let release = async () => {};
    const files = beforeFirst(step, async () => {
      // The number 1, which this claim is for, comes and goes.
      for (let generation = 1; generation < 3; generation += 1) {
        await (await acquireLock(options))();
      }
      release = await acquireLock(options);
      expect(await readdir(folder)).toEqual(["g3"]);
    });
    const late = acquireLock({ ...options, files });
    await clock.untilSleeping();
    expect(await readdir(folder)).toEqual(["g3"]);
    await release();
    await clock.advance(1000);
    await (await late)();
  });

  it("G21 counts when a network file system repeats it and reports the repetition's failure", async () => {
    const { options, clock } = await prepare();
    const rename: Files["rename"] = async (from, to) => {
      await fs.rename(from, to);
      if (basename(String(to)) === "g1") throw Object.assign(new Error(), { code: "ENOENT" });
    };
    await (await acquireLock({ ...options, files: { ...fs, rename } }))();
    expect(clock.sleeps).toEqual([]);
  });

  it("says what is wrong where the disk does not take it", async () => {
    const mkdirFails = async () => {
      throw Object.assign(new Error(), { code: "ENOSPC" });
    };
    const { options } = await prepare({ files: { ...fs, mkdir: mkdirFails as never } });
    await expect(acquireLock(options)).rejects.toMatchObject({ kind: "store", code: "enospc" });
  });
});

describe("withLock", () => {
  const key = numberedCredential(0);
  const open = async () =>
    openStore({ folder: join(await temporaryFolder(), "store"), mode: "file" }, realContext());

  it("lets the callers of one process pass in their order", async () => {
    const store = await open();
    const order: string[] = [];
    const visits = ["a", "b", "c"].map((name) =>
      store.withLock(key, async () => {
        order.push(`${name} in`);
        await new Promise(setImmediate);
        order.push(`${name} out`);
        return name;
      }),
    );
    expect(await Promise.all(visits)).toEqual(["a", "b", "c"]);
    expect(order).toEqual(["a in", "a out", "b in", "b out", "c in", "c out"]);
  });

  it("is free again after work that failed", async () => {
    const store = await open();
    const failing = store.withLock(key, () => {
      throw new Error("failed");
    });
    const next = store.withLock(key, async () => "next");
    await expect(failing).rejects.toThrow("failed");
    expect(await next).toBe("next");
    expect(await store.withLock(key, async () => "later")).toBe("later");
  });

  it("holds up no other credential", async () => {
    const store = await open();
    const result = await store.withLock(key, () =>
      store.withLock({ provider: "torture", profile: "other" }, async () => "both"),
    );
    expect(result).toBe("both");
  });
});

describe.skipIf(process.platform === "win32")("between processes", () => {
  /** A process that holds the lock until it is killed. */
  async function startHolder() {
    const workplace = await setUpWorkplace();
    const folder = join(workplace.folder, "store");
    const holder = spawn(process.execPath, [workplace.worker, "hold", folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(async () => {
      holder.kill("SIGKILL");
      await workplace.remove();
    });
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    const clock = new FakeClock(0);
    clock.passSleeps(() => true);
    return {
      holder,
      clock,
      store: openStore({ folder, mode: "file" }, { ...realContext(), clock }),
    };
  }

  const ended = (child: ChildProcess) => new Promise((resolve) => child.on("exit", resolve));
  const key = numberedCredential(0);

  it("is not taken from a holder that is stopped, but at once from one that is killed", async () => {
    const { holder, clock, store } = await startHolder();
    holder.kill("SIGSTOP");
    await expect(store.withLock(key, async () => "in")).rejects.toMatchObject({
      code: "lock_timeout",
      message: expect.stringContaining(`process ${holder.pid}`),
    });
    const slept = clock.sleeps.length;
    const end = ended(holder);
    holder.kill("SIGKILL");
    await end;
    expect(await store.withLock(key, async () => "in")).toBe("in");
    expect(clock.sleeps).toHaveLength(slept);
  });

  it("admits one at a time, whoever is killed inside (a slice of the torture, seed 7)", async () => {
    const result = await tortureLock({
      rounds: 2,
      processes: 5,
      visits: 4,
      killShare: 0.3,
      seed: 7,
    });
    expect(result).toMatchObject({ overlaps: 0, failed: 0 });
    expect(result.killed).toBeGreaterThan(0);
    expect(result.entered).toBeGreaterThan(10);
  }, 20_000);
});
