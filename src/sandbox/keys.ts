// The sandbox's own keys: one to sign ID tokens, one to sign cookies.
import { createPrivateKey, generateKeyPair, type JsonWebKey, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import type { JWK } from "oidc-provider";

/** All that must stay the same for cookies and ID tokens to stay verifiable. */
export interface SandboxKeys {
  /** A private RSA key: RS256 is what every OpenID client verifies without being told (OpenID Connect Discovery §3). */
  readonly signingKey: JWK;
  readonly cookieKey: string;
}

/** New keys. RSA takes some 200 ms, on a thread of its own. */
export async function generateKeys(): Promise<SandboxKeys> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  return {
    signingKey: { ...(privateKey.export({ format: "jwk" }) as JWK), alg: "RS256", use: "sig" },
    cookieKey: randomBytes(32).toString("base64url"),
  };
}

let keysOfThisProcess: Promise<SandboxKeys> | undefined;

/** The keys of every sandbox in this process that keeps nothing: a suite that starts a hundred of them makes one RSA key. */
export function passingKeys(): Promise<SandboxKeys> {
  keysOfThisProcess ??= generateKeys();
  return keysOfThisProcess;
}

/** Whether this, read from a file, is a pair of usable keys. */
export function areKeys(value: unknown): value is SandboxKeys {
  if (typeof value !== "object" || value === null) return false;
  const { signingKey, cookieKey } = value as Partial<Record<keyof SandboxKeys, unknown>>;
  return typeof cookieKey === "string" && cookieKey.length >= 43 && isSigningKey(signingKey);
}

function isSigningKey(jwk: unknown): boolean {
  try {
    const key = createPrivateKey({ key: jwk as JsonWebKey, format: "jwk" });
    return key.asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}
