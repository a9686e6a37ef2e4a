// Asks a person in a terminal, one line a question. Keys as in the paste prompt: Ctrl-C interrupts, Ctrl-D ends, and the terminal is given back after each answer.
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { type Look, openPaste } from "../flow/paste.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** What was read from an answer, or what is wrong with it. */
export type Reading<T> = { readonly value: T } | { readonly problem: string };

/** One question. */
export interface Question<T> {
  readonly label: string;
  /** Shows only how long the answer is. */
  readonly secret?: true;
  /** Judges the answer, its spaces at both ends taken off. */
  readonly read: (answer: string) => Reading<T> | Promise<Reading<T>>;
}

/** Asks until the answer can be used. */
export class Questions {
  readonly #context: Context;
  readonly #terminal: Terminal;

  constructor(context: Context, terminal: Terminal) {
    this.#context = context;
    this.#terminal = terminal;
  }

  /** The answer; undefined at Ctrl-D. Rejects with `interrupted` at Ctrl-C, and with the run's own end. */
  async ask<T>(question: Question<T>): Promise<T | undefined> {
    const { label, secret, read } = question;
    const look: Look = { prompt: `  ${label}: `, show: secret ? showLength : showEnd };
    const paste = openPaste(this.#context, look);
    const over = new AbortController();
    let shown: string | undefined;
    try {
      for (;;) {
        const line = await Promise.race([paste.next(), this.#ended(over.signal)]);
        if (line === undefined) return undefined;
        const answer = line.trim();
        const reading = await read(answer);
        if ("value" in reading) {
          shown = secret
            ? showLength(answer)
            : typeof reading.value === "string"
              ? reading.value
              : answer;
          return reading.value;
        }
        paste.print(`  ${this.#terminal.style("yellow", "Not that:")} ${reading.problem}\n`);
      }
    } finally {
      over.abort();
      paste.close();
      if (shown !== undefined) this.#terminal.say(look.prompt + printable(shown));
    }
  }

  /** The same for what the user cannot do without. Throws `refused` at Ctrl-D. */
  async demand<T>(question: Question<T>): Promise<T> {
    const answer = await this.ask(question);
    if (answer !== undefined) return answer;
    throw new OAuthLabError({
      kind: "refused",
      code: "input_ended",
      message: "You ended it: nothing was written.",
      hint: "Run oauth-lab again to start over.",
    });
  }

  #ended(over: AbortSignal): Promise<never> {
    const { signal } = this.#context;
    return new Promise((_resolve, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true, signal: over });
    });
  }
}

function printable(text: string): string {
  return text.replace(/[^ -~]/gu, "?");
}

/** The end of a longer line: that is where the cursor is. */
function showEnd(text: string, width: number): string {
  const line = printable(text);
  return line.length > width ? `<${line.slice(line.length - width + 1)}` : line;
}

function showLength(text: string): string {
  return text === "" ? "" : `(${text.length} characters, not shown)`;
}
