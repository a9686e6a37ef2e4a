// A provider's error codes and descriptions are outside text: they choose among our words, and are shown only cut and escaped.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exitCodes } from "../../src/errors.ts";
import { authorizationFailure, tokenFailure } from "../../src/flow/provider-failure.ts";
import { hostileText, longHostileText } from "../support/hostile.ts";

describe("an error in a redirect", () => {
  it.each([
    ["access_denied", 5],
    ["consent_required", 5],
    ["interaction_required", 5],
    ["login_required", 5],
    ["application_suspended", 5],
    ["invalid_request", 2],
    ["invalid_scope", 2],
    ["unauthorized_client", 2],
    ["unsupported_response_type", 2],
    ["redirect_uri_mismatch", 2],
    ["server_error", 7],
    ["temporarily_unavailable", 7],
    ["a_new_one", 5],
  ])("%s ends with %i and says what to do", (error, exitCode) => {
    const { kind, code, hint } = authorizationFailure(error, "");
    expect([exitCodes[kind], code]).toEqual([exitCode, error]);
    expect(hint).toBeTruthy();
  });
});

describe("an error of the token endpoint", () => {
  it.each([
    ["invalid_grant", 5, 4, 5],
    ["bad_verification_code", 5, 5, 5],
    ["bad_refresh_token", 5, 4, 5],
    ["expired_token", 5, 4, 5],
    ["invalid_client", 2, 2, 2],
    ["incorrect_client_credentials", 2, 2, 2],
    ["unverified_user_email", 2, 2, 2],
    ["invalid_scope", 2, 2, 2],
    ["server_error", 7, 7, 7],
    ["a_new_one", 5, 5, 5],
  ])("%s ends a code with %i, a refresh with %i, another request with %i", (error, ...expected) => {
    const kinds = (["code", "refresh", "other"] as const).map(
      (at) => tokenFailure({ error, description: "", at }).kind,
    );
    expect(kinds.map((kind) => exitCodes[kind])).toEqual(expected);
  });
});

it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
  "takes %s for an error like any other",
  (error) => {
    expect(authorizationFailure(error, "").kind).toBe("refused");
    expect(tokenFailure({ error, description: "", at: "code" }).kind).toBe("refused");
  },
);

it("D32, R27 shows no control character and no more than 300 characters of a description", () => {
  fc.assert(
    fc.property(hostileText, fc.oneof(hostileText, longHostileText), (error, description) => {
      for (const { code, message } of [
        authorizationFailure(error, description),
        tokenFailure({ error, description, at: "refresh" }),
      ]) {
        expect(code.length).toBeLessThanOrEqual(64);
        expect(message.length).toBeLessThan(300 + 64 + 60);
        expect(code + message).not.toMatch(/[\p{Control}\p{Surrogate}\p{Line_Separator}]/u);
        expect(code + message).not.toMatch(/::|##/);
      }
    }),
    { numRuns: 300 },
  );
});
