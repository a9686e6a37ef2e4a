// The real Context: the one place, with main.ts, that touches the process. What a run does not use is not opened.
import { isatty } from "node:tty";
import { run, tellFailure } from "./cli.ts";
import type { Context } from "./context.ts";
import { exitCodes, type Failure, OAuthLabError } from "./errors.ts";
import { files } from "./files.ts";
import { findHomeFolder } from "./home-folder.ts";
import { ProcessInput, ProcessOutput } from "./streams.ts";

/** Runs the command line and leaves its exit code in the process. */
export async function runProcess(host: NodeJS.Process, argv: readonly string[]): Promise<void> {
  const ending = new Ending();
  const end = (failure: Failure): void => {
    host.exit(tellFailure(argv, failure, { ...outputs, env: host.env }));
  };
  const outputs = {
    stdout: new ProcessOutput(host, 1, end),
    stderr: new ProcessOutput(host, 2, end),
  };
  catchEverything(host, { ending, end });
  // Nothing is left to do then; to take all down that Node holds would be a part of the time.
  host.once("beforeExit", () => host.exit());
  const stdin = new ProcessInput(host);
  host.exitCode = await run(argv, createContext(host, { stdin, ...outputs }, ending));
  stdin.release();
}

/** How a run is told to end. */
class Ending {
  #reason: OAuthLabError | undefined;
  #controller: AbortController | undefined;

  get hasCome(): boolean {
    return this.#reason !== undefined;
  }

  /** Made at the first look: it loads Node's event targets, which a run that waits for nothing can do without. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  come(reason: OAuthLabError): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

function createContext(
  host: NodeJS.Process,
  streams: Pick<Context, "stdin" | "stdout" | "stderr">,
  ending: Ending,
): Context {
  return {
    ...streams,
    env: host.env,
    workingFolder: host.cwd(),
    get homeFolder() {
      return findHomeFolder(host);
    },
    platform: host.platform,
    nodeVersion: host.version,
    userId: host.getuid?.(),
    clock: { now: Date.now, sleep },
    fetch: lazyFetch(host),
    files,
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
    runChild: async (command) => (await import("./child.ts")).runChild(command, host),
    get signal() {
      return ending.signal;
    },
    atExit: (work) => {
      host.once("exit", work);
      return () => host.off("exit", work);
    },
  };
}

/** Node's own; what knows of proxies is loaded where a variable names one. */
function lazyFetch({ env }: NodeJS.Process): Context["fetch"] {
  let proxied: Promise<Context["fetch"]> | undefined;
  return async (...request) => {
    if (!Object.keys(env).some((name) => /^(https?|all)_proxy$/i.test(name)))
      return globalThis.fetch(...request);
    proxied ??= import("./http/proxy.ts").then(({ createProxiedFetch }) => createProxiedFetch(env));
    return (await proxied)(...request);
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
function catchEverything(
  host: NodeJS.Process,
  { ending, end }: { ending: Ending; end: (failure: Failure) => void },
): void {
  const signals = { SIGINT: "interrupted", SIGTERM: "terminated", SIGHUP: "terminated" } as const;
  for (const [name, kind] of Object.entries(signals)) {
    host.on(name, () => {
      if (ending.hasCome) host.exit(exitCodes[kind]);
      const message = kind === "interrupted" ? "Interrupted." : "Terminated.";
      ending.come(new OAuthLabError({ kind, code: kind, message }));
    });
  }
  const crash = (): void =>
    end({
      kind: "bug",
      code: "crashed",
      message: "Something went wrong in oauth-lab itself.",
      hint: "Please report it with the command that you ran.",
    });
  host.on("uncaughtException", crash);
  host.on("unhandledRejection", crash);
}
