// A credential whose every field is set; each token is a string of its own.
import type { Credential } from "../../src/credentials/credential.ts";
import { Secret } from "../../src/secret.ts";

/** A credential; `mark` stands in each of its tokens, so that two can be told apart. */
export function sampleCredential(mark = "one", changes: Partial<Credential> = {}): Credential {
  return {
    provider: "google",
    profile: "default",
    binding: {
      issuer: "https://accounts.example",
      tokenEndpoint: "https://accounts.example/token",
      clientId: "client-1",
      origins: ["https://accounts.example", "https://api.example"],
    },
    accessToken: new Secret(`access-token-${mark}-4b1d0f6e`),
    tokenType: "bearer",
    obtainedAt: 1_700_000_000_000,
    expiresAt: 1_700_003_600_000,
    refreshToken: new Secret(`refresh-token-${mark}-93ac77d2`),
    refreshExpiresAt: 1_707_776_000_000,
    requestedScopes: ["openid", "email"],
    grantedScopes: ["openid"],
    idToken: new Secret(`id-token-${mark}-5e20c1b8`),
    subject: "248289761001",
    login: "janedoe@example.com",
    grant: "authorization_code",
    ...changes,
  };
}

/** The credential with its secrets laid open, to be compared whole. */
export function reveal(credential: Credential | undefined) {
  if (credential === undefined) return undefined;
  const { accessToken, refreshToken, idToken, ...rest } = credential;
  return {
    ...rest,
    accessToken: accessToken.reveal(),
    refreshToken: refreshToken?.reveal(),
    idToken: idToken?.reveal(),
  };
}
