// Receives the redirect by paste: key by key from a terminal, because a line in cooked mode is cut at 4095 bytes, or as one line from a pipe.
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { LineSource } from "./line-source.ts";
import { maxPasteLength } from "./pasted-address.ts";

const bracketedPaste = {
  on: "\u001b[?2004h",
  off: "\u001b[?2004l",
  start: "\u001b[200~",
  end: "\u001b[201~",
};

/** What stands before the text, and what is shown of the text: printable, and at most so many columns of it. */
export interface Look {
  readonly prompt: string;
  readonly show: (text: string, width: number) => string;
}

/** Lines as a person pastes them. */
export interface Paste {
  /** Whether a person sits there, who may try again. */
  readonly interactive: boolean;
  /** The next line, cut just above the longest that is read; undefined once the input has ended. Rejects with `interrupted` on Ctrl-C. */
  next(): Promise<string | undefined>;
  /** Writes to stderr without mixing with what is being typed. */
  print(text: string): void;
  /** Gives the terminal back as it was. */
  close(): void;
}

/** Starts reading stdin: with a prompt where stdin and stderr are a terminal, else silently. It looks as for an address that may hold a code, if nothing else is said. */
export function openPaste(context: Context, look: Look = addressLook): Paste {
  return canPrompt(context) ? new TerminalPaste(context, look) : new PipePaste(context);
}

/** Whether a person can be asked: stdin and stderr are a terminal. */
export function canPrompt({ stdin, stderr }: Pick<Context, "stdin" | "stderr">): boolean {
  return stdin.isTTY && stdin.setRawMode !== undefined && stderr.isTTY;
}

/** One line from a pipe or a file; the rest of the input is left unread. */
class PipePaste extends LineSource implements Paste {
  readonly interactive = false;
  #text = "";

  constructor(context: Context) {
    super(context);
    this.start();
  }

  print(text: string): void {
    this.context.stderr.write(text);
  }

  protected take(text: string): void {
    this.#text = (this.#text + text).replace(/^[\r\n]+/, "");
    const lineEnd = this.#text.search(/[\r\n]/);
    if (lineEnd >= 0 || this.#text.length > maxPasteLength) this.end();
  }

  protected end(): void {
    this.close();
    const [line = ""] = this.#text.split(/[\r\n]/);
    if (line !== "") this.emit(line.slice(0, maxPasteLength + 1));
    this.emit(undefined);
  }
}

/** A terminal in raw mode. A paste may span lines; Enter ends it. */
class TerminalPaste extends LineSource implements Paste {
  readonly interactive = true;
  #text = "";
  #pasting = false;
  /** The beginning of a key whose rest is in the next chunk. */
  #unfinished = "";

  readonly #look: Look;

  constructor(context: Context, look: Look) {
    super(context);
    this.#look = look;
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
    const text = this.#unfinished + chunk;
    this.#unfinished = unfinishedKey.exec(text)?.[0] ?? "";
    const pressed: readonly string[] =
      text.slice(0, text.length - this.#unfinished.length).match(keys) ?? [];
    // A terminal without bracketed paste sends a paste as one chunk: its inner line ends are not the Enter key.
    const isPaste = pressed.length > 2 && !pressed.includes(bracketedPaste.end);
    const lastText = isPaste ? pressed.findLastIndex((key) => !lineEnds.test(key)) : -1;
    for (const [index, key] of pressed.entries()) {
      if (lineEnds.test(key) && index < lastText) this.#add(key);
      else this.#press(key);
    }
    this.#draw();
  }

  protected end(): void {
    this.emit(undefined);
  }

  #press(key: string): void {
    if (key === bracketedPaste.start) this.#pasting = true;
    else if (key === bracketedPaste.end) this.#pasting = false;
    // Whatever a paste holds is text, for the checks to refuse.
    else if (this.#pasting) this.#add(key);
    else if (key === "\u0003") this.emit(interrupted());
    else if (key === "\u0004" && this.#text === "") this.end();
    else if (key === "\u007f" || key === "\b") this.#text = this.#text.replace(/.$/su, "");
    else if (key === "\u0015") this.#text = "";
    else if (lineEnds.test(key)) this.#enter();
    else if (key >= " ") this.#add(key);
  }

  #add(text: string): void {
    this.#text = (this.#text + text).slice(0, maxPasteLength + 1);
  }

  #enter(): void {
    this.emit(this.#text);
    this.#text = "";
  }

  /** One line of the screen, however narrow that is and whatever the text. */
  #draw(): void {
    // A terminal that does not know its width says 0.
    const width = (this.context.stderr.columns || 80) - 1;
    const { prompt, show } = this.#look;
    const line = prompt + show(this.#text, width - prompt.length);
    this.context.stderr.write(`\r\u001b[K${line.slice(0, width)}`);
  }
}

/** Where a paste leads, in plain ASCII so that nothing in it moves the cursor, and how long it is; never a query or anything else that may be a code. */
function abridge(text: string, width: number): string {
  if (text === "") return "";
  const head = /^https?:[^?#]*[?#]?/i.exec(text.slice(0, width))?.[0] ?? "";
  const count = `… (${text.length} characters)`;
  return head.replace(/[^ -~]/gu, "?").slice(0, Math.max(0, width - count.length)) + count;
}

const addressLook: Look = { prompt: "  > ", show: abridge };

const lineEnds = /^[\r\n]+$/;
/** Paste markers, other escape sequences, line ends, control keys one by one, and runs of plain text. */
const keys =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the keys of a terminal
  /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001bO.|\u001b.?|[\r\n]+|[\u0000-\u001f\u007f]|[^\u0000-\u001f\u007f]+/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const unfinishedKey = /\u001b(\[[0-9;?]*|O)?$/;

function interrupted(): OAuthLabError {
  return new OAuthLabError({ kind: "interrupted", code: "interrupted", message: "Interrupted." });
}
