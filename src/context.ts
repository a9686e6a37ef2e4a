// Every effect that a command may use. main.ts fills it with the real ones, the tests with recording ones.
import type * as fs from "node:fs/promises";

/** Where text goes. */
export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  /** The width of a terminal; undefined where there is none. */
  readonly columns: number | undefined;
}

/** Where a person, or a pipe, answers: the events of a readable stream. */
export interface Input extends Pick<NodeJS.ReadableStream, "on" | "off" | "pause" | "resume"> {
  readonly isTTY: boolean;
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
export type Files = Pick<
  typeof fs,
  | "chmod"
  | "link"
  | "lstat"
  | "mkdir"
  | "open"
  | "readdir"
  | "readFile"
  | "rename"
  | "rm"
  | "unlink"
>;

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

/** All that a command knows of the outside. */
export interface Context {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that `./.env` is looked for in. */
  readonly workingFolder: string;
  /** The user's home folder. */
  readonly homeFolder: string;
  readonly platform: NodeJS.Platform;
  /** The user's number; undefined on systems without one. */
  readonly userId: number | undefined;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  readonly files: Files;
  readonly processes: Processes;
  /** Loads the keychain of this system; undefined where there is none to load. It may still turn out locked. */
  readonly openKeychain: () => Promise<Keychain | undefined>;
  /** Opens a checked http(s) address; false where no browser could be started. */
  readonly openBrowser: (url: URL) => Promise<boolean>;
  /** Aborts with an OAuthLabError (`interrupted` or `terminated`) when the user or the system ends the run. */
  readonly signal: AbortSignal;
}
