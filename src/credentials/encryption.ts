// Seals a credential with AES-256-GCM. The envelope shows whom the credential is for, and cannot be moved to anyone else.
import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from "node:crypto";
import { OAuthLabError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import type { Credential } from "./credential.ts";
import {
  type Fields,
  formatHeader,
  formatRecord,
  type Header,
  parseStored,
  RecordError,
  readHeader,
  readRecord,
  recordVersion,
  type Seal,
} from "./record.ts";

/** The cost of one guess at a passphrase: 128 MiB and about half a second (RFC 7914, r = 8, p = 1). */
const scryptCost = 2 ** 17;
/** A file must not be able to ask for more memory than this cost takes (256 MiB). */
const highestScryptCost = 2 ** 18;

/** A key, and what names it in the files that it seals. */
export interface SealingKey {
  readonly seal: Seal;
  readonly bytes: Buffer;
  /** Tells a wrong key from a changed file; gives away nothing of the key. */
  readonly id: string;
  readonly derivation?: Derivation;
}

/** How a key was made from a passphrase. */
export interface Derivation {
  readonly cost: number;
  readonly salt: string;
}

/** The key of 32 bytes that the keychain holds. */
export function keychainKey(bytes: Buffer): SealingKey {
  const id = createHash("sha256").update("oauth-lab key id\0").update(bytes).digest("hex");
  return { seal: "keychain", bytes, id: id.slice(0, 16) };
}

/** A new salt, at the cost that we find right today. */
export function newDerivation(): Derivation {
  return { cost: scryptCost, salt: randomBytes(16).toString("base64url") };
}

/** Makes a key from a passphrase: takes half a second and 128 MiB. */
export async function passphraseKey(
  passphrase: Secret,
  derivation: Derivation,
): Promise<SealingKey> {
  const { cost, salt } = derivation;
  const options = { N: cost, r: 8, p: 1, maxmem: 2 * 128 * 8 * cost };
  // One person types an accented letter as one character, another's keyboard as two.
  const normal = passphrase.reveal().normalize("NFKC");
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    scrypt(normal, Buffer.from(salt, "base64url"), 40, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
  return {
    seal: "passphrase",
    bytes: bytes.subarray(0, 32),
    id: bytes.subarray(32).toString("hex"),
    derivation,
  };
}

/** The derivation that a sealed file names. Throws a RecordError for one that is not of our making. */
export function readDerivation(fields: Fields): Derivation {
  const cost = fields.number("scrypt_cost");
  if (cost < 2 ** 14 || cost > highestScryptCost || !Number.isInteger(Math.log2(cost))) {
    throw new RecordError("corrupt", "its scrypt_cost is out of range");
  }
  return { cost, salt: fields.string("scrypt_salt") };
}

/** The text of a sealed file. */
export function sealCredential(credential: Credential, key: SealingKey): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key.bytes, nonce);
  cipher.setAAD(additionalData(key.seal, credential));
  const ciphertext = Buffer.concat([cipher.update(formatRecord(credential)), cipher.final()]);
  return `${JSON.stringify({
    version: recordVersion,
    sealed: key.seal,
    ...formatHeader(credential),
    key_id: key.id,
    scrypt_cost: key.derivation?.cost,
    scrypt_salt: key.derivation?.salt,
    nonce: nonce.toString("base64url"),
    ciphertext: ciphertext.toString("base64url"),
    tag: cipher.getAuthTag().toString("base64url"),
  })}\n`;
}

/** The credential in a sealed file whose `key_id` is this key's. Throws an OAuthLabError of kind `unsafe` where anything of the file was changed. */
export function unsealCredential(fields: Fields, key: SealingKey): Credential {
  const header = readHeader(fields);
  const nonce = fields.bytes("nonce");
  const ciphertext = fields.bytes("ciphertext");
  const tag = fields.bytes("tag");
  try {
    const decipher = createDecipheriv("aes-256-gcm", key.bytes, nonce, { authTagLength: 16 });
    decipher.setAAD(additionalData(key.seal, header));
    decipher.setAuthTag(tag);
    const text = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
    return readRecord(parseStored(text));
  } catch (error) {
    throw error instanceof RecordError ? error : tampered();
  }
}

/** What stands in clear and must not change. */
function additionalData(seal: Seal, header: Header): Buffer {
  return Buffer.from(JSON.stringify([recordVersion, seal, formatHeader(header)]));
}

function tampered(): OAuthLabError {
  return new OAuthLabError({
    kind: "unsafe",
    code: "store_tampered",
    message: "A sealed credential does not open: its file was changed after it was saved.",
    hint: "Find out by whom; then delete it with oauth-lab logout --local and log in again.",
  });
}
