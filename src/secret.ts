// A string that does not print. Only what goes on the wire, into the store or onto stdout on request calls reveal().
import { inspect } from "node:util";

/** A token, code, verifier or client secret: every way of printing it gives `[secret]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Each call is a place where a secret leaves us. */
  reveal(): string {
    return this.#value;
  }

  /** How many characters it has: fit for display. */
  get length(): number {
    return this.#value.length;
  }

  /** The prefix that tells a token's type (`gho_`) and its last four characters, of a value long enough to stay secret without them. */
  abbreviate(): string {
    const prefix = /^[a-z]{2,7}_/.exec(this.#value)?.[0] ?? "";
    return this.#value.length < 24 ? "…" : `${prefix}…${this.#value.slice(-4)}`;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}
