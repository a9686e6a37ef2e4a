// Any other provider: an issuer whose metadata is discovered (RFC 8414, OpenID Connect Discovery), or endpoints given by hand.
import type { Provider } from "./provider.ts";

/** A provider known by its issuer only. */
export function discovered({ name, issuer }: { name: string; issuer: string }): Provider {
  return {
    name,
    label: name,
    issuer,
    metadata: "discovery",
    endpoints: {},
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
