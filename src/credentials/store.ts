// Where credentials live: one sealed file each, under one lock each.
import type { Context } from "../context.ts";
import type { Secret } from "../secret.ts";
import type { Credential, CredentialKey } from "./credential.ts";
import { FileStore } from "./file-store.ts";
import { openMemoryStore } from "./memory-store.ts";

/** Where secrets rest, for `status` and the line at login. */
export interface Place {
  /** `keychain`: files sealed with a key in the OS keychain; `passphrase`: sealed with OAUTH_LAB_PASSPHRASE; `file`: readable by this user only; `memory`: nothing is kept. */
  readonly protection: "keychain" | "passphrase" | "file" | "memory";
  /** For people: what continues "Stored in ". */
  readonly description: string;
  readonly folder: string;
}

/** A credential as `status` lists it; a file that cannot be read is listed with its failure, never skipped. */
export type Listed =
  | { readonly credential: Credential; readonly protection: Place["protection"] }
  | { readonly file: string; readonly problem: string };

/** All failures are OAuthLabErrors: kind `store`, or `unsafe` for a file that others can write. */
export interface CredentialStore {
  /** Where a save would put a credential now; probes the keychain, so it may take up to 3 s. */
  place(): Promise<Place>;
  /** What the calls so far found and mended, or advise against: a line each, for stderr. */
  readonly warnings: readonly string[];
  read(key: CredentialKey): Promise<Credential | undefined>;
  list(): Promise<Listed[]>;
  /** Proves that a save of this credential would succeed, before a code or a refresh token is spent on it. */
  prepareSave(key: CredentialKey): Promise<void>;
  /** Returns once the credential is durably on disk. */
  save(credential: Credential): Promise<void>;
  /** Deletes it; false where there was none. Leaves no byte of its tokens in the folder. */
  remove(key: CredentialKey): Promise<boolean>;
  /**
   * Runs one at a time for this credential, over all processes of this user. Not to be nested: save and remove take no lock of their own.
   * `adopt` is asked while another holds the lock: what it gives, if anything, is the result, and the work is not done.
   */
  withLock<T>(
    key: CredentialKey,
    work: () => Promise<T>,
    adopt?: () => Promise<T | undefined>,
  ): Promise<T>;
}

/** The store that the configuration asks for. */
export interface StoreOptions {
  readonly folder: string;
  readonly mode: "auto" | "keychain" | "file" | "memory";
  readonly passphrase?: Secret;
}

/** Opens the store that the configuration asks for; touches no file and no keychain before its first call. */
export function openStore(options: StoreOptions, context: Context): CredentialStore {
  return options.mode === "memory" ? openMemoryStore() : new FileStore(options, context);
}
