// Any other provider: an issuer whose metadata is discovered (RFC 8414, OpenID Connect Discovery), or endpoints given by hand.
import type { Provider } from "./provider.ts";

/** Where issuers publish endpoints of theirs at another domain than their own. */
const publishedElsewhere: readonly (readonly [issuer: RegExp, origin: string])[] = [
  // https://accounts.google.com/.well-known/openid-configuration
  [/^https:\/\/accounts\.google\.com$/, "https://oauth2.googleapis.com"],
  // A user pool's own name, https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html
  [/^https:\/\/cognito-idp\.[a-z0-9-]+\.amazonaws\.com\/[\w-]+$/, "https://amazoncognito.com"],
];

/** A provider known by its issuer only. */
export function discovered({ name, issuer }: { name: string; issuer: string }): Provider {
  return {
    name,
    label: name,
    issuer,
    metadata: "discovery",
    endpoints: {},
    endpointsAt: publishedElsewhere.flatMap(([of, origin]) => (of.test(issuer) ? [origin] : [])),
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
