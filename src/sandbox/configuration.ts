// How oidc-provider is set up. Every default that would warn, open a feature or decide a lifetime is decided here.
import { randomBytes } from "node:crypto";
import type { ClientMetadata, Configuration, KoaContextWithOIDC } from "oidc-provider";
import { showError } from "./answer.ts";
import { builtInClients, sandboxServiceClient } from "./clients.ts";
import { deviceFlow } from "./device-flow.ts";
import { claimsOfScopes, supportedScopes } from "./scopes.ts";
import type { SandboxOptions } from "./server.ts";
import type { SandboxState } from "./state.ts";
import { findAccount } from "./users.ts";

const oneHour = 3600;
const oneDay = 24 * oneHour;

/** The configuration of one sandbox. */
export function configure(options: SandboxOptions, { keys, records }: SandboxState): Configuration {
  return {
    adapter: (model) => records.adapter(model),
    jwks: { keys: [keys.signingKey] },
    cookies: { keys: [keys.cookieKey], long: laxCookie, short: laxCookie },
    clients: [...builtInClients, ...personalClients(options), ...(options.clients ?? [])],
    clientAuthMethods: ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
    clientBasedCORS: () => false,
    clockTolerance: 0,
    scopes: supportedScopes,
    claims: claimsOfScopes,
    responseTypes: ["code"],
    findAccount,
    features: { ...features, dPoP: demandingDPoP() },
    // GitHub and Google go without, so that a client that cannot do it may be tried too.
    pkce: { required: () => options.personality === undefined },
    ttl: lifetimes(options),
    ...refreshing,
    rotateRefreshToken: options.personality?.rotatesRefreshTokens ?? true,
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    renderError: showError,
  };
}

function personalClients({ personality }: SandboxOptions): ClientMetadata[] {
  return personality === undefined ? [] : [personality.client];
}

const laxCookie = { httpOnly: true, sameSite: "lax", signed: true } as const;

/**
 * A refresh token is issued where the granted scopes hold offline_access, which oidc-provider keeps only if the
 * request also says prompt=consent (OpenID Connect Core §11; the device flow needs no prompt). Each use replaces it;
 * using a replaced one revokes the whole grant (RFC 9700 §4.14.2). Signing out of the browser ends no token.
 */
const refreshing: Pick<Configuration, "issueRefreshToken" | "expiresWithSession"> = {
  issueRefreshToken: (_context, client, source) =>
    client.grantTypeAllowed("refresh_token") && source.scopes.has("offline_access"),
  expiresWithSession: () => false,
};

function lifetimes(options: SandboxOptions): NonNullable<Configuration["ttl"]> {
  const accessToken = options.accessTokenTtlSeconds ?? oneHour;
  const refreshToken = options.refreshTokenTtlSeconds ?? 14 * oneDay;
  return {
    AccessToken: accessToken,
    AuthorizationCode: 60,
    ClientCredentials: accessToken,
    DeviceCode: 600,
    // A grant is never prolonged: with a shorter one, rotation would end although each refresh token was fresh.
    Grant: Math.max(365 * oneDay, refreshToken),
    IdToken: oneHour,
    Interaction: oneHour,
    RefreshToken: refreshToken,
    Session: oneHour,
  };
}

/** It wants its nonce in every proof (RFC 9449 §8), so that whoever practises with it meets that too. A new start hands out new ones. */
const demandingDPoP = () => ({
  enabled: true,
  nonceSecret: randomBytes(32),
  requireNonce: () => true,
});

const ownToken = (context: KoaContextWithOIDC, token: { clientId?: string | undefined }) =>
  token.clientId === context.oidc.client?.clientId;

const features: NonNullable<Configuration["features"]> = {
  clientCredentials: { enabled: true },
  deviceFlow,
  introspection: {
    enabled: true,
    allowedPolicy: (context, client, token) =>
      client.clientId === sandboxServiceClient.clientId || ownToken(context, token),
  },
  revocation: {
    enabled: true,
    allowedPolicy: (context, _client, token) => ownToken(context, token),
  },
  userinfo: { enabled: true },
  devInteractions: { enabled: false },
  pushedAuthorizationRequests: { enabled: true },
  registration: { enabled: true },
  registrationManagement: { enabled: true },
  resourceIndicators: { enabled: false },
  rpInitiatedLogout: { enabled: false },
};
