// GitHub: OAuth apps and GitHub Apps, on github.com, GitHub Enterprise Server and ghe.com.
import type { Provider } from "./provider.ts";

/** GitHub on these servers, as Actions names them in GITHUB_SERVER_URL and GITHUB_API_URL. */
export function github({ serverUrl, apiUrl }: { serverUrl: string; apiUrl: string }): Provider {
  return {
    name: "github",
    label: "GitHub",
    // Sent as `iss` since 2026-08; documented, but not advertised as supported on every server:
    // https://docs.github.com/en/apps/github-authentication-discovery-endpoints
    issuer: `${serverUrl}/login/oauth`,
    metadata: "static",
    endpoints: {
      authorization: `${serverUrl}/login/oauth/authorize`,
      token: `${serverUrl}/login/oauth/access_token`,
      deviceAuthorization: `${serverUrl}/login/device/code`,
    },
    identity: { kind: "api", url: `${apiUrl}/user`, accept: "application/vnd.github+json" },
    apiOrigins: [new URL(apiUrl).origin],
    defaultScopes: ["read:user"],
    // An OAuth app's token expires, with a refresh token, where this scope is asked for (2026-08).
    offline: { scopes: ["offline_access"], parameters: {} },
    quirks: new Set(["errors-with-200", "comma-scopes"]),
    // The web flow wants the secret even with PKCE; the device flow works without.
    needsSecret: new Set(["authorization_code"]),
    registration: {
      page: `${serverUrl}/settings/developers`,
      documentation:
        "https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps",
    },
    grantsPage: `${serverUrl}/settings/applications`,
  };
}
