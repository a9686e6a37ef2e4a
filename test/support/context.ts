// The Context of a test: every effect is recorded, time stands still, and the leak check closes the test.
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { ChildCommand, ChildEnd, Context, Files, Keychain } from "../../src/context.ts";
import { openProcesses } from "../../src/credentials/processes.ts";
import { OAuthLabError } from "../../src/errors.ts";
import { FakeClock } from "./fake-clock.ts";
import type { Place } from "./leak-check.ts";
import { expectNoLeaks, type Recording, rememberRecording } from "./no-leaks.ts";
import { type Exchange, recordFetch } from "./recorded-fetch.ts";
import { RecordedOutput, ScriptedInput } from "./streams.ts";

export interface TestContextOptions {
  /** Lines that a pipe delivers before it ends. Without it, and without a terminal, stdin is empty and ended. */
  readonly input?: string | readonly string[];
  /** Leaves the pipe open for `stdin.type()`. */
  readonly keepInputOpen?: boolean;
  /** Which streams are a terminal: all of them, or those named. */
  readonly terminal?: boolean | { stdin?: boolean; stdout?: boolean; stderr?: boolean };
  readonly columns?: number;
  /** Added to OAUTH_LAB_HOME and OAUTH_LAB_STORE=file. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
  readonly nodeVersion?: string;
  /** Where the clock stands at first; by default the real time, which servers outside of the test's clock go by. */
  readonly now?: number;
  /** File operations to replace, to make them fail. */
  readonly files?: Partial<Files>;
  readonly keychain?: Keychain;
  /** What a program does that a command runs; without it none can be started. */
  readonly runChild?: (command: ChildCommand) => ChildEnd;
  /** What the user does in the browser, such as `signIn`; without it none can be started. Runs beside the command, on a desktop. */
  readonly browser?: (url: URL, rig: Pick<TestContext, "watch">) => unknown;
}

/** A recording Context and the test's hands on it. */
export interface TestContext extends Context {
  readonly stdin: ScriptedInput;
  readonly stdout: RecordedOutput;
  readonly stderr: RecordedOutput;
  readonly env: Record<string, string | undefined>;
  readonly clock: FakeClock;
  /** OAUTH_LAB_HOME: the folder that credentials are stored under. */
  readonly storeFolder: string;
  readonly exchanges: readonly Exchange[];
  /** The programs that were run. */
  readonly children: readonly ChildCommand[];
  readonly openedAddresses: readonly URL[];
  /** Resolves when what the browser was told to do is done; rejects with what went wrong in it. */
  browserDone(): Promise<void>;
  /** Ctrl-C. */
  interrupt(): void;
  /** SIGTERM. */
  terminate(): void;
  /** Values that may not stand anywhere. */
  canary(...values: string[]): void;
  /** Takes secrets out of something that passed between others: a callback's URL, a form. */
  watch(wireText: string): void;
  /** Lets a value stand in these places (stdout, if none is named): printing it there is the command's job. */
  allow(value: string, ...places: Place[]): void;
  /** Lets every access token stand on stdout. */
  printsToken(): void;
}

/** Makes a Context with fresh folders. Once the test ends, it is checked for leaks and the folders go. */
export async function createTestContext(options: TestContextOptions = {}): Promise<TestContext> {
  const root = await fs.mkdtemp(join(await fs.realpath(tmpdir()), "oauth-lab-test-"));
  const [storeFolder, workingFolder, homeFolder] = await Promise.all(
    ["store", "work", "home"].map(async (name) => {
      await fs.mkdir(join(root, name), { mode: 0o700 });
      return join(root, name);
    }),
  );
  if (!storeFolder || !workingFolder || !homeFolder) throw new Error("no folders");
  const context = assemble(options, { storeFolder, workingFolder, homeFolder });
  onTestFinished(async () => {
    try {
      await context.browserDone();
      await expectNoLeaks(context);
    } finally {
      await fs.rm(root, { recursive: true, force: true });
    }
  });
  return context;
}

type Folders = Pick<TestContext, "storeFolder" | "workingFolder" | "homeFolder">;

function assemble(options: TestContextOptions, folders: Folders): TestContext {
  const recording: Recording = {
    exchanges: [],
    openedAddresses: [],
    browserRuns: [],
    canaries: [],
    watched: [],
    allowed: [],
    hasKeychain: options.keychain !== undefined,
  };
  const desktop = options.browser === undefined ? {} : { DISPLAY: ":0" };
  const controller = new AbortController();
  const children: ChildCommand[] = [];
  const clock = new FakeClock(options.now ?? Date.now());
  const context: TestContext = {
    ...folders,
    ...streams(options),
    env: {
      OAUTH_LAB_HOME: folders.storeFolder,
      OAUTH_LAB_STORE: "file",
      ...desktop,
      ...options.env,
    },
    platform: options.platform ?? process.platform,
    nodeVersion: options.nodeVersion ?? process.version,
    userId: process.getuid?.(),
    clock,
    fetch: recordFetch(recording.exchanges, () => clock.now()),
    files: { ...fs, ...options.files },
    processes: openProcesses(process),
    openKeychain: () => Promise.resolve(options.keychain),
    runChild: async (command) => {
      children.push(command);
      return options.runChild?.(command) ?? { problem: "ENOENT" };
    },
    signal: controller.signal,
    atExit: () => () => undefined,
    exchanges: recording.exchanges,
    children,
    openedAddresses: recording.openedAddresses,
    ...browserOf(options, recording),
    ...leakRules(recording),
    interrupt: () => controller.abort(ending("interrupted", "Interrupted.")),
    terminate: () => controller.abort(ending("terminated", "Terminated.")),
  };
  rememberRecording(context, recording);
  return context;
}

function streams({ input, keepInputOpen, terminal = false, columns = 100 }: TestContextOptions) {
  const isTTY = typeof terminal === "boolean" ? undefined : terminal;
  const at = (name: "stdin" | "stdout" | "stderr") => isTTY?.[name] ?? terminal === true;
  const stdin = new ScriptedInput({ isTTY: at("stdin") });
  if (input !== undefined) stdin.type(typeof input === "string" ? input : `${input.join("\n")}\n`);
  if (!stdin.isTTY && !keepInputOpen) stdin.close();
  return {
    stdin,
    stdout: new RecordedOutput({ isTTY: at("stdout"), columns }),
    stderr: new RecordedOutput({ isTTY: at("stderr"), columns }),
  };
}

function browserOf(
  { browser }: TestContextOptions,
  { openedAddresses, browserRuns, watched }: Recording,
) {
  return {
    openBrowser: async (url: URL): Promise<boolean> => {
      openedAddresses.push(url);
      if (browser === undefined) return false;
      const watch = (wireText: string) => void watched.push(wireText);
      const run = Promise.resolve().then(() => browser(url, { watch }));
      run.catch(() => undefined);
      browserRuns.push(run);
      return true;
    },
    browserDone: async (): Promise<void> => {
      await Promise.all(browserRuns);
    },
  };
}

function leakRules({ canaries, watched, allowed }: Recording) {
  return {
    canary: (...values: string[]): void => {
      canaries.push(...values.map((value) => ({ kind: "other" as const, value })));
    },
    watch: (wireText: string): void => {
      watched.push(wireText);
    },
    allow: (value: string, ...places: Place[]): void => {
      const where = places.length === 0 ? ["stdout"] : places;
      allowed.push((sighting) => sighting.value === value && where.includes(sighting.place));
    },
    printsToken: (): void => {
      allowed.push(({ kind, place }) => kind === "access_token" && place === "stdout");
    },
  };
}

function ending(kind: "interrupted" | "terminated", message: string): OAuthLabError {
  return new OAuthLabError({ kind, code: kind, message });
}
