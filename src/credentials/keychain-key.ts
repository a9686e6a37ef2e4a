// The one key that the keychain holds for us. Finds it, or makes it, once for all processes.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Keychain } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { keychainKey, type SealingKey } from "./encryption.ts";
import { acquireLock, type LockOptions } from "./lock.ts";

const keyAccount = "store-key";
const probeAccount = "probe";

/** The key, or undefined where the keychain works but holds none yet. Throws an OAuthLabError where it does not answer. */
export async function findKeychainKey(keychain: Keychain): Promise<SealingKey | undefined> {
  const value = await keychain.read(keyAccount);
  if (value === undefined) return undefined;
  const bytes = Buffer.from(value, "base64url");
  if (bytes.byteLength !== 32) throw keychainUnavailable(`${keychain.label} holds a damaged key`);
  return keychainKey(bytes);
}

/** Proves with a value of no worth that the keychain keeps what it is given: one that asks the user, or writes after its time-out, is found out before a key is trusted to it. */
export async function probeKeychain(keychain: Keychain): Promise<void> {
  const value = randomBytes(8).toString("hex");
  await keychain.write(probeAccount, value);
  const kept = await keychain.read(probeAccount);
  await keychain.remove(probeAccount);
  // Another process may be probing too: any value of that form proves the same.
  if (kept === undefined)
    throw keychainUnavailable(`${keychain.label} does not keep what it is given`);
}

/** Makes the key, unless another process was faster: one at a time for the store in that folder. */
export async function makeKeychainKey(
  keychain: Keychain,
  { folder, ...options }: LockOptions,
): Promise<SealingKey> {
  const release = await acquireLock({ ...options, folder: join(folder, "keychain.lock") });
  try {
    const present = await findKeychainKey(keychain);
    if (present !== undefined) return present;
    await probeKeychain(keychain);
    await keychain.write(keyAccount, randomBytes(32).toString("base64url"));
    const made = await findKeychainKey(keychain);
    if (made === undefined) throw keychainUnavailable(`${keychain.label} did not keep the key`);
    return made;
  } finally {
    await release();
  }
}

/** The refusal when the keychain is needed and not to be had: it names the choices. */
export function keychainUnavailable(why: string): OAuthLabError {
  return new OAuthLabError({
    kind: "store",
    code: "keychain_unavailable",
    message: `The system keychain cannot be used: ${why}.`,
    hint: "Unlock it and try again, or choose another place with OAUTH_LAB_STORE=file and log in again.",
  });
}
