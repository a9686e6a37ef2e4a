// Tells whether the process that holds a lock still runs. Says "ended" only on proof: a wrong "ended" would admit two.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import type { Processes, ProcessIdentity } from "../context.ts";

/** What of the running process is needed: `process` itself fits. */
export interface HostProcess {
  readonly pid: number;
  readonly platform: NodeJS.Platform;
  kill(pid: number, signal: 0): unknown;
}

/** The real processes of this system. Linux knows start times from /proc, macOS from ps; Windows goes by the number alone, so that a reused number looks alive: it delays, but never admits two. */
export function openProcesses(host: HostProcess): Processes {
  let identity: Promise<ProcessIdentity> | undefined;
  const identify = () => {
    identity ??= identifyProcess(host);
    return identity;
  };
  return {
    identify,
    async fate(owner) {
      const self = await identify();
      if (owner.kernel !== self.kernel) {
        // The same machine under another boot: whatever ran before the restart is gone.
        return owner.machine !== "" && owner.machine === self.machine ? "ended" : "unknown";
      }
      if (!exists(host, owner.pid)) return "ended";
      const now = await startOf(host.platform, owner.pid);
      const isKnown = now !== "" && owner.startedAt !== "";
      return isKnown && now !== owner.startedAt ? "ended" : "running";
    },
  };
}

async function identifyProcess(host: HostProcess): Promise<ProcessIdentity> {
  const [startedAt, place] = await Promise.all([
    startOf(host.platform, host.pid),
    host.platform === "linux" ? identifyLinux() : identifyByName(),
  ]);
  return { pid: host.pid, startedAt, ...place };
}

async function identifyByName() {
  return { kernel: await digest(hostname()), machine: "" };
}

/** The pid namespace that the kernel makes first has this fixed number (PROC_PID_INIT_INO). */
const initialNamespace = "pid:[4026531836]";

async function identifyLinux(): Promise<Pick<ProcessIdentity, "kernel" | "machine">> {
  const [boot, namespace, machineId] = await Promise.all([
    readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => ""),
    readlink("/proc/self/ns/pid").catch(() => ""),
    readFile("/etc/machine-id", "utf8").catch(() => ""),
  ]);
  // Containers are copies of one image: their machine id proves nothing.
  const isKnown = namespace === initialNamespace && /^[0-9a-f]{32}\n?$/.test(machineId);
  return {
    kernel: await digest(boot === "" ? hostname() : boot, namespace),
    machine: isKnown ? await digest(machineId, hostname()) : "",
  };
}

function exists(host: HostProcess, pid: number): boolean {
  try {
    host.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as another user's.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** The start of a process, `gone` if it has ended but was not yet collected by its parent, empty if unknown. */
async function startOf(platform: NodeJS.Platform, pid: number): Promise<string> {
  if (platform === "linux") {
    return readFile(`/proc/${pid}/stat`, "utf8").then(parseLinuxStat, () => "");
  }
  return platform === "darwin" ? startByPs(pid) : "";
}

/** Reads `/proc/<pid>/stat` (proc(5)): the name in parentheses may itself hold spaces and parentheses. */
export function parseLinuxStat(stat: string): string {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, threads, start] = [fields[0], fields[17], fields[19]];
  // A killed leader is a zombie while a thread of it may still be inside its last system call.
  if ((state === "Z" || state === "X") && Number(threads) <= 1) return "gone";
  return start !== undefined && /^\d+$/.test(start) ? start : "";
}

async function startByPs(pid: number): Promise<string> {
  // One language and one time zone, or the same moment would read as two.
  const env = { LC_ALL: "C", TZ: "UTC" };
  return new Promise((resolve) => {
    execFile("/bin/ps", ["-o", "lstart=", "-p", String(pid)], { env }, (error, stdout) =>
      resolve(error === null ? digest(stdout.trim()) : ""),
    );
  });
}

async function digest(...parts: string[]): Promise<string> {
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 12);
}
