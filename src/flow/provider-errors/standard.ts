// What the RFCs mean by their errors, whoever sends them.
import type { ErrorRow } from "./row.ts";

const rfc6749 = "https://www.rfc-editor.org/rfc/rfc6749";
const inRedirect = `${rfc6749}#section-4.1.2.1`;
const inToken = `${rfc6749}#section-5.2`;
const deviceFlow = "https://www.rfc-editor.org/rfc/rfc8628#section-3.5";
const registrationErrors = "https://www.rfc-editor.org/rfc/rfc7591#section-3.2.2";
const githubDocs = "https://docs.github.com/en/apps/oauth-apps";
const githubFlows = `${githubDocs}/building-oauth-apps/authorizing-oauth-apps`;
const checkClient = "Check <NAME>_CLIENT_ID and <NAME>_CLIENT_SECRET.";
const signInAgain = "Sign in again with `oauth-lab login`.";
const newCode = "Start the login again to get a new code.";
const deadCause =
  "It expired, was revoked, or was used already, perhaps on another machine that has it too.";

/** The rows of the standards. */
export const standardRows: readonly ErrorRow[] = [
  ...["invalid_grant", "expired_token", "token_expired"].map(
    (error): ErrorRow => ({
      error,
      at: ["refresh"],
      kind: "login-required",
      cause: deadCause,
      repair: signInAgain,
      source: inToken,
    }),
  ),
  {
    error: "invalid_grant",
    kind: "refused",
    repair: "A code works once and for a few minutes: start the login again.",
    source: inToken,
  },
  { error: "expired_token", kind: "refused", repair: newCode, source: deviceFlow },
  { error: "token_expired", kind: "refused", repair: newCode, source: githubFlows },
  {
    error: "slow_down",
    kind: "unavailable",
    repair: "The provider asks for patience; try again in a minute.",
    source: deviceFlow,
  },
  {
    error: "access_denied",
    kind: "refused",
    repair: "Start again to approve it.",
    source: deviceFlow,
  },
  {
    error: "invalid_dpop_proof",
    kind: "refused",
    cause: "This machine's clock may be wrong, or the token is bound to another key.",
    repair: "Set the clock; sign in again with `oauth-lab login --dpop`.",
    source: "https://www.rfc-editor.org/rfc/rfc9449#section-5",
  },
  {
    error: "use_dpop_nonce",
    kind: "unavailable",
    repair: "The provider changed its nonce twice in a row; try again.",
    source: "https://www.rfc-editor.org/rfc/rfc9449#section-8",
  },
  {
    error: "invalid_request_uri",
    at: ["authorization"],
    kind: "refused",
    cause: "A pushed request is good for one login and for a short time.",
    repair: "Start the login again and open the address at once.",
    source: "https://www.rfc-editor.org/rfc/rfc9126#section-2.2",
  },
  {
    error: "invalid_redirect_uri",
    at: ["registration"],
    kind: "usage",
    repair: "Choose an address that the provider allows with --redirect-uri.",
    source: registrationErrors,
  },
  {
    error: "invalid_client_metadata",
    at: ["registration"],
    kind: "refused",
    repair: "The provider does not register such a client: register one by hand.",
    source: registrationErrors,
  },
  {
    error: "invalid_token",
    at: ["registration"],
    kind: "refused",
    cause: "The provider registers clients only for who has an initial access token.",
    repair: "Register a client by hand and set <NAME>_CLIENT_ID.",
    source: "https://www.rfc-editor.org/rfc/rfc7591#section-3",
  },
  { error: "invalid_client", kind: "usage", repair: checkClient, source: inToken },
  {
    error: "invalid_request",
    kind: "usage",
    repair: "Check the client's registration; some providers want <NAME>_CLIENT_SECRET here.",
    source: inToken,
  },
  {
    error: "invalid_scope",
    kind: "usage",
    repair: "Check the scopes given with --scope or <NAME>_SCOPE.",
    source: inToken,
  },
  {
    error: "unauthorized_client",
    kind: "usage",
    repair: "Allow this grant for the client at the provider.",
    source: inToken,
  },
  {
    error: "unsupported_grant_type",
    kind: "usage",
    repair: "Allow this grant for the client at the provider.",
    source: inToken,
  },
  {
    error: "unsupported_token_type",
    at: ["revocation"],
    kind: "refused",
    repair: "The provider does not revoke tokens of this type.",
    source: "https://www.rfc-editor.org/rfc/rfc7009#section-2.2.1",
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
