// The one place where openid-client's errors become ours. Their text, causes and bodies hold codes and tokens: only codes are read, nothing is kept.
import { OAuthLabError } from "../errors.ts";
import { isTurnedAway, readRepeat } from "../http/retry-after.ts";
import { sanitise } from "../terminal/sanitise.ts";
import type { Endpoint } from "./provider-errors/row.ts";
import { tokenFailure } from "./provider-failure.ts";

/** Which request failed, for choosing the words. */
export type Step =
  | "discovery"
  | "code"
  | "pushed-request"
  | "registration"
  | "device"
  | "client-credentials"
  | "refresh"
  | "revocation"
  | "introspection"
  | "userinfo"
  | "other";

/** The request that failed, and the name of the provider that it went to. */
export interface FailedRequest {
  readonly step: Step;
  readonly provider?: string;
}

/** Our failure for whatever the library threw. */
export function translateError(error: unknown, request: FailedRequest): OAuthLabError {
  const { step } = request;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof OAuthLabError) return afterSending(cause, step);
  }
  const { name, code, cause } = readError(error);
  if (name === "ResponseBodyError") return providerAnswer(error, request);
  if (name === "WWWAuthenticateChallengeError") return challenged(error, request);
  // A gateway says "not now" in HTML, where the library looks for JSON first.
  const isNotNow = cause instanceof Response && isTransient(cause.status);
  if (isNotNow || code === "OAUTH_RESPONSE_IS_NOT_CONFORM") {
    return statusFailure(cause instanceof Response ? cause : Response.error(), step);
  }
  if (isIdentityMismatch(code, cause)) return mismatch(step);
  if (code?.startsWith("OAUTH_") || code === "ERR_INVALID_URL") return unusable(code, step);
  return new OAuthLabError({
    kind: "bug",
    code: "unexpected",
    message: `Something unexpected happened while talking to the provider (${sanitise(name, 40)}).`,
    hint: "Please report it, with the command that you ran.",
  });
}

/** What is used once may be used up even where no answer came: sending it again could end every token of the login (RFC 9700 §4.14.2). */
function afterSending(failure: OAuthLabError, step: Step): OAuthLabError {
  const { kind, code, message, repeat } = failure;
  if (kind !== "unavailable") return failure;
  if (step === "code") return new OAuthLabError({ kind, code, message, hint: codeMayBeUsed });
  if (step !== "refresh" || repeat !== undefined) return failure;
  return new OAuthLabError({ kind, code, message, hint: refreshTokenMayBeUsed });
}

const codeMayBeUsed = "The code may be used up: start the login again.";
const refreshTokenMayBeUsed =
  "The refresh token may be used up, so it was not sent again. Run the command once more; if it is refused then, sign in again.";

function readError(error: unknown): { name: string; code: string | undefined; cause: unknown } {
  if (!(error instanceof Error)) return { name: typeof error, code: undefined, cause: undefined };
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return { name: error.name, code, cause: error.cause };
}

function endpointOf(step: Step): Endpoint {
  return step === "discovery" || step === "userinfo" ? "other" : step;
}

function providerAnswer(error: unknown, { step, provider }: FailedRequest): OAuthLabError {
  const {
    error: code = "",
    error_description: description = "",
    response = Response.error(),
  } = error as { error?: string; error_description?: string; response?: Response };
  if (isTransient(response.status)) return statusFailure(response, step);
  const answer = { error: String(code), description: String(description), provider };
  return tokenFailure({ ...answer, at: endpointOf(step) });
}

/** A challenge (RFC 6750 §3): client authentication failed, or the access token is dead or falls short. */
function challenged(error: unknown, { step, provider }: FailedRequest): OAuthLabError {
  if (step !== "userinfo")
    return tokenFailure({
      error: "invalid_client",
      description: "",
      at: endpointOf(step),
      provider,
    });
  const { response = new Response(null, { status: 401 }) } = error as { response?: Response };
  return statusFailure(response, step);
}

/** The API's no to an access token (RFC 6750 §3.1). */
function tokenRefused(status: 401 | 403): OAuthLabError {
  return status === 401
    ? new OAuthLabError({
        kind: "login-required",
        code: "invalid_token",
        message: "The provider no longer accepts the access token.",
        hint: "Run `oauth-lab refresh`, or sign in again with `oauth-lab login`.",
      })
    : new OAuthLabError({
        kind: "refused",
        code: "http_403",
        message: "The provider does not let this token ask whose it is.",
        hint: "The token may lack the scope for it.",
      });
}

function isTransient(status: number): boolean {
  return status >= 500 || status === 429;
}

function statusFailure(response: Response, step: Step): OAuthLabError {
  const { status } = response;
  if (step === "userinfo" && (status === 401 || status === 403)) return tokenRefused(status);
  if (isTransient(status)) {
    const repeat =
      step === "code" ? undefined : readRepeat(response, { spends: step === "refresh" });
    return new OAuthLabError({
      kind: "unavailable",
      code: `http_${status}`,
      message: `The provider answered with status ${status}.`,
      hint: hintAfter(response, step),
      ...(repeat && { repeat }),
    });
  }
  return new OAuthLabError({
    kind: "protocol",
    code: `http_${status}`,
    message: `The provider answered with status ${status} and without a usable error.`,
    hint: "Check the endpoint's address.",
  });
}

function hintAfter(response: Response, step: Step): string {
  if (step === "code") return codeMayBeUsed;
  return step === "refresh" && !isTurnedAway(response) ? refreshTokenMayBeUsed : "Try again later.";
}

const mismatchCodes = new Set([
  "OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED",
  "OAUTH_KEY_SELECTION_FAILED",
  "OAUTH_JWT_CLAIM_COMPARISON_FAILED",
  "OAUTH_JWT_TIMESTAMP_CHECK_FAILED",
  "OAUTH_HTTP_REQUEST_FORBIDDEN",
  "OAUTH_REQUEST_PROTOCOL_FORBIDDEN",
]);

/** A broken signature or a missing claim shares its code with a malformed answer; only the library's sentence tells them apart. */
function isIdentityMismatch(code: string | undefined, cause: unknown): boolean {
  if (code === undefined) return false;
  if (mismatchCodes.has(code)) return true;
  const sentence = cause instanceof Error ? cause.message : "";
  return /JWT|ID Token|JWS/.test(sentence);
}

function mismatch(step: Step): OAuthLabError {
  const message =
    step === "discovery"
      ? "The metadata names another issuer than the one that was asked for."
      : step === "userinfo"
        ? "The user information belongs to another subject than the ID token."
        : "The ID token did not pass its checks: signature, issuer, audience, nonce or time.";
  return new OAuthLabError({
    kind: "unsafe",
    code:
      step === "discovery"
        ? "issuer_mismatch"
        : step === "userinfo"
          ? "subject_mismatch"
          : "id_token_invalid",
    message,
    hint:
      step === "discovery"
        ? "Use the issuer exactly as the provider writes it."
        : "Nothing of it was used. Check the clock and the issuer.",
  });
}

function unusable(code: string, step: Step): OAuthLabError {
  const what = step === "code" || step === "refresh" ? "token answer" : `${step} answer`;
  return new OAuthLabError({
    kind: "protocol",
    code: code.toLowerCase().replace(/^(oauth|err)_/, ""),
    message: `The provider's ${what} is not what the standard asks for.`,
    hint:
      step === "code"
        ? "The code is used up: start the login again when the provider is repaired."
        : "Check the endpoint's address.",
  });
}
