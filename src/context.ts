// Every effect that a command may use. main.ts fills it with the real ones, the tests with recording ones.
import type { Stats } from "node:fs";
import type { FlowEvent } from "./flow/flow-event.ts";

/** Where text goes. */
export interface Output {
  write(text: string): void;
  /** Writes bytes as they are; resolves when the reader is ready for more. */
  writeBytes(bytes: Uint8Array): Promise<void>;
  readonly isTTY: boolean;
  /** The width of a terminal; undefined where there is none. */
  readonly columns: number | undefined;
}

/** Has stderr for itself, and lets through what must not be lost. */
export interface StderrOwner {
  /** A command to the runner of a CI job: written as it is, before anything that follows. */
  command(line: string): void;
  /** Something that must be known: told in the owner's own form. */
  note(text: string): void;
}

/** Where a person, or a pipe, answers: the events of a readable stream. */
export interface Input {
  readonly isTTY: boolean;
  on(event: "data" | "end" | "error", listener: (chunk: Buffer) => void): unknown;
  off(event: "data" | "end" | "error", listener: (chunk: Buffer) => void): unknown;
  pause(): unknown;
  resume(): unknown;
  /** Raw mode: each key as it comes, no line limit. Only a terminal has it. */
  setRawMode?(raw: boolean): unknown;
}

/** The wall clock and waiting. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when it aborts first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The file operations that the store is made of: a subset of `node:fs/promises`, so that a test can make each of them fail. */
export interface Files {
  chmod(path: string, mode: number): Promise<void>;
  link(path: string, newPath: string): Promise<void>;
  lstat(path: string): Promise<Stats>;
  mkdir(path: string, mode: number | { recursive: true; mode: number }): Promise<unknown>;
  open(path: string, flags: string | number, mode?: number): Promise<OpenFile>;
  readdir(path: string): Promise<string[]>;
  readFile(path: string, encoding: "utf8"): Promise<string>;
  rename(path: string, newPath: string): Promise<void>;
  rm(path: string, options: { recursive?: true; force: true }): Promise<void>;
  unlink(path: string): Promise<void>;
}

/** An open file: the part of a `FileHandle` that we use. */
export interface OpenFile {
  chmod(mode: number): Promise<void>;
  close(): Promise<void>;
  read(buffer: Uint8Array, offset: number, length: number): Promise<{ bytesRead: number }>;
  readFile(): Promise<Buffer>;
  stat(): Promise<Stats>;
  sync(): Promise<void>;
  write(bytes: Uint8Array, offset?: number, length?: number): Promise<{ bytesWritten: number }>;
  writeFile(text: string): Promise<void>;
}

/** A process, named so that another one can tell whether it still runs. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the system's own notation; empty where the system does not tell. */
  readonly startedAt: string;
  /** The running kernel and its process numbering: elsewhere, or after a restart, the same number means another process. */
  readonly kernel: string;
  /** The machine across restarts; empty where it cannot be known for sure, as in a container. */
  readonly machine: string;
}

/** What the store must know of this process and of others. */
export interface Processes {
  /** This process, as others are to know it. */
  identify(): Promise<ProcessIdentity>;
  /** `ended` only when it is proven; `unknown` for a process of another machine or container. */
  fate(owner: ProcessIdentity): Promise<"running" | "ended" | "unknown">;
}

/** The operating system's keychain; each call is bounded in time by its maker and rejects with an OAuthLabError of kind `store`. */
export interface Keychain {
  /** The name that `status` shows, such as "Secret Service". */
  readonly label: string;
  /** The stored value, or undefined where there is none. */
  read(account: string): Promise<string | undefined>;
  write(account: string, value: string): Promise<void>;
  remove(account: string): Promise<void>;
}

/** A program to run. It has our stdin, stdout and stderr. */
export interface ChildCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** All of its environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What it reads on stdin instead of ours; then its stdout goes to our stderr. */
  readonly input?: string;
}

/** How a program ended: its exit code, 128 and a signal's number as shells tell it, or why it could not be started. */
export type ChildEnd = { readonly exitCode: number } | { readonly problem: string };

/** All that a command knows of the outside. */
export interface Context {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that `./.env` is looked for in. */
  readonly workingFolder: string;
  /** The user's home folder; empty where the system knows none. */
  readonly homeFolder: string;
  readonly platform: NodeJS.Platform;
  /** Node's own version, such as `v20.18.0`. */
  readonly nodeVersion: string;
  /** The user's number; undefined on systems without one. */
  readonly userId: number | undefined;
  readonly clock: Clock;
  /** Sends a request, by way of a proxy where the environment names one. */
  readonly fetch: typeof globalThis.fetch;
  readonly files: Files;
  readonly processes: Processes;
  /** Loads the keychain of this system; undefined where there is none to load. It may still turn out locked. */
  readonly openKeychain: () => Promise<Keychain | undefined>;
  /** Opens a checked http(s) address; false where no browser could be started. */
  readonly openBrowser: (url: URL) => Promise<boolean>;
  /** Runs a program to its end; signals that would end us are passed on to it. */
  readonly runChild: (command: ChildCommand) => Promise<ChildEnd>;
  /** Aborts with an OAuthLabError (`interrupted` or `terminated`) when the user or the system ends the run. */
  readonly signal: AbortSignal;
  /** Has this done when the process ends, even if it ends at once: synchronous work only. Returns what takes it back. */
  readonly atExit: (work: () => void) => () => void;
  /** Listens to what the flow alone can see; only `--trace` and `--report` set it. */
  readonly trace?: (event: FlowEvent) => void;
  /** Set where a trace for programs has stderr for itself: what must get through all the same goes here. */
  readonly stderrOwner?: StderrOwner;
}
