// F7: the library's errors hold codes, tokens and whole bodies. What becomes of them holds nothing of that, whatever their shape.
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { OAuthLabError } from "../../src/errors.ts";
import { type Step, translateError } from "../../src/flow/library-errors.ts";

const secret = "the-secret-in-the-library-error";
const steps: Step[] = ["discovery", "code", "refresh", "revocation", "userinfo", "other"];

/** An error as openid-client and oauth4webapi make them: a code, and a chain of causes with all they know. */
function libraryError(code: string | undefined, cause?: unknown, name = "ClientError"): Error {
  const error = new Error(`${secret} in the message`, { cause });
  return Object.assign(error, { name, ...(code && { code }), body: { access_token: secret } });
}

const shapes: [string, unknown][] = [
  [
    "a code of the library",
    libraryError("OAUTH_INVALID_RESPONSE", libraryError(undefined, { body: secret })),
  ],
  [
    "a status",
    libraryError("OAUTH_RESPONSE_IS_NOT_CONFORM", new Response(secret, { status: 418 })),
  ],
  ["a 503", libraryError("OAUTH_RESPONSE_IS_NOT_CONFORM", new Response(secret, { status: 503 }))],
  [
    "a challenge",
    libraryError("OAUTH_WWW_AUTHENTICATE_CHALLENGE", { secret }, "WWWAuthenticateChallengeError"),
  ],
  ["a comparison", libraryError("OAUTH_JWT_CLAIM_COMPARISON_FAILED", { expected: secret })],
  ["an invalid address", libraryError("ERR_INVALID_URL", { input: secret }, "TypeError")],
  ["a TypeError", new TypeError(secret)],
  ["an error with a hostile name", libraryError(undefined, undefined, "\u001b[2J".repeat(30))],
  ["a text", secret],
  ["nothing", undefined],
  ["null", null],
];

describe.each(shapes)("%s", (_what, error) => {
  it.each(steps)("of the step %s leaves nothing of itself behind", (step) => {
    const failure = translateError(error, { step });
    expect(failure).toBeInstanceOf(OAuthLabError);
    expect(failure.cause).toBeUndefined();
    expect(failure.hint).toBeTruthy();
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain(secret);
    expect(failure.message).not.toMatch(/\p{Control}/u);
  });
});

describe("a failure of our own", () => {
  const own = new OAuthLabError({
    kind: "unavailable",
    code: "timeout",
    message: "It took too long.",
    hint: "Try again.",
  });
  const wrapped = libraryError("OAUTH_PARSE_ERROR", libraryError(undefined, own));

  it("comes out as it went in, however deep the library has wrapped it", () => {
    for (const step of steps.filter((name) => name !== "code" && name !== "refresh")) {
      expect(translateError(wrapped, { step })).toBe(own);
    }
  });

  it("D16, H08 says of a refresh token that it may be used up, unless it was never sent", () => {
    expect(translateError(wrapped, { step: "refresh" })).toMatchObject({
      kind: "unavailable",
      code: "timeout",
      message: own.message,
      hint: "The refresh token may be used up, so it was not sent again. Run the command once more; if it is refused then, sign in again.",
    });
    const unsent = new OAuthLabError({
      ...{ kind: "unavailable", code: "unreachable", message: "No.", hint: "Try again." },
      repeat: { times: 1 },
    });
    expect(translateError(unsent, { step: "refresh" })).toBe(unsent);
  });

  it("D16 says of a code that it may be used up, where it might work again", () => {
    expect(translateError(wrapped, { step: "code" })).toMatchObject({
      kind: "unavailable",
      code: "timeout",
      message: own.message,
      hint: "The code may be used up: start the login again.",
    });
    const unsafe = new OAuthLabError({ kind: "unsafe", code: "tls_failed", message: "No." });
    expect(translateError(unsafe, { step: "code" })).toBe(unsafe);
  });
});

it.each([
  ["OAUTH_KEY_SELECTION_FAILED", "unsafe"],
  ["OAUTH_JWT_TIMESTAMP_CHECK_FAILED", "unsafe"],
  ["OAUTH_JWT_CLAIM_COMPARISON_FAILED", "unsafe"],
  ["OAUTH_HTTP_REQUEST_FORBIDDEN", "unsafe"],
  ["OAUTH_REQUEST_PROTOCOL_FORBIDDEN", "unsafe"],
  ["OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED", "unsafe"],
  ["OAUTH_RESPONSE_IS_NOT_JSON", "protocol"],
  ["OAUTH_PARSE_ERROR", "protocol"],
  ["OAUTH_UNSUPPORTED_OPERATION", "protocol"],
])("%s is %s", (code, kind) => {
  expect(translateError(libraryError(code), { step: "refresh" }).kind).toBe(kind);
});
