// What openid-client leaves open about ID tokens (OIDC Core §3.1.3.7 and §12.2). Pure.
import { createHash } from "node:crypto";
import type { Credential } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import type { Secret } from "../secret.ts";

/** Signature algorithms that we accept, the first that a server offers is pinned; never `none`, never a shared-secret one. */
const algorithms = [
  "RS256",
  "ES256",
  "PS256",
  "EdDSA",
  "Ed25519",
  "ES384",
  "ES512",
  "RS384",
  "RS512",
];
const maxAgeSeconds = 600;

/** The claims that the checks read. */
export interface IdTokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string | readonly string[];
  readonly iat: number;
}

/** The one algorithm to accept: RS256 unless the server's list has only others (OIDC Core §3.1.3.7 (7)). */
export function pinnedAlgorithm(offered: unknown): string {
  if (!Array.isArray(offered)) return "RS256";
  return algorithms.find((algorithm) => offered.includes(algorithm)) ?? "RS256";
}

/** A login's ID token is new and names a subject of at most 255 ASCII characters (OIDC Core §2). Throws `unsafe`. */
export function checkLoginIdToken(claims: IdTokenClaims, now: number): void {
  if (!/^[\u0020-\u007e]{1,255}$/.test(claims.sub))
    throw invalid("its subject is not a subject identifier");
  if (Math.abs(now / 1000 - claims.iat) > maxAgeSeconds) {
    throw invalid("it was issued more than ten minutes from now: check this machine's clock");
  }
}

/** A refreshed ID token belongs to the same issuer, subject and audience as before (OIDC Core §12.2). Throws `unsafe`. */
export function checkRefreshedIdToken(
  claims: IdTokenClaims | undefined,
  credential: Credential,
): void {
  if (claims === undefined) return;
  const audience = [claims.aud].flat();
  if (
    claims.iss !== credential.binding.issuer ||
    !audience.includes(credential.binding.clientId) ||
    (credential.idToken !== undefined && claims.sub !== credential.subject)
  ) {
    throw invalid("it belongs to another issuer, subject or client than the login's");
  }
}

/** An `at_hash` is the left half of the access token's hash (OIDC Core §3.1.3.6). Throws `unsafe` for another. */
export function checkAccessTokenHash(
  claims: Readonly<Record<string, unknown>>,
  { accessToken, algorithm }: { readonly accessToken: Secret; readonly algorithm: string },
): void {
  if (claims.at_hash === undefined) return;
  const bits = algorithm.startsWith("Ed") ? 512 : algorithm.slice(-3); // RFC 8032 §5.1
  const hash = createHash(`sha${bits}`).update(accessToken.reveal()).digest();
  if (claims.at_hash !== hash.subarray(0, hash.length / 2).toString("base64url")) {
    throw invalid("it was made for another access token (at_hash)");
  }
}

function invalid(problem: string): OAuthLabError {
  return new OAuthLabError({
    kind: "unsafe",
    code: "id_token_invalid",
    message: `The ID token was refused: ${problem}.`,
    hint: "Nothing of it was used. Sign in again with `oauth-lab login`.",
  });
}
