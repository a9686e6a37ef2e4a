// Any other provider: an issuer whose metadata is discovered (RFC 8414, OpenID Connect Discovery), or endpoints given by hand.
import type { Provider } from "./provider.ts";

/** Issuers whose endpoints lie at another domain, as their owners publish it. */
const publishedElsewhere: Readonly<Record<string, readonly string[]>> = {
  // https://accounts.google.com/.well-known/openid-configuration
  "https://accounts.google.com": ["https://oauth2.googleapis.com"],
};

/** A provider known by its issuer only. */
export function discovered({ name, issuer }: { name: string; issuer: string }): Provider {
  return {
    name,
    label: name,
    issuer,
    metadata: "discovery",
    endpoints: {},
    endpointsAt: publishedElsewhere[issuer],
    identity: { kind: "userinfo" },
    apiOrigins: [new URL(issuer).origin],
    defaultScopes: ["openid", "email", "profile"],
    // OIDC Core §11: offline_access is granted only with prompt=consent.
    offline: { scopes: ["offline_access"], parameters: { prompt: "consent" } },
    quirks: new Set(),
    needsSecret: new Set(),
    registration: { documentation: issuer },
  };
}
