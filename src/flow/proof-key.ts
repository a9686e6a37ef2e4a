// The key that sender-constrained tokens are bound to (RFC 9449): made for one login, and kept with its tokens.
import type { JsonWebKey } from "node:crypto";
import * as oidc from "openid-client";
import { OAuthLabError } from "../errors.ts";
import { Secret } from "../secret.ts";

/** Every server that offers DPoP takes it, and its keys and proofs are short. */
const algorithm = "ES256";
const curve = { name: "ECDSA", namedCurve: "P-256" };

/** A key pair that proofs are made with. */
export interface ProofKey {
  /** Makes the proofs, and remembers the nonces that the servers hand out (RFC 9449 §8). */
  readonly handle: oidc.DPoPHandle;
  /** As a JWK. */
  readonly privateKey: Secret;
}

/** A new key. Throws `usage` where the server does not offer tokens that are bound to one. */
export async function makeProofKey(config: oidc.Configuration): Promise<ProofKey> {
  const { dpop_signing_alg_values_supported: offered } = config.serverMetadata();
  if (!offered?.includes(algorithm)) throw notOffered(offered !== undefined);
  const pair = await oidc.randomDPoPKeyPair(algorithm, { extractable: true });
  const jwk = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const privateKey = new Secret(JSON.stringify(jwk));
  return { handle: oidc.getDPoPHandle(config, pair), privateKey };
}

/** The key of earlier tokens. Throws `store` for what is none. */
export async function openProofKey(
  config: oidc.Configuration,
  privateKey: Secret,
): Promise<ProofKey> {
  const pair = await importPair(privateKey);
  return { handle: oidc.getDPoPHandle(config, pair), privateKey };
}

async function importPair(privateKey: Secret): Promise<oidc.CryptoKeyPair> {
  try {
    const {
      kty = "",
      crv = "",
      x = "",
      y = "",
      d = "",
    } = JSON.parse(privateKey.reveal()) as JsonWebKey;
    const shape = { kty, crv, x, y };
    const { subtle } = crypto;
    return {
      privateKey: await subtle.importKey("jwk", { ...shape, d }, curve, false, ["sign"]),
      publicKey: await subtle.importKey("jwk", shape, curve, true, ["verify"]),
    };
  } catch {
    throw new OAuthLabError({
      kind: "store",
      code: "proof_key_unusable",
      message: "The key that the stored tokens are bound to cannot be read.",
      hint: "Sign in again with `oauth-lab login --dpop`.",
    });
  }
}

function notOffered(otherwise: boolean): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "dpop_unsupported",
    message: otherwise
      ? `The server offers DPoP, but not with ${algorithm}.`
      : "The server does not offer tokens that are bound to a key (DPoP, RFC 9449).",
    hint: "Sign in without --dpop.",
  });
}
