// Errors that come back through the browser (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6).
import type { ErrorRow } from "./row.ts";

const rfc6749 = "https://www.rfc-editor.org/rfc/rfc6749";
const inRedirect = `${rfc6749}#section-4.1.2.1`;
const oidc = "https://openid.net/specs/openid-connect-core-1_0.html#AuthError";
const githubDocs = "https://docs.github.com/en/apps/oauth-apps";
const githubRequest = `${githubDocs}/maintaining-oauth-apps/troubleshooting-authorization-request-errors`;
const googleDocs = "https://developers.google.com/identity/protocols/oauth2";

/** `at` is filled in once for all of them. */
const rows: readonly Omit<ErrorRow, "at">[] = [
  {
    error: "access_denied",
    kind: "refused",
    repair: "Nothing was stored. Start again to approve it.",
    source: inRedirect,
  },
  {
    error: "consent_required",
    kind: "refused",
    repair: "Start again and approve the request in the browser.",
    source: oidc,
  },
  {
    error: "interaction_required",
    kind: "refused",
    repair: "Start again and sign in in the browser.",
    source: oidc,
  },
  {
    error: "login_required",
    kind: "refused",
    repair: "Start again and sign in in the browser.",
    source: oidc,
  },
  {
    error: "invalid_request",
    kind: "usage",
    repair: "Check the client's registration and any --param.",
    source: inRedirect,
  },
  {
    error: "invalid_scope",
    kind: "usage",
    repair: "Check the scopes given with --scope or <NAME>_SCOPE.",
    source: inRedirect,
  },
  {
    error: "unauthorized_client",
    kind: "usage",
    repair: "Allow the authorization code grant for this client at the provider.",
    source: inRedirect,
  },
  {
    error: "unsupported_response_type",
    kind: "usage",
    repair: "Allow the authorization code grant for this client at the provider.",
    source: inRedirect,
  },
  {
    error: "redirect_uri_mismatch",
    kind: "usage",
    repair: "Register exactly the redirect URI that `oauth-lab login` printed.",
    source: githubRequest,
  },
  {
    error: "application_suspended",
    kind: "refused",
    repair: "The app is suspended: ask its owner or the provider's support.",
    source: githubRequest,
  },
  {
    error: "admin_policy_enforced",
    kind: "refused",
    cause: "The Workspace's administrator does not allow these scopes to this app.",
    repair: "Ask the administrator, or for fewer scopes.",
    source: `${googleDocs}/native-app`,
  },
  {
    error: "org_internal",
    kind: "refused",
    cause: "The app is for accounts of its own Google Workspace only.",
    repair: "Use such an account, or make the app External.",
    source: `${googleDocs}/native-app`,
  },
  {
    error: "server_error",
    kind: "unavailable",
    repair: "The provider failed; try again later.",
    source: inRedirect,
  },
  {
    error: "temporarily_unavailable",
    kind: "unavailable",
    repair: "Try again later.",
    source: inRedirect,
  },
];

/** The rows of redirects. */
export const redirectRows: readonly ErrorRow[] = rows.map((row) => ({
  ...row,
  at: ["authorization"],
}));
