// Takes a stored ID token apart and checks its signature against the provider's keys of today (RFC 7515 §5.2). "Decoded" is never called "verified".
import { constants, createPublicKey, type JsonWebKey, verify } from "node:crypto";
import type { Secret } from "../secret.ts";
import type { OAuthClient } from "./client.ts";
import { pinnedAlgorithm } from "./id-token.ts";
import { unanswered } from "./unanswered.ts";

/** What stands in an ID token, and whether its signature proves that the provider wrote it. */
export interface IdTokenInspection {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** `decoded`: nothing proves who wrote it; `problem` says why. */
  readonly signature:
    | { readonly state: "verified" }
    | { readonly state: "decoded"; readonly problem: string };
}

const mostKeys = 100;
const noKeys = "The provider's keys are at the address that its metadata names as jwks_uri.";

/** Undefined for what is no signed JWT. Failures to reach the keys are thrown. */
export async function inspectIdToken(
  { wire }: OAuthClient,
  idToken: Secret,
): Promise<IdTokenInspection | undefined> {
  const parts = idToken.reveal().split(".");
  const [header, claims] = parts.slice(0, 2).map(decodePart);
  if (parts.length !== 3 || header === undefined || claims === undefined) return undefined;
  const metadata = wire.config.serverMetadata();
  const { issuer, jwks_uri: keysAddress } = metadata;
  const decoded = (problem: string): IdTokenInspection => ({
    header,
    claims,
    signature: { state: "decoded", problem },
  });
  if (claims.iss !== issuer) return decoded("it names another issuer");
  if (![claims.aud].flat().includes(wire.registration.clientId))
    return decoded("it was issued to another client");
  if (keysAddress === undefined) return decoded("the provider publishes no keys");
  const algorithm = pinnedAlgorithm(metadata.id_token_signing_alg_values_supported);
  if (header.alg !== algorithm) return decoded(`it is not signed with ${algorithm}`);
  const response = await wire.fetch(keysAddress);
  if (!response.ok) throw unanswered(response.status, { url: keysAddress, hint: noKeys });
  const keys = candidateKeys(await response.json().catch(() => ({})), header.kid);
  if (keys.length === 0) return decoded("the provider no longer publishes the key it names");
  const [signed, signature = ""] = [parts.slice(0, 2).join("."), parts[2]];
  const proven = keys.some((key) => isSignedBy(key, { algorithm, signed, signature }));
  return proven
    ? { header, claims, signature: { state: "verified" } }
    : decoded("its signature is not the provider's");
}

function decodePart(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function candidateKeys(document: unknown, keyId: unknown): JsonWebKey[] {
  const { keys } = (document ?? {}) as { keys?: unknown };
  if (!Array.isArray(keys)) return [];
  return keys
    .slice(0, mostKeys)
    .filter((key) => (keyId === undefined || key?.kid === keyId) && key?.use !== "enc");
}

function isSignedBy(
  key: JsonWebKey,
  token: { readonly algorithm: string; readonly signed: string; readonly signature: string },
): boolean {
  const { algorithm, signed, signature } = token;
  const family = algorithm.slice(0, 2);
  const hash = family === "Ed" ? null : `sha${algorithm.slice(2)}`;
  try {
    const options = {
      key: createPublicKey({ key, format: "jwk" }),
      ...(family === "PS" && {
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      }),
      ...(family === "ES" && { dsaEncoding: "ieee-p1363" as const }),
    };
    return (
      keyTypes[family] === key.kty &&
      verify(hash, Buffer.from(signed), options, Buffer.from(signature, "base64url"))
    );
  } catch {
    return false;
  }
}

/** The key type that each family of algorithms takes (RFC 7518 §3.1, RFC 8037 §3.1). */
const keyTypes: Readonly<Record<string, string>> = { RS: "RSA", PS: "RSA", ES: "EC", Ed: "OKP" };
