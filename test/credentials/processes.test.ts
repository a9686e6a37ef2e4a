import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ProcessIdentity } from "../../src/context.ts";
import { openProcesses, parseLinuxStat } from "../../src/credentials/processes.ts";

const linux = process.platform === "linux";
/** /proc/<pid>/stat of a process with this name and state. */
const stat = ({ name = "node", state = "S", threads = 11 } = {}) =>
  `42 (${name}) ${state} 1 42 42 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 ${threads} 0 987654 1 1 1`;

describe("/proc/<pid>/stat", () => {
  it.each(["node", "a) Z 1 (b", "tricky ) ) )", "new\nline"])("tells the start of %j", (name) => {
    expect(parseLinuxStat(stat({ name }))).toBe("987654");
  });

  it("of a killed process that waits for its parent means that it is gone", () => {
    expect(parseLinuxStat(stat({ state: "Z", threads: 1 }))).toBe("gone");
    expect(parseLinuxStat(stat({ state: "X", threads: 1 }))).toBe("gone");
  });

  it("of a killed process with a thread still in a system call does not mean that", () => {
    expect(parseLinuxStat(stat({ state: "Z", threads: 2 }))).toBe("987654");
  });

  it("that cannot be understood tells nothing", () => {
    expect(parseLinuxStat("")).toBe("");
    expect(parseLinuxStat("42 (node) S 1")).toBe("");
  });
});

describe("the fate of a process", () => {
  const processes = openProcesses(process);
  const change = async (changes: Partial<ProcessIdentity>) =>
    processes.fate({ ...(await processes.identify()), ...changes });

  it("is running for ourselves", async () => {
    expect(await change({})).toBe("running");
  });

  it("is running for a stopped one", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"]);
    const { kernel, machine } = await processes.identify();
    child.kill("SIGSTOP");
    const owner = { pid: child.pid ?? 0, startedAt: "", kernel, machine };
    expect(await processes.fate(owner)).toBe("running");
    const exit = new Promise((resolve) => child.on("exit", resolve));
    child.kill("SIGKILL");
    await exit;
    expect(await processes.fate(owner)).toBe("ended");
  });

  it.runIf(linux)("G18 is ended where its number belongs to another process now", async () => {
    expect(await change({ startedAt: "1" })).toBe("ended");
  });

  it.runIf(linux)("is ended for a killed one that its parent has not collected", async () => {
    // The shell becomes a program that knows nothing of the child it has.
    const parent = spawn("sh", ["-c", "sleep 1000 & echo $!; exec sleep 1000"]);
    onTestFinished(() => void parent.kill("SIGKILL"));
    const pid = Number(await new Promise((resolve) => parent.stdout.once("data", resolve)));
    const startedAt = parseLinuxStat(await readFile(`/proc/${pid}/stat`, "utf8"));
    expect(await change({ pid, startedAt })).toBe("running");
    await expect.poll(() => readFile(`/proc/${parent.pid}/comm`, "utf8")).toBe("sleep\n");
    process.kill(pid, "SIGKILL");
    await expect.poll(() => readFile(`/proc/${pid}/stat`, "utf8")).toContain(") Z ");
    expect(await change({ pid, startedAt })).toBe("ended");
  });

  it("is running where nobody knows when it started", async () => {
    expect(await change({ startedAt: "" })).toBe("running");
  });

  it("is unknown on another machine, and in another container", async () => {
    expect(await change({ kernel: "000000000000", machine: "111111111111" })).toBe("unknown");
    expect(await change({ kernel: "000000000000", machine: "" })).toBe("unknown");
  });

  it("is unknown elsewhere for a process that cannot tell its own machine either", async () => {
    const { pid } = process;
    const unnamed = openProcesses({ pid, platform: "win32", kill: () => true });
    const owner = await unnamed.identify();
    expect(owner.machine).toBe("");
    expect(await unnamed.fate({ ...owner, kernel: "000000000000" })).toBe("unknown");
  });

  it("is ended where the same machine has started anew since", async () => {
    const { machine } = await processes.identify();
    const due = machine === "" ? "unknown" : "ended";
    expect(await change({ kernel: "000000000000" })).toBe(due);
  });

  it("is running for one of another user's that we may not signal", async () => {
    const kill = () => {
      throw Object.assign(new Error(), { code: "EPERM" });
    };
    const others = openProcesses({ pid: process.pid, platform: "win32", kill });
    const owner = await others.identify();
    expect(await others.fate({ ...owner, pid: 1 })).toBe("running");
  });
});
