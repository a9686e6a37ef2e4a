// GitHub: OAuth apps and GitHub Apps, on github.com, GitHub Enterprise Server and ghe.com.
import { checkEndpoint, type MakeProvider } from "./provider.ts";

/** GitHub on the servers of GITHUB_SERVER_URL and GITHUB_API_URL, as Actions sets them. */
export const github: MakeProvider = ({ value }) => {
  const { serverUrl, apiUrl } = findServers(value);
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
    apiUrl,
    apiOrigins: [new URL(apiUrl).origin],
    defaultScopes: ["read:user"],
    // An OAuth app's token expires, with a refresh token, where this scope is asked for (2026-08).
    offline: { scopes: ["offline_access"], parameters: {} },
    quirks: new Set(["errors-with-200", "comma-scopes"]),
    clientAuthentication: "client_secret_post",
    // The web flow wants the secret even with PKCE; the device flow works without.
    needsSecret: new Set(["authorization_code"]),
    registration: {
      page: `${serverUrl}/settings/developers`,
      documentation:
        "https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps",
    },
    notes: [
      "An OAuth app takes any port of a registered http://127.0.0.1 address; a GitHub App wants the exact one.",
      "The device flow must be enabled in the app's settings; it takes no client secret.",
      "A token does not expire unless the app or --offline says so; then each refresh ends both old tokens.",
      "The user may grant fewer scopes, and GitHub merges them: user covers read:user.",
      "Ten tokens live for one user, app and scopes; one login more ends an old one.",
      "On Enterprise Server set GITHUB_SERVER_URL and GITHUB_API_URL.",
    ],
    applicationsApi: {
      url: `${apiUrl}/applications`,
      ...(isGitHubDotCom(apiUrl) && { revokeUrl: `${apiUrl}/credentials/revoke` }),
    },
    grantsPage: `${serverUrl}/settings/connections/applications/CLIENT_ID`,
  };
};

/** The API of github.com and of ghe.com has a host of its own, that of an Enterprise Server a path. */
function findServers(value: (key: string) => string | undefined) {
  const address = value("GITHUB_SERVER_URL") ?? "https://github.com";
  const { origin: serverUrl, host } = checkEndpoint(address, "GITHUB_SERVER_URL");
  const standardApi =
    host === "github.com"
      ? "https://api.github.com"
      : host.endsWith(".ghe.com")
        ? `https://api.${host}`
        : `${serverUrl}/api/v3`;
  const api = checkEndpoint(value("GITHUB_API_URL") ?? standardApi, "GITHUB_API_URL");
  return { serverUrl, apiUrl: api.href.replace(/\/$/, "") };
}

/** Enterprise Server (`/api/v3`) and ghe.com have no call that revokes a token for anyone who holds it. */
function isGitHubDotCom(apiUrl: string): boolean {
  const { hostname, pathname } = new URL(apiUrl);
  return pathname === "/" && !hostname.endsWith(".ghe.com");
}
