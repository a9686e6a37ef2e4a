// What GitHub means by its errors.
import type { ErrorRow } from "./row.ts";

const githubDocs = "https://docs.github.com/en/apps/oauth-apps";
const githubToken = `${githubDocs}/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors`;
const githubFlows = `${githubDocs}/building-oauth-apps/authorizing-oauth-apps`;
const checkClient = "Check <NAME>_CLIENT_ID and <NAME>_CLIENT_SECRET.";
const signInAgain = "Sign in again with `oauth-lab login`.";
const newCode = "Start the login again to get a new code.";
const deadCause =
  "It expired, was revoked, or was used already, perhaps on another machine that has it too.";

/** GitHub's rows. */
export const githubRows: readonly ErrorRow[] = [
  {
    error: "bad_refresh_token",
    at: ["refresh"],
    provider: "github",
    kind: "login-required",
    cause:
      "A GitHub refresh token works once and dies after six months, and a sign-out or a lost answer ends it too.",
    repair: signInAgain,
    source: githubFlows,
  },
  {
    error: "bad_refresh_token",
    at: ["refresh"],
    kind: "login-required",
    cause: deadCause,
    repair: signInAgain,
    source: githubFlows,
  },
  {
    error: "bad_verification_code",
    kind: "refused",
    repair: "A code works once and for ten minutes: start the login again.",
    source: githubToken,
  },
  {
    error: "incorrect_client_credentials",
    kind: "usage",
    repair: checkClient,
    source: githubToken,
  },
  {
    error: "unverified_user_email",
    kind: "usage",
    repair: "Verify the primary e-mail address of the account at GitHub, then start again.",
    source: githubToken,
  },
  {
    error: "redirect_uri_mismatch",
    kind: "usage",
    repair:
      "Register exactly this redirect URI at the provider, or set <NAME>_REDIRECT_URI to the registered one.",
    source: githubToken,
  },
  {
    error: "unsupported_grant_type",
    at: ["client-credentials"],
    provider: "github",
    kind: "usage",
    cause: "GitHub has no client credentials grant.",
    repair: "Sign in as a user, in the browser or with --device.",
    source: githubFlows,
  },
  {
    error: "device_flow_disabled",
    kind: "usage",
    repair: "Tick Enable Device Flow in the settings of the app at GitHub.",
    source: githubFlows,
  },
  { error: "incorrect_device_code", kind: "refused", repair: newCode, source: githubFlows },
];
