// What Google means by its errors.
import type { ErrorRow } from "./row.ts";

const googleDocs = "https://developers.google.com/identity/protocols/oauth2";
const signInAgain = "Sign in again with `oauth-lab login`.";
const startAgain = "Start the login again.";

/** Google's rows. */
export const googleRows: readonly ErrorRow[] = [
  {
    error: "invalid_grant",
    at: ["refresh"],
    provider: "google",
    description: /rapt/i,
    kind: "login-required",
    cause: "The administrator of the account lets sessions end after some hours, and this one has.",
    repair: signInAgain,
    source: `${googleDocs}#expiration`,
  },
  {
    error: "invalid_grant",
    at: ["refresh"],
    provider: "google",
    kind: "login-required",
    cause:
      "A Google refresh token dies when the user ends the access, after six months unused, after seven days while the app's publishing status is Testing, and as the oldest of a hundred.",
    repair: signInAgain,
    source: `${googleDocs}#expiration`,
  },
  {
    error: "invalid_grant",
    at: ["code"],
    provider: "google",
    description: /code verifier/i,
    kind: "refused",
    cause: "The code belongs to another login than the one that is exchanging it.",
    repair: startAgain,
    source: `${googleDocs}/native-app`,
  },
  {
    error: "invalid_request",
    provider: "google",
    description: /client_secret is missing/i,
    kind: "usage",
    cause: "Google wants the secret of Desktop and Web clients even with PKCE.",
    repair: "Set <NAME>_CLIENT_SECRET to the one that belongs to this client.",
    source: `${googleDocs}/native-app`,
  },
  {
    error: "invalid_client",
    at: ["device"],
    provider: "google",
    kind: "usage",
    cause: "Google's device flow takes only clients of the type TVs and Limited Input devices.",
    repair: "Create such a client, or sign in without --device.",
    source: `${googleDocs}/limited-input-device`,
  },
  {
    error: "redirect_uri_mismatch",
    provider: "google",
    kind: "usage",
    cause:
      "A Web client wants exactly a registered redirect URI, slash and port included; a Desktop client takes http://127.0.0.1 only.",
    repair: "Register this one, or set <NAME>_REDIRECT_URI to the registered one.",
    source: `${googleDocs}/web-server`,
  },
  {
    error: "invalid_scope",
    at: ["device"],
    provider: "google",
    kind: "usage",
    cause: "Google's device flow allows few scopes.",
    repair: "Ask for openid, email and profile, or sign in without --device.",
    source: `${googleDocs}/limited-input-device`,
  },
  {
    error: "unsupported_grant_type",
    at: ["client-credentials"],
    provider: "google",
    kind: "usage",
    cause: "Google has no client credentials grant; its service accounts sign in with keys.",
    repair: "Sign in as a user, or use a service account with Google's own tools.",
    source: `${googleDocs}/service-account`,
  },
  {
    error: "deleted_client",
    kind: "usage",
    cause: "The client was deleted; Google does so after six months unused.",
    repair: "Restore it within thirty days, or create another one.",
    source: "https://support.google.com/cloud/answer/15549257",
  },
  {
    error: "disabled_client",
    kind: "usage",
    cause: "The client is disabled in the Google Cloud console.",
    repair: "Enable it there, or create another one.",
    source: "https://support.google.com/cloud/answer/15549257",
  },
  {
    error: "rate_limit_exceeded",
    at: ["device"],
    kind: "unavailable",
    repair: "Too many codes were asked for; try again later.",
    source: `${googleDocs}/limited-input-device`,
  },
];
