#!/usr/bin/env node
// Builds the real Context, runs the command, sets the exit code. The only file that touches process.
import * as fs from "node:fs/promises";
import { homedir } from "node:os";
import type { Context, Output } from "./context.ts";
import { openProcesses } from "./credentials/processes.ts";
import { exitCodes, OAuthLabError } from "./errors.ts";
import { version } from "./version.ts";

async function main(argv: readonly string[]): Promise<void> {
  const ending = new AbortController();
  catchEverything(ending);
  const context = createContext(ending.signal);
  const { run } = await import("./cli.ts");
  process.exitCode = await run(argv, context);
  // A prompt that was given up still holds stdin open.
  process.stdin.unref?.();
}

function createContext(signal: AbortSignal): Context {
  return {
    stdin: process.stdin,
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    env: process.env,
    workingFolder: process.cwd(),
    homeFolder: homedir(),
    platform: process.platform,
    userId: process.getuid?.(),
    clock: { now: Date.now, sleep },
    fetch: globalThis.fetch,
    files: fs,
    processes: openProcesses(process),
    openKeychain: async () => {
      const { openSystemKeychain } = await import("./credentials/keychain.ts");
      return openSystemKeychain({
        platform: process.platform,
        env: process.env,
        userId: process.getuid?.(),
        nodePath: process.execPath,
      });
    },
    openBrowser: async (url) =>
      hasBrowser() && (await import("./terminal/browser.ts")).openBrowser(url, process.env),
    signal,
  };
}

/** A browser is opened for a person at a terminal, where there is a display to open it on. */
function hasBrowser(): boolean {
  const { env, platform, stderr } = process;
  if (env.CI || !stderr.isTTY) return false;
  const display = env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME || env.BROWSER;
  return platform !== "linux" || Boolean(display);
}

/** A closed pipe (`| head`) ends quietly: whoever read it has what they wanted. */
function output(stream: NodeJS.WriteStream): Output {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
  });
  return {
    write: (text) => void stream.write(text),
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns;
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
function catchEverything(ending: AbortController): void {
  const signals = { SIGINT: "interrupted", SIGTERM: "terminated", SIGHUP: "terminated" } as const;
  for (const [name, kind] of Object.entries(signals)) {
    process.on(name, () => {
      if (ending.signal.aborted) process.exit(exitCodes[kind]);
      ending.abort(
        new OAuthLabError({
          kind,
          code: kind,
          message: kind === "interrupted" ? "Interrupted." : "Terminated.",
        }),
      );
    });
  }
  const crash = (): void => {
    process.stderr.write(
      "Error: Something went wrong in oauth-lab itself.\n  Please report it with the command that you ran.\n",
    );
    process.exit(exitCodes.bug);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
}

// At the end, so that every constant above is there.
const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
  process.stdout.write(`${version}\n`);
} else {
  await main(argv);
}
