// Stand-ins for stdin, stdout and stderr: what is written is kept, what is typed comes from the test.
import { Readable } from "node:stream";
import type { Input, Output } from "../../src/context.ts";

/** Long enough for a loaded machine; only a failing test ever waits for it. */
const patienceMs = 20_000;

/** Keeps all that was written, and lets a test wait for a text to appear. */
export class RecordedOutput implements Output {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  text = "";
  readonly #watchers = new Set<() => void>();
  readonly #decoder = new TextDecoder();

  constructor({ isTTY, columns }: { isTTY: boolean; columns: number }) {
    this.isTTY = isTTY;
    this.columns = isTTY ? columns : undefined;
  }

  write(text: string): void {
    this.text += text;
    for (const watcher of this.#watchers) watcher();
  }

  async writeBytes(bytes: Uint8Array): Promise<void> {
    this.write(this.#decoder.decode(bytes, { stream: true }));
  }

  /** Resolves with the match as soon as the text so far matches; rejects, showing the text, when it never does. */
  until(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`never saw ${pattern} in:\n${this.text}`));
      }, patienceMs);
      const look = () => {
        const match = pattern.exec(this.text);
        if (match === null) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(match);
      };
      this.#watchers.add(look);
      look();
    });
  }
}

/** A stdin that the test types into: a terminal's or a pipe's. A Readable, as the real one is. */
export class ScriptedInput extends Readable implements Input {
  readonly isTTY: boolean;
  /** Each change of the raw mode, in order; a command that returns must leave `false` last. */
  readonly rawModes: boolean[] = [];
  /** All that was typed so far. */
  typed = "";
  /** How often somebody began to read. */
  readers = 0;
  declare setRawMode?: (raw: boolean) => this;

  constructor({ isTTY }: { isTTY: boolean }) {
    super({ read: () => undefined });
    this.isTTY = isTTY;
    this.on("newListener", (event) => {
      if (event !== "data") return;
      // Each would miss nothing and both would take it for theirs: a secret for an answer, an answer for a body.
      if (this.listenerCount("data") > 0) throw new Error("two readers of stdin at once");
      this.readers += 1;
    });
    if (!isTTY) return;
    this.setRawMode = (raw) => {
      this.rawModes.push(raw);
      return this;
    };
  }

  /** Sends text, or keys, as if just typed or piped in. */
  type(text: string): void {
    this.typed += text;
    this.push(text);
  }

  /** Sends text the way a terminal with bracketed paste does, without the Enter key. */
  paste(text: string): void {
    this.type(`\u001b[200~${text}\u001b[201~`);
  }

  /** Ends the input: Ctrl-D at a cooked prompt, or the pipe's other end closed. */
  close(): void {
    this.push(null);
  }

  /** Whether the terminal is in raw mode now. */
  get isRaw(): boolean {
    return this.rawModes.at(-1) ?? false;
  }
}
