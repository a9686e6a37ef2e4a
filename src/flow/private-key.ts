// The client's private key (RFC 7523 §2.2): a file that nobody else may read or change, a PEM or a JWK. What stands in it is never quoted.
import { createPrivateKey, type KeyObject, type webcrypto } from "node:crypto";
import { constants, type Stats } from "node:fs";
import type { Context } from "../context.ts";
import { readAtMost } from "../credentials/private-file.ts";
import { errnoOf } from "../credentials/store-error.ts";
import { namesStdin } from "../env-file.ts";
import { OAuthLabError } from "../errors.ts";
import { sanitise } from "../terminal/sanitise.ts";

/** A key that signs by one algorithm (RFC 7518 §3.1), and the name that the server may know it under. */
interface SigningKey {
  readonly key: webcrypto.CryptoKey;
  readonly keyId?: string;
}

/** The most that is read of the file. */
const maxBytes = 16 * 1024;
/** RFC 7518 §3.3. */
const shortestModulusBits = 2048;

/** Reads the key. `offered` is the server's list of algorithms, where it has one. Throws `unsafe` for a file that others may read or change, `usage` for what is no such key. */
export async function readPrivateKey(
  { path, offered }: { readonly path: string; readonly offered: readonly string[] | undefined },
  context: Context,
): Promise<SigningKey> {
  const text = await readKeyFile(path, context);
  const parsed = parseKey(text, path);
  const algorithm = chooseAlgorithm(parsed, { path, offered });
  const { kty, n, e, d, p, q, dp, dq, qi, crv, x, y } = parsed.key.export({ format: "jwk" });
  const members = Object.entries({ kty, n, e, d, p, q, dp, dq, qi, crv, x, y });
  const jwk = Object.fromEntries(members.filter(([, value]) => value !== undefined));
  const key = await crypto.subtle.importKey("jwk", jwk, webCryptoName(algorithm), false, ["sign"]);
  return { key, ...(parsed.keyId !== undefined && { keyId: parsed.keyId }) };
}

// A pipe in the file's place would keep us waiting for its writer; Windows has no such flag.
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

async function readKeyFile(path: string, { files, userId }: Context): Promise<string> {
  if (namesStdin(path)) throw unusable(path, "is stdin, where what a command asks for is read");
  try {
    const handle = await files.open(path, flags);
    try {
      const stats = await handle.stat();
      const problem = problemOf(stats, userId);
      if (problem !== undefined) throw unsafeFile(path, problem);
      // It may have grown since.
      const { size } = stats;
      return (await readAtMost(handle, { size, limit: maxBytes })).toString("utf8");
    } finally {
      await handle.close();
    }
  } catch (error) {
    const errno = errnoOf(error);
    throw errno === undefined ? error : unusable(path, `cannot be read (${errno})`);
  }
}

/** A key of root's, as containers mount it, may be readable by the group: else no program could use it. */
function problemOf(stats: Stats, userId: number | undefined): string | undefined {
  if (!stats.isFile()) return "is not a file";
  if (stats.size > maxBytes) return "is larger than 16 KiB";
  if (userId === undefined) return undefined;
  if (stats.uid !== userId && stats.uid !== 0) return "belongs to another user";
  if ((stats.mode & 0o022) !== 0) return "can be changed by other users";
  const readable = (stats.mode & 0o077) !== 0;
  return readable && stats.uid === userId ? "can be read by other users" : undefined;
}

interface ParsedKey {
  readonly key: KeyObject;
  readonly keyId?: string;
  /** The algorithm that a JWK says it is for. */
  readonly algorithm?: string;
}

function parseKey(text: string, path: string): ParsedKey {
  if (/ENCRYPTED/.test(text.slice(0, 200))) throw unusable(path, "is encrypted");
  try {
    if (!text.trimStart().startsWith("{")) return { key: createPrivateKey(text) };
    const jwk = JSON.parse(text);
    return {
      key: createPrivateKey({ key: jwk, format: "jwk" }),
      ...(typeof jwk.kid === "string" && { keyId: jwk.kid }),
      ...(typeof jwk.alg === "string" && { algorithm: jwk.alg }),
    };
  } catch {
    throw unusable(path, "is neither a private key in PEM nor one as a JWK");
  }
}

/** What the key says it is for, else the first that the server offers: RS256 before PS256, for EC keys their curve's. */
function chooseAlgorithm(
  { key, algorithm }: ParsedKey,
  { path, offered }: { path: string; offered: readonly string[] | undefined },
): string {
  const able = algorithmsOf(key).filter((name) => algorithm === undefined || name === algorithm);
  if (able.length === 0) {
    throw unusable(
      path,
      "is neither an RSA key of 2048 bits or more nor one on P-256, P-384 or P-521",
    );
  }
  const chosen = able.find((name) => offered === undefined || offered.includes(name));
  if (chosen !== undefined) return chosen;
  throw unusable(path, `signs by ${able.join(", ")}, and the server takes none of them`);
}

const curves: Readonly<Record<string, string>> = {
  prime256v1: "ES256",
  secp384r1: "ES384",
  secp521r1: "ES512",
};

function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails = {} }: KeyObject): string[] {
  const { namedCurve = "", modulusLength = 0 } = asymmetricKeyDetails;
  if (asymmetricKeyType === "ec") return [curves[namedCurve] ?? []].flat();
  return asymmetricKeyType === "rsa" && modulusLength >= shortestModulusBits
    ? ["RS256", "PS256", "RS384", "PS384", "RS512", "PS512"]
    : [];
}

function webCryptoName(algorithm: string): { name: string; hash?: string; namedCurve?: string } {
  const bits = algorithm.slice(2);
  if (algorithm.startsWith("ES"))
    return { name: "ECDSA", namedCurve: `P-${bits === "512" ? "521" : bits}` };
  const name = algorithm.startsWith("PS") ? "RSA-PSS" : "RSASSA-PKCS1-v1_5";
  return { name, hash: `SHA-${bits}` };
}

function unusable(path: string, problem: string): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "private_key_unusable",
    message: `The private key ${sanitise(path, 400)} cannot be used: it ${problem}.`,
    hint: "Give <NAME>_PRIVATE_KEY_FILE the path of a PEM or JWK file with the key whose public half is registered.",
  });
}

function unsafeFile(path: string, problem: string): OAuthLabError {
  return new OAuthLabError({
    kind: "unsafe",
    code: "private_key_exposed",
    message: `The private key ${sanitise(path, 400)} was not read: it ${problem}.`,
    hint: "Keep it in a file of your own that nobody else may read: chmod 600.",
  });
}
