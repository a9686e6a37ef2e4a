// The client credentials grant (RFC 6749 §4.4): the client's own token, without a user. It is renewed by asking again.
import * as oidc from "openid-client";
import { OAuthLabError } from "../errors.ts";
import type { OAuthClient } from "./client.ts";
import { translateError } from "./library-errors.ts";
import { readTokenAnswer, type TokenSet } from "./tokens.ts";
import { proofOf } from "./wire.ts";

/** A token for the client itself. A refresh token in the answer is left out: there should be none (RFC 6749 §4.4.3). Throws `usage` for a public client. */
export async function requestClientCredentials(
  { wire }: OAuthClient,
  scopes: readonly string[],
): Promise<TokenSet> {
  const { config, registration, provider, proofKey } = wire;
  const { clientSecret, privateKeyFile } = registration;
  if (clientSecret === undefined && privateKeyFile === undefined) throw publicClient();
  try {
    const parameters = scopes.length > 0 ? { scope: scopes.join(" ") } : {};
    const answer = await oidc.clientCredentialsGrant(config, parameters, proofOf(wire));
    const {
      accessToken,
      tokenType,
      expiresInSeconds,
      scopes: granted,
    } = readTokenAnswer(answer, { bound: proofKey !== undefined });
    return {
      accessToken,
      tokenType,
      ...(expiresInSeconds !== undefined && { expiresInSeconds }),
      ...(granted && { scopes: granted }),
    };
  } catch (error) {
    throw translateError(error, { step: "client-credentials", provider: provider.name });
  }
}

function publicClient(): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "client_secret_needed",
    message: "A client without a secret or a key has no credentials of its own to sign in with.",
    hint: "Set <NAME>_CLIENT_SECRET or <NAME>_PRIVATE_KEY_FILE, or sign in as a user.",
  });
}
