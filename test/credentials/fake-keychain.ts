// A keychain in memory, which can be taken away, locked, or made to answer late.
import type { Keychain } from "../../src/context.ts";
import { keychainUnavailable } from "../../src/credentials/keychain-key.ts";

export class FakeKeychain implements Keychain {
  readonly label = "Secret Service";
  readonly values = new Map<string, string>();
  /** `locked` refuses everything, `late` stores what it is given after it has reported a time-out, `forgetful` keeps nothing. */
  mood: "good" | "locked" | "late" | "forgetful" = "good";
  readonly calls: string[] = [];

  async read(account: string): Promise<string | undefined> {
    this.#begin(`read ${account}`);
    return this.values.get(account);
  }

  async write(account: string, value: string): Promise<void> {
    this.#begin(`write ${account}`);
    if (this.mood !== "forgetful") this.values.set(account, value);
    if (this.mood === "late") throw keychainUnavailable("it did not answer in time");
  }

  async remove(account: string): Promise<void> {
    this.#begin(`remove ${account}`);
    this.values.delete(account);
  }

  #begin(call: string): void {
    this.calls.push(call);
    if (this.mood === "locked") throw keychainUnavailable("it is locked");
  }
}
