// What a provider's error code means for the user: which kind of failure, and what to do. RFC 6749 §4.1.2.1 and §5.2, and the providers' own codes.
import { type ErrorKind, type Failure, OAuthLabError } from "../errors.ts";
import { sanitise } from "../terminal/sanitise.ts";

interface Meaning {
  readonly kind: ErrorKind;
  readonly hint: string;
}

/** Errors that come back through the browser. */
const authorizationMeanings: Readonly<Record<string, Meaning>> = {
  access_denied: { kind: "refused", hint: "Nothing was stored. Start again to approve it." },
  consent_required: {
    kind: "refused",
    hint: "Start again and approve the request in the browser.",
  },
  interaction_required: { kind: "refused", hint: "Start again and sign in in the browser." },
  login_required: { kind: "refused", hint: "Start again and sign in in the browser." },
  invalid_request: { kind: "usage", hint: "Check the client's registration and any --param." },
  invalid_scope: { kind: "usage", hint: "Check the scopes given with --scope or <NAME>_SCOPE." },
  unauthorized_client: {
    kind: "usage",
    hint: "Allow the authorization code grant for this client at the provider.",
  },
  unsupported_response_type: {
    kind: "usage",
    hint: "Allow the authorization code grant for this client at the provider.",
  },
  redirect_uri_mismatch: {
    kind: "usage",
    hint: "Register exactly the redirect URI that `oauth-lab login` printed.",
  },
  application_suspended: {
    kind: "refused",
    hint: "The app is suspended: ask its owner or the provider's support.",
  },
  server_error: { kind: "unavailable", hint: "The provider failed; try again later." },
  temporarily_unavailable: { kind: "unavailable", hint: "Try again later." },
};

/** Errors of the token endpoint, for a code. */
const tokenMeanings: Readonly<Record<string, Meaning>> = {
  invalid_grant: {
    kind: "refused",
    hint: "A code works once and for a few minutes: start the login again.",
  },
  bad_verification_code: {
    kind: "refused",
    hint: "A code works once and for ten minutes: start the login again.",
  },
  invalid_client: { kind: "usage", hint: "Check <NAME>_CLIENT_ID and <NAME>_CLIENT_SECRET." },
  incorrect_client_credentials: {
    kind: "usage",
    hint: "Check <NAME>_CLIENT_ID and <NAME>_CLIENT_SECRET.",
  },
  deleted_client: {
    kind: "usage",
    hint: "The provider deleted the client, perhaps as unused: restore it there, or register another one.",
  },
  disabled_client: { kind: "usage", hint: "Enable the client at the provider." },
  redirect_uri_mismatch: {
    kind: "usage",
    hint: "Register exactly this redirect URI at the provider, or set <NAME>_REDIRECT_URI to the registered one.",
  },
  unverified_user_email: {
    kind: "usage",
    hint: "Verify the primary e-mail address of the account at GitHub, then start again.",
  },
  invalid_request: {
    kind: "usage",
    hint: "Check the client's registration; some providers want <NAME>_CLIENT_SECRET here.",
  },
  invalid_scope: { kind: "usage", hint: "Check the scopes given with --scope or <NAME>_SCOPE." },
  unauthorized_client: { kind: "usage", hint: "Allow this grant for the client at the provider." },
  unsupported_grant_type: {
    kind: "usage",
    hint: "Allow this grant for the client at the provider.",
  },
  access_denied: { kind: "refused", hint: "Start again to approve it." },
  server_error: { kind: "unavailable", hint: "The provider failed; try again later." },
  temporarily_unavailable: { kind: "unavailable", hint: "Try again later." },
  expired_token: { kind: "refused", hint: "Start the login again to get a new code." },
  token_expired: { kind: "refused", hint: "Start the login again to get a new code." },
  incorrect_device_code: { kind: "refused", hint: "Start the login again to get a new code." },
  device_flow_disabled: {
    kind: "usage",
    hint: "Tick Enable Device Flow in the settings of the app at GitHub.",
  },
  rate_limit_exceeded: {
    kind: "unavailable",
    hint: "Too many codes were asked for; try again later.",
  },
  slow_down: {
    kind: "unavailable",
    hint: "The provider asks for patience; try again in a minute.",
  },
};

/** Errors that end a refresh token's life, whatever they mean for a code. */
const deadRefreshToken = new Set([
  "invalid_grant",
  "bad_refresh_token",
  "expired_token",
  "token_expired",
]);

/** The failure behind `error=` in a redirect that is ours. The description is outside text. */
export function authorizationFailure(error: string, description: string): Failure {
  const meaning = lookUp(authorizationMeanings, error) ?? {
    kind: "refused",
    hint: "Start the login again.",
  };
  return describe({ error, description, meaning, lead: authorizationLead(error) });
}

function authorizationLead(error: string): string {
  return error === "access_denied" ? "The request was denied" : "The provider refused the request";
}

/** The failure behind an error answer of the token endpoint. */
export function tokenFailure(
  error: string,
  { description, grant }: { description: string; grant: "code" | "refresh" | "other" },
): OAuthLabError {
  if (grant === "refresh" && deadRefreshToken.has(error)) {
    const hint =
      "It expired, was used already or was revoked. Sign in again with `oauth-lab login`.";
    const meaning: Meaning = { kind: "login-required", hint };
    return new OAuthLabError(
      describe({ error, description, meaning, lead: "The refresh token no longer works" }),
    );
  }
  const meaning = lookUp(tokenMeanings, error) ?? {
    kind: "refused",
    hint: "The provider's documentation says what this error means.",
  };
  return new OAuthLabError(
    describe({ error, description, meaning, lead: "The provider refused the exchange" }),
  );
}

function lookUp(table: Readonly<Record<string, Meaning>>, error: string): Meaning | undefined {
  return Object.hasOwn(table, error) ? table[error] : undefined;
}

function describe(parts: {
  error: string;
  description: string;
  meaning: Meaning;
  lead: string;
}): Failure {
  const { error, description, meaning, lead } = parts;
  const code = sanitise(error, 64);
  const detail = description === "" ? "" : ` "${sanitise(description, 300)}"`;
  return { kind: meaning.kind, code, message: `${lead}: ${code}${detail}.`, hint: meaning.hint };
}
