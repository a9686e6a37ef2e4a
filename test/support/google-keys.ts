// A signing key like Google's, and ID tokens made with it. The key is made once a process: it costs a tenth of a second.
import { constants, generateKeyPairSync, sign } from "node:crypto";

const keyId = "google-test-key-1";
let pair: ReturnType<typeof makePair> | undefined;

function makePair() {
  return generateKeyPairSync("rsa", { modulusLength: 2048 });
}

function keys() {
  pair ??= makePair();
  return pair;
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** The key set that the signature is checked with (RFC 7517). */
export function publicKeys(): { keys: object[] } {
  const jwk = keys().publicKey.export({ format: "jwk" });
  return { keys: [{ ...jwk, kid: keyId, use: "sig", alg: "RS256" }] };
}

/** An ID token with these claims (OpenID Connect Core §2), signed with RS256; `header` changes what its header says, and PS256 there the signature too. */
export function signIdToken(
  claims: object,
  header: { alg?: string; [name: string]: unknown } = {},
) {
  const content = `${encode({ alg: "RS256", kid: keyId, typ: "JWT", ...header })}.${encode(claims)}`;
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const key = { key: keys().privateKey, ...(header.alg === "PS256" && pss) };
  return `${content}.${sign("sha256", Buffer.from(content), key).toString("base64url")}`;
}
