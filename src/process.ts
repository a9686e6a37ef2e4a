// The real Context: the one place, with main.ts, that touches the process. What a run does not use is not opened.
import * as fs from "node:fs/promises";
import { homedir } from "node:os";
import { isatty } from "node:tty";
import { run } from "./cli.ts";
import type { Context, Output } from "./context.ts";
import { exitCodes, OAuthLabError } from "./errors.ts";

/** Runs the command line and leaves its exit code in the process. */
export async function runProcess(host: NodeJS.Process, argv: readonly string[]): Promise<void> {
  const ending = new AbortController();
  catchEverything(host, ending);
  let stdinUsed = false;
  const context = createContext(host, {
    signal: ending.signal,
    onStdin: () => {
      stdinUsed = true;
    },
  });
  host.exitCode = await run(argv, context);
  // A prompt that was given up still holds stdin open.
  if (stdinUsed) host.stdin.unref?.();
}

function createContext(
  host: NodeJS.Process,
  { signal, onStdin }: { signal: AbortSignal; onStdin: () => void },
): Context {
  return {
    get stdin() {
      onStdin();
      return host.stdin;
    },
    stdout: output(host, 1),
    stderr: output(host, 2),
    env: host.env,
    workingFolder: host.cwd(),
    homeFolder: homedir(),
    platform: host.platform,
    userId: host.getuid?.(),
    clock: { now: Date.now, sleep },
    fetch: (...request) => globalThis.fetch(...request),
    files: fs,
    processes: lazyProcesses(host),
    openKeychain: async () => {
      const { openSystemKeychain } = await import("./credentials/keychain.ts");
      return openSystemKeychain({
        platform: host.platform,
        env: host.env,
        userId: host.getuid?.(),
        nodePath: host.execPath,
      });
    },
    openBrowser: async (url) =>
      hasBrowser(host) && (await import("./terminal/browser.ts")).openBrowser(url, host.env),
    signal,
  };
}

/** Only a refresh and a login take a lock: nothing else asks who runs. */
function lazyProcesses(host: NodeJS.Process): Context["processes"] {
  const opened = async () => (await import("./credentials/processes.ts")).openProcesses(host);
  let processes: ReturnType<typeof opened> | undefined;
  const open = () => {
    processes ??= opened();
    return processes;
  };
  return {
    identify: async () => (await open()).identify(),
    fate: async (owner) => (await open()).fate(owner),
  };
}

/** A browser is opened for a person at a terminal, where there is a display to open it on. */
function hasBrowser({ env, platform }: NodeJS.Process): boolean {
  if (env.CI || !isatty(2)) return false;
  const display = env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME || env.BROWSER;
  return platform !== "linux" || Boolean(display);
}

/** stdout or stderr, opened at the first write. A closed pipe (`| head`) ends the run quietly: whoever read it has what they wanted. */
function output(host: NodeJS.Process, descriptor: 1 | 2): Output {
  const isTTY = isatty(descriptor);
  let stream: NodeJS.WriteStream | undefined;
  const open = (): NodeJS.WriteStream => {
    if (stream) return stream;
    stream = descriptor === 1 ? host.stdout : host.stderr;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") host.exit(0);
    });
    return stream;
  };
  return {
    write: (text) => void open().write(text),
    isTTY,
    get columns() {
      return isTTY ? open().columns : undefined;
    },
  };
}

/** Longer than this setTimeout wraps around and fires at once. */
const longestTimeoutMilliseconds = 2 ** 31 - 1;

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      },
      Math.min(milliseconds, longestTimeoutMilliseconds),
    );
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** The first signal lets the command save and clean up; the second ends it at once. What nobody caught is a bug, told without its text. */
function catchEverything(host: NodeJS.Process, ending: AbortController): void {
  const signals = { SIGINT: "interrupted", SIGTERM: "terminated", SIGHUP: "terminated" } as const;
  for (const [name, kind] of Object.entries(signals)) {
    host.on(name, () => {
      if (ending.signal.aborted) host.exit(exitCodes[kind]);
      const message = kind === "interrupted" ? "Interrupted." : "Terminated.";
      ending.abort(new OAuthLabError({ kind, code: kind, message }));
    });
  }
  const crash = (): void => {
    host.stderr.write(
      "Error: Something went wrong in oauth-lab itself.\n  Please report it with the command that you ran.\n",
    );
    host.exit(exitCodes.bug);
  };
  host.on("uncaughtException", crash);
  host.on("unhandledRejection", crash);
}
