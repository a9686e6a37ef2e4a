// stdin, stdout and stderr of the process. Each is opened only when a run needs it: a stream of Node's loads node:net.
import { fstatSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import type { Input, Output } from "./context.ts";
import { errnoOf } from "./credentials/store-error.ts";
import type { Failure } from "./errors.ts";

/** stdin. Even a look at `process.stdin` would open it. */
export class ProcessInput implements Input {
  readonly #host: NodeJS.Process;
  #opened = false;

  constructor(host: NodeJS.Process) {
    this.#host = host;
  }

  get isTTY(): boolean {
    return isTerminal(0);
  }

  on: Input["on"] = (event, listener) => this.#stream.on(event, listener);
  off: Input["off"] = (event, listener) => this.#stream.off(event, listener);
  pause = () => this.#stream.pause();
  resume = () => this.#stream.resume();
  setRawMode = (raw: boolean) => this.#stream.setRawMode?.(raw);

  /** A prompt that was given up still holds stdin open: lets the process end without it. */
  release(): void {
    if (this.#opened) this.#stream.unref?.();
  }

  get #stream(): NodeJS.ReadStream {
    this.#opened = true;
    return this.#host.stdin;
  }
}

/** So many bytes fit into any new pipe: a token is written at once and waits for no reader. What follows goes through the stream. */
const directBytes = 4096;

/** stdout or stderr. A closed pipe (`| head`) ends the run quietly: whoever read it has what they wanted. */
export class ProcessOutput implements Output {
  readonly #host: NodeJS.Process;
  readonly #descriptor: 1 | 2;
  readonly #onLost: (failure: Failure) => void;
  #bytesLeft = directBytes;
  #terminal: boolean | undefined;
  #stream: NodeJS.WriteStream | undefined;

  /** `onLost` ends the run where a result could not be written. */
  constructor(host: NodeJS.Process, descriptor: 1 | 2, onLost: (failure: Failure) => void) {
    this.#host = host;
    this.#descriptor = descriptor;
    this.#onLost = onLost;
  }

  get isTTY(): boolean {
    this.#terminal ??= isTerminal(this.#descriptor);
    return this.#terminal;
  }

  get columns(): number | undefined {
    return this.isTTY ? this.#openStream().columns : undefined;
  }

  write(text: string): void {
    this.#write(Buffer.from(text));
  }

  /** A reader that is slower than the network must not make us hold what it has not taken. */
  async writeBytes(bytes: Uint8Array): Promise<void> {
    this.#write(bytes);
    const stream = this.#stream;
    if (stream?.writableNeedDrain) await new Promise((resolve) => stream.once("drain", resolve));
  }

  #write(bytes: Uint8Array): void {
    try {
      this.#bytesLeft -= bytes.byteLength;
      const direct = this.#stream === undefined && this.#bytesLeft >= 0 && !this.isTTY;
      const rest = direct ? bytes.subarray(writeDirectly(this.#descriptor, bytes)) : bytes;
      if (rest.byteLength > 0) this.#openStream().write(rest);
    } catch (error) {
      this.#fail(error);
    }
  }

  #openStream(): NodeJS.WriteStream {
    if (this.#stream === undefined) {
      this.#stream = this.#descriptor === 1 ? this.#host.stdout : this.#host.stderr;
      this.#stream.on("error", (error) => this.#fail(error));
    }
    return this.#stream;
  }

  /** A result that was not written must not pass for one that was, nor a failure for a success because nobody listens to it. */
  #fail(error: unknown): void {
    if (this.#descriptor === 2) return;
    const errno = errnoOf(error) ?? "unknown";
    if (errno === "EPIPE") this.#host.exit(0);
    this.#onLost({
      kind: "store",
      code: errno.toLowerCase(),
      message: `The result could not be written to stdout (${errno}).`,
      hint: "Make room where it goes to, and run it again.",
    });
  }
}

/** Only a character device can be a terminal; asking node:tty loads node:net. */
function isTerminal(descriptor: number): boolean {
  return fstatSync(descriptor).isCharacterDevice() && isatty(descriptor);
}

/** How many bytes were taken: not all where a pipe that does not wait is full. */
function writeDirectly(descriptor: number, bytes: Uint8Array): number {
  let written = 0;
  try {
    while (written < bytes.byteLength) written += writeSync(descriptor, bytes, written);
  } catch (error) {
    if (errnoOf(error) !== "EAGAIN") throw error;
  }
  return written;
}
