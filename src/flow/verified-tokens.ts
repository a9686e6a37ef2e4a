// Which of an answer's tokens are kept: an ID token only where its signature could be checked and every claim holds.
import type * as oidc from "openid-client";
import type { Credential } from "../credentials/credential.ts";
import {
  checkAccessTokenHash,
  checkLoginIdToken,
  checkRefreshedIdToken,
  pinnedAlgorithm,
} from "./id-token.ts";
import { readTokenAnswer, type TokenSet } from "./tokens.ts";
import type { Wire } from "./wire.ts";

type Answer = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;

/** A login's tokens, and whose they are where a verified ID token says so. Throws `unsafe` for one that does not hold. */
export function readLoginTokens(answer: Answer, wire: Wire): TokenSet {
  const { tokens, claims } = readVerified(answer, wire);
  if (claims === undefined) return tokens;
  checkLoginIdToken(claims, wire.context.clock.now());
  return { ...tokens, subject: claims.sub };
}

/** A refresh's tokens. Throws `unsafe` for an ID token that is not the login's successor. */
export function readRefreshedTokens(
  answer: Answer,
  { wire, credential }: { wire: Wire; credential: Credential },
): TokenSet {
  const { tokens, claims } = readVerified(answer, wire);
  checkRefreshedIdToken(claims, credential);
  return tokens;
}

/** openid-client has checked signature and claims, the first only where there are keys: without them an ID token proves nothing. */
function readVerified(
  answer: Answer,
  { config, proofKey }: Wire,
): { tokens: TokenSet; claims: oidc.IDToken | undefined } {
  const { jwks_uri: keys, id_token_signing_alg_values_supported: offered } =
    config.serverMetadata();
  const { idToken, ...tokens } = readTokenAnswer(answer, { bound: proofKey !== undefined });
  const claims = keys === undefined ? undefined : answer.claims();
  if (idToken === undefined || claims === undefined) return { tokens, claims: undefined };
  checkAccessTokenHash(claims, {
    accessToken: tokens.accessToken,
    algorithm: pinnedAlgorithm(offered),
  });
  return { tokens: { ...tokens, idToken }, claims };
}
