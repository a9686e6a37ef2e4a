// What people read: stdout for the result, stderr for everything else. Colours only where the stream is a terminal that wants them.
import { stripVTControlCharacters } from "node:util";
import type { Context, Output, StderrOwner } from "../context.ts";
import type { Failure } from "../errors.ts";
import { wrap } from "./wrap.ts";

/** How the user wants to be spoken to. */
export interface Manner {
  readonly quiet: boolean;
  readonly json: boolean;
  /** False with --no-color. */
  readonly color: boolean;
}

const styles = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;
export type Style = keyof typeof styles;

/** The two streams, with manners. */
export class Terminal {
  readonly manner: Manner;
  readonly #stdout: Output;
  readonly #stderr: Output;
  readonly #env: Context["env"];
  readonly #stderrOwner: StderrOwner | undefined;

  constructor(
    manner: Manner,
    {
      stdout,
      stderr,
      env,
      stderrOwner,
    }: Pick<Context, "stdout" | "stderr" | "env" | "stderrOwner">,
  ) {
    this.manner = manner;
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#env = env;
    this.#stderrOwner = stderrOwner;
  }

  /** The columns to fit into; a terminal that does not know its width says 0. */
  get width(): number {
    return Math.min(this.#stderr.columns || 80, 100);
  }

  /** A line of the story; not with --quiet. */
  say(text = ""): void {
    if (!this.manner.quiet) this.#stderr.write(`${this.fold(text)}\n`);
  }

  /** The text with each line that would run over the terminal's edge broken at spaces, its indent kept; as it is where stderr is no terminal. */
  fold(text: string): string {
    if (!this.#stderr.isTTY) return text;
    const foldLine = (line: string): string => {
      if (stripVTControlCharacters(line).length <= this.width) return line;
      const indent = /^ */.exec(line)?.[0] ?? "";
      const lines = wrap(line.slice(indent.length), this.width - indent.length);
      return lines.map((part) => indent + part).join("\n");
    };
    return text.split("\n").map(foldLine).join("\n");
  }

  /** A line that must be seen even with --quiet: an address to open, a prompt. */
  insist(text: string): void {
    this.#stderr.write(`${text}\n`);
  }

  /** A step of the protocol, with its channel at the right margin. */
  step(title: string, channel = ""): void {
    const space = " ".repeat(Math.max(1, this.width - title.length - channel.length - 12));
    this.say(`${this.style("bold", title)}${channel && space}${this.style("dim", channel)}`);
  }

  /** Something to know that stops nothing. */
  warn(text: string): void {
    this.#stderrOwner?.note(text);
    this.#stderr.write(`${this.fold(`${this.style("yellow", "Note:")} ${text}`)}\n`);
  }

  /** A failure: what happened, what to do; as one JSON line with --json. */
  fail({ kind, code, message, hint }: Failure): void {
    this.#stderrOwner?.note(hint === undefined ? message : `${message} ${hint}`);
    if (this.manner.json) {
      const error = { kind, code, message, hint: hint ?? null };
      this.#stderr.write(`${JSON.stringify({ version: 1, error })}\n`);
      return;
    }
    this.#stderr.write(`${this.fold(`${this.style("red", "Error:")} ${message}`)}\n`);
    if (hint !== undefined) this.#stderr.write(`${this.fold(`  ${hint}`)}\n`);
  }

  /** The result, alone on stdout. */
  result(text: string): void {
    this.#stdout.write(`${text}\n`);
  }

  /** The result as one JSON document. */
  json(value: unknown): void {
    this.#stdout.write(`${JSON.stringify(value, null, this.#stdout.isTTY ? 2 : undefined)}\n`);
  }

  /** Styled for stderr. */
  style(style: Style, text: string): string {
    return this.#wantsColor(this.#stderr) ? paint(style, text) : text;
  }

  /** Styled for stdout. */
  styleResult(style: Style, text: string): string {
    return this.#wantsColor(this.#stdout) ? paint(style, text) : text;
  }

  /** The flag, then NO_COLOR, then FORCE_COLOR, then what the stream is (no-color.org, force-color.org). */
  #wantsColor(stream: Output): boolean {
    const { NO_COLOR, FORCE_COLOR: forced, TERM } = this.#env;
    if (!this.manner.color || NO_COLOR) return false;
    if (forced !== undefined && forced !== "") return forced !== "0" && forced !== "false";
    return stream.isTTY && TERM !== "dumb";
  }
}

function paint(style: Style, text: string): string {
  if (text === "") return text;
  const [on, off] = styles[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
