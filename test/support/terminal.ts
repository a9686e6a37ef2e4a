// The built program in a real pseudo-terminal. node-pty over tmux: every byte is an event, so nothing is polled,
// the exit code is the program's own, and the raw escapes that a screen would have swallowed can be looked at.
import { stripVTControlCharacters } from "node:util";
import { spawn } from "@lydell/node-pty";
import { onTestFinished } from "vitest";
import { buildProgram, createHome } from "./built.ts";
import { RecordedOutput } from "./streams.ts";

export interface TerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly cols?: number;
  readonly rows?: number;
}

export interface Terminal {
  readonly pid: number;
  /** Resolves as soon as what was shown, without escapes, matches. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Types keys: "\r" is Enter, "\u0003" Ctrl-C. */
  write(keys: string): void;
  /** Pastes as a terminal with bracketed paste does, without Enter. */
  paste(text: string): void;
  /** All that was shown so far, without escapes. */
  screen(): string;
  /** All bytes so far, escapes included. */
  raw(): string;
  resize(cols: number, rows: number): void;
  readonly exit: Promise<{ readonly code: number; readonly signal: number | undefined }>;
}

/** Opens a terminal on the built program, or on another one for the rig's own tests. Killed with the test. */
export async function openTerminal(
  args: readonly string[],
  { env, cwd, cols = 100, rows = 30 }: TerminalOptions = {},
  programPath?: string,
): Promise<Terminal> {
  const path = programPath ?? (await buildProgram());
  const home = await createHome();
  const terminal = spawn(process.execPath, [path, ...args], {
    cols,
    rows,
    cwd: cwd ?? home.workingFolder,
    env: { TERM: "xterm-256color", ...home.env, ...env },
  });
  let raw = "";
  const shown = new RecordedOutput({ isTTY: true, columns: cols });
  terminal.onData((data) => {
    raw += data;
    shown.text = "";
    shown.write(stripVTControlCharacters(raw));
  });
  const exit = new Promise<{ code: number; signal: number | undefined }>((resolve) => {
    terminal.onExit(({ exitCode, signal }) => resolve({ code: exitCode, signal }));
  });
  let ended = false;
  exit.then(() => {
    ended = true;
  });
  onTestFinished(() => {
    if (!ended) terminal.kill("SIGKILL");
  });
  return {
    pid: terminal.pid,
    until: (pattern) => shown.until(pattern),
    write: (keys) => terminal.write(keys),
    paste: (text) => terminal.write(`\u001b[200~${text}\u001b[201~`),
    screen: () => shown.text,
    raw: () => raw,
    resize: (columns, lines) => terminal.resize(columns, lines),
    exit,
  };
}
