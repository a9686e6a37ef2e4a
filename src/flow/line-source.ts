// stdin as lines that are waited for, whoever cuts it into lines: a pipe's reader or a terminal's. Decides nothing about what is in them.
import { StringDecoder } from "node:string_decoder";
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";

/** The lines that arrived, and the one who waits for the next. */
export abstract class LineSource {
  readonly #lines: (string | undefined | OAuthLabError)[] = [];
  #wake: (() => void) | undefined;
  protected readonly context: Context;
  readonly #decoder = new StringDecoder("utf8");
  readonly #onData = (chunk: Buffer | string): void => {
    this.take(typeof chunk === "string" ? chunk : this.#decoder.write(chunk));
  };
  readonly #onEnd = (): void => this.end();

  constructor(context: Context) {
    this.context = context;
  }

  /** Begins to read. */
  protected start(): void {
    const { stdin } = this.context;
    stdin.on("data", this.#onData);
    stdin.on("end", this.#onEnd);
    stdin.on("error", this.#onEnd);
    stdin.resume();
  }

  /** The next line; undefined once the input has ended. Throws what was emitted as a failure. */
  async next(): Promise<string | undefined> {
    while (this.#lines.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const line = this.#lines.shift();
    if (line instanceof OAuthLabError) throw line;
    return line;
  }

  /** Lets go of stdin. */
  close(): void {
    const { stdin } = this.context;
    stdin.off("data", this.#onData);
    stdin.off("end", this.#onEnd);
    stdin.off("error", this.#onEnd);
    stdin.pause();
  }

  /** Hands a line over; undefined ends the lines. */
  protected emit(line: string | undefined | OAuthLabError): void {
    this.#lines.push(line);
    this.#wake?.();
  }

  /** Text as it comes in. */
  protected abstract take(text: string): void;
  /** The input has ended. */
  protected abstract end(): void;
}
