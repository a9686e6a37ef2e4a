// Decides what a credential is sealed with when it is saved, and finds the key that opens it again. Reading follows the
// file, saving the configuration; protection is never lowered without a word of the user's.
import type { Context, Keychain } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import type { Credential } from "./credential.ts";
import {
  type Derivation,
  newDerivation,
  passphraseKey,
  readDerivation,
  type SealingKey,
  sealCredential,
  unsealCredential,
} from "./encryption.ts";
import {
  findKeychainKey,
  keychainUnavailable,
  makeKeychainKey,
  probeKeychain,
} from "./keychain-key.ts";
import { type Fields, formatRecord, type Seal, seals } from "./record.ts";
import type { Place, StoreOptions } from "./store.ts";

/** What protects a credential that is saved now; where `auto` did without the keychain, why. */
type Choice =
  | { readonly protection: "keychain"; readonly keychain: Keychain }
  | { readonly protection: "passphrase" | "file"; readonly failure?: OAuthLabError };

/** Seals and unseals for one store. Keys are made once and kept for the life of the process. */
export class Sealing {
  readonly #options: StoreOptions;
  readonly #context: Context;
  #choice: Promise<Choice> | undefined;
  #keychainKey: SealingKey | undefined;
  /** A passphrase's key that a file has proved right, or that made one. */
  #passphraseKey: SealingKey | undefined;
  readonly #derived = new Map<string, Promise<SealingKey>>();

  constructor(options: StoreOptions, context: Context) {
    this.#options = options;
    this.#context = context;
  }

  /** What a save would do now. Throws an OAuthLabError where the configuration wants a keychain that does not answer. */
  async describe(): Promise<Pick<Place, "protection" | "description">> {
    const choice = await this.#choose();
    const description = {
      keychain: () =>
        `a file sealed with a key in the ${"keychain" in choice && choice.keychain.label}`,
      passphrase: () => "a file sealed with OAUTH_LAB_PASSPHRASE",
      file: () => "a file that only your user can read",
    }[choice.protection]();
    return { protection: choice.protection, description };
  }

  /** Gets the key ready that a save needs. `present` is the seal of the file to be replaced: a save that would lower it is refused. */
  async prepare(present: Seal | undefined): Promise<SealingKey | undefined> {
    const choice = await this.#choose();
    if (choice.protection === "keychain") {
      this.#keychainKey ??= await makeKeychainKey(choice.keychain, this.#makerOptions());
      return this.#keychainKey;
    }
    if (present === "keychain" && this.#options.mode === "auto") {
      throw choice.failure ?? keychainUnavailable("it is gone");
    }
    if (choice.protection === "passphrase") {
      this.#passphraseKey ??= await this.#derive(this.#requirePassphrase(), newDerivation());
      return this.#passphraseKey;
    }
    if (present === "passphrase") throw passphraseMissing();
    return undefined;
  }

  /** The text of the file to save. */
  async seal(credential: Credential, present: Seal | undefined): Promise<string> {
    const key = await this.prepare(present);
    return key === undefined ? formatRecord(credential) : sealCredential(credential, key);
  }

  /** The credential in a sealed file. Throws a RecordError, or an OAuthLabError that names the key that is missing or wrong. */
  async unseal(fields: Fields): Promise<Credential> {
    const seal = fields.oneOf("sealed", seals);
    const keyId = fields.string("key_id");
    if (seal === "keychain") {
      const key = await this.#findKeychainKey();
      if (key?.id !== keyId) throw keychainUnavailable("it no longer holds the key that was used");
      return unsealCredential(fields, key);
    }
    const key = await this.#derive(this.#requirePassphrase(), readDerivation(fields));
    if (key.id !== keyId) throw passphraseWrong();
    this.#passphraseKey ??= key;
    return unsealCredential(fields, key);
  }

  #choose(): Promise<Choice> {
    this.#choice ??= this.#makeChoice();
    return this.#choice;
  }

  async #makeChoice(): Promise<Choice> {
    const { mode, passphrase } = this.#options;
    const fallback = passphrase === undefined ? "file" : "passphrase";
    if (mode === "file") return { protection: fallback };
    try {
      const keychain = await this.#openKeychain();
      this.#keychainKey ??= await findKeychainKey(keychain);
      if (this.#keychainKey === undefined) await probeKeychain(keychain);
      return { protection: "keychain", keychain };
    } catch (error) {
      if (mode === "keychain" || !(error instanceof OAuthLabError)) throw error;
      return { protection: fallback, failure: error };
    }
  }

  async #openKeychain(): Promise<Keychain> {
    const keychain = await this.#context.openKeychain();
    if (keychain === undefined) throw keychainUnavailable("this system has none");
    return keychain;
  }

  async #findKeychainKey(): Promise<SealingKey | undefined> {
    this.#keychainKey ??= await findKeychainKey(await this.#openKeychain());
    return this.#keychainKey;
  }

  /** Half a second each: never twice for the same salt. */
  #derive(passphrase: Secret, derivation: Derivation): Promise<SealingKey> {
    const name = `${derivation.cost} ${derivation.salt}`;
    const made = this.#derived.get(name) ?? passphraseKey(passphrase, derivation);
    this.#derived.set(name, made);
    return made;
  }

  #requirePassphrase(): Secret {
    if (this.#options.passphrase === undefined) throw passphraseMissing();
    return this.#options.passphrase;
  }

  #makerOptions() {
    return { ...this.#context, folder: this.#options.folder };
  }
}

function passphraseMissing(): OAuthLabError {
  return new OAuthLabError({
    kind: "store",
    code: "passphrase_missing",
    message: "The stored credential is sealed with a passphrase, and none is given.",
    hint: "Set OAUTH_LAB_PASSPHRASE, or delete it with oauth-lab logout --local and log in again.",
  });
}

function passphraseWrong(): OAuthLabError {
  return new OAuthLabError({
    kind: "store",
    code: "passphrase_wrong",
    message: "The passphrase does not open the stored credential.",
    hint: "Correct OAUTH_LAB_PASSPHRASE, or delete it with oauth-lab logout --local and log in again.",
  });
}
