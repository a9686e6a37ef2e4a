// Credentials that can be told apart: whether one was read whole, and which one it is.
import type { Credential } from "../../src/credentials/credential.ts";
import { Secret } from "../../src/secret.ts";

/** A credential whose tokens all carry the number; the refresh token is long, so that a mix of two would show. */
export function numberedCredential(number: number): Credential {
  return {
    provider: "torture",
    profile: "default",
    binding: {
      issuer: "https://issuer.example",
      tokenEndpoint: "https://issuer.example/token",
      clientId: "client",
      origins: ["https://issuer.example"],
    },
    accessToken: new Secret(`access-${number}`),
    tokenType: "bearer",
    obtainedAt: number,
    refreshToken: new Secret(`refresh-${number}-`.repeat(500)),
    requestedScopes: [],
    grantedScopes: [],
    idToken: new Secret(`id-${number}`),
    grant: "authorization_code",
  };
}

/** The number of a credential that was read; throws where its parts come from different ones. */
export function numberOf(credential: Credential): number {
  const number = credential.obtainedAt;
  const due = numberedCredential(number);
  const isWhole =
    credential.accessToken.reveal() === due.accessToken.reveal() &&
    credential.refreshToken?.reveal() === due.refreshToken?.reveal() &&
    credential.idToken?.reveal() === due.idToken?.reveal();
  if (!isWhole) throw new Error(`a mix of credentials, one of them ${number}`);
  return number;
}
