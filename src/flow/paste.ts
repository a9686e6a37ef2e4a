// Receives the redirect by paste: key by key from a terminal, because a line in cooked mode is cut at 4095 bytes, or as one line from a pipe.
import { StringDecoder } from "node:string_decoder";
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { sanitise } from "../terminal/sanitise.ts";

const maxPasteLength = 64 * 1024;
const bracketedPaste = {
  on: "\u001b[?2004h",
  off: "\u001b[?2004l",
  start: "\u001b[200~",
  end: "\u001b[201~",
};
const prompt = "  > ";

/** Lines as a person pastes them. */
export interface Paste {
  /** Whether a person sits there, who may try again. */
  readonly interactive: boolean;
  /** The next line; undefined once the input has ended. Rejects with `interrupted` on Ctrl-C and with `usage` for more than 64 KiB. */
  next(): Promise<string | undefined>;
  /** Writes to stderr without mixing with what is being typed. */
  print(text: string): void;
  /** Gives the terminal back as it was. */
  close(): void;
}

/** Starts reading stdin: with a prompt where stdin and stderr are a terminal, else silently. */
export function openPaste(context: Context): Paste {
  return context.stdin.isTTY && context.stdin.setRawMode
    ? new TerminalPaste(context)
    : new PipePaste(context);
}

/** What both have: lines that arrived, and the one who waits for the next. */
abstract class LineSource {
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

  protected start(): void {
    const { stdin } = this.context;
    stdin.on("data", this.#onData);
    stdin.on("end", this.#onEnd);
    stdin.on("error", this.#onEnd);
    stdin.resume();
  }

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

  close(): void {
    const { stdin } = this.context;
    stdin.off("data", this.#onData);
    stdin.off("end", this.#onEnd);
    stdin.off("error", this.#onEnd);
    stdin.pause();
  }

  protected emit(line: string | undefined | OAuthLabError): void {
    this.#lines.push(line);
    this.#wake?.();
  }

  protected abstract take(text: string): void;
  protected abstract end(): void;
}

/** One line from a pipe or a file; the rest of the input is left unread. */
class PipePaste extends LineSource implements Paste {
  readonly interactive = false;
  #text = "";
  #done = false;

  constructor(context: Context) {
    super(context);
    this.start();
  }

  print(text: string): void {
    this.context.stderr.write(text);
  }

  protected take(text: string): void {
    if (this.#done) return;
    this.#text += text;
    const newline = this.#text.search(/[\r\n]/);
    if (newline > 0) this.#finish(this.#text.slice(0, newline));
    else if (newline === 0) this.#text = this.#text.replace(/^[\r\n]+/, "");
    if (this.#text.length > maxPasteLength) this.#finish(tooLong());
  }

  protected end(): void {
    if (!this.#done && this.#text !== "") this.emit(this.#text);
    this.#done = true;
    this.emit(undefined);
  }

  #finish(line: string | OAuthLabError): void {
    if (this.#done) return;
    this.#done = true;
    this.emit(line);
    this.emit(undefined);
  }
}

/** A terminal in raw mode. A paste may span lines; Enter ends it. */
class TerminalPaste extends LineSource implements Paste {
  readonly interactive = true;
  #text = "";
  #pasting = false;

  constructor(context: Context) {
    super(context);
    context.stdin.setRawMode?.(true);
    context.stderr.write(bracketedPaste.on);
    this.start();
    this.#draw();
  }

  print(text: string): void {
    this.context.stderr.write(`\r\u001b[K${text}`);
    this.#draw();
  }

  override close(): void {
    super.close();
    this.context.stderr.write(`\r\u001b[K${bracketedPaste.off}`);
    this.context.stdin.setRawMode?.(false);
  }

  protected take(chunk: string): void {
    const tokens = chunk.match(keys) ?? [];
    // A terminal without bracketed paste sends a paste as one chunk: its inner line ends are not the Enter key.
    const lastKey = tokens.findLastIndex((token) => !/^[\r\n]+$/.test(token));
    for (const [index, token] of tokens.entries())
      this.#press(token, index < lastKey && tokens.length > 2);
    if (this.#text.length > maxPasteLength) {
      this.#text = "";
      this.emit(tooLong());
    }
    this.#draw();
  }

  protected end(): void {
    this.emit(undefined);
  }

  #press(key: string, insideChunk: boolean): void {
    if (key === bracketedPaste.start) this.#pasting = true;
    else if (key === bracketedPaste.end) this.#pasting = false;
    else if (key === "\u0003") this.emit(interrupted());
    else if (key === "\u0004" && this.#text === "") this.end();
    else if (key === "\u007f" || key === "\b") this.#text = this.#text.slice(0, -1);
    else if (key === "\u0015") this.#text = "";
    else if (/^[\r\n]+$/.test(key)) this.#enter(this.#pasting || insideChunk);
    else if (!key.startsWith("\u001b")) this.#text += key;
  }

  #enter(withinPaste: boolean): void {
    if (withinPaste) {
      this.#text += "\n";
      return;
    }
    this.emit(this.#text);
    this.#text = "";
  }

  /** One line of the screen, whatever the length: the address up to its query, which holds the code, and how much there is. */
  #draw(): void {
    const width = (this.context.stderr.columns ?? 80) - prompt.length - 1;
    const count = this.#text.length > 0 ? ` … (${this.#text.length} characters)` : "";
    const base = sanitise(this.#text.split(/[?#]/)[0] ?? "", maxPasteLength);
    const shown = base.slice(0, Math.max(0, width - count.length)) + count;
    this.context.stderr.write(`\r\u001b[K${prompt}${shown}`);
  }
}

/** Paste markers, other escape sequences, control keys, line ends, and runs of plain text. */
const keys =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the keys of a terminal
  /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b.?|[\r\n]+|[\u0000-\u0009\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f]|[^\u0000-\u001f\u007f]+/gu;

function tooLong(): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "paste_too_long",
    message: "The pasted text is longer than 64 KiB and was not read on.",
    hint: "Paste only the address from the browser's address bar.",
  });
}

function interrupted(): OAuthLabError {
  return new OAuthLabError({ kind: "interrupted", code: "interrupted", message: "Interrupted." });
}
