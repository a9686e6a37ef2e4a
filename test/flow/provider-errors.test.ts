// Every row of the table of providers' errors, met by an answer as the provider gives it.
import { describe, expect, it } from "vitest";
import type { Endpoint } from "../../src/flow/provider-errors/row.ts";
import { errorRows } from "../../src/flow/provider-errors/rows.ts";
import { authorizationFailure, findRow, tokenFailure } from "../../src/flow/provider-failure.ts";

type Case = readonly [
  from: string,
  at: Endpoint,
  error: string,
  description: string,
  kind: string,
  hint: string,
];

const cases: readonly Case[] = [
  ["any", "authorization", "access_denied", "", "refused", "Start again to approve it"],
  ["any", "authorization", "consent_required", "", "refused", "approve the request"],
  ["any", "authorization", "interaction_required", "", "refused", "sign in in the browser"],
  ["any", "authorization", "login_required", "", "refused", "sign in in the browser"],
  ["any", "authorization", "invalid_request", "", "usage", "any --param"],
  ["any", "authorization", "invalid_scope", "", "usage", "<NAME>_SCOPE"],
  ["any", "authorization", "unauthorized_client", "", "usage", "authorization code grant"],
  ["any", "authorization", "unsupported_response_type", "", "usage", "authorization code grant"],
  ["github", "authorization", "redirect_uri_mismatch", "", "usage", "Register exactly"],
  ["github", "authorization", "application_suspended", "", "refused", "suspended"],
  ["google", "authorization", "admin_policy_enforced", "", "refused", "administrator"],
  ["google", "authorization", "org_internal", "", "refused", "make the app External"],
  ["any", "authorization", "server_error", "", "unavailable", "try again later"],
  ["any", "authorization", "temporarily_unavailable", "", "unavailable", "Try again later"],

  ["google", "refresh", "invalid_grant", "(invalid_rapt)", "login-required", "administrator"],
  ["google", "refresh", "invalid_grant", "Bad Request", "login-required", "Testing"],
  ["google", "code", "invalid_grant", "Missing code verifier.", "refused", "another login"],
  ["google", "code", "invalid_request", "client_secret is missing.", "usage", "even with PKCE"],
  ["google", "device", "invalid_client", "Invalid client type.", "usage", "TVs and Limited Input"],
  ["google", "code", "redirect_uri_mismatch", "Bad Request", "usage", "Desktop client takes"],
  ["google", "device", "invalid_scope", "", "usage", "few scopes"],
  ["google", "client-credentials", "unsupported_grant_type", "", "usage", "service account"],
  ["google", "code", "deleted_client", "", "usage", "Restore it within thirty days"],
  ["google", "code", "disabled_client", "", "usage", "Enable it"],
  ["google", "device", "rate_limit_exceeded", "", "unavailable", "Too many codes"],

  ["github", "refresh", "bad_refresh_token", "", "login-required", "six months"],
  ["a copy of GitHub", "refresh", "bad_refresh_token", "", "login-required", "used already"],
  ["github", "code", "bad_verification_code", "", "refused", "ten minutes"],
  ["github", "code", "incorrect_client_credentials", "", "usage", "<NAME>_CLIENT_SECRET"],
  ["github", "code", "unverified_user_email", "", "usage", "Verify the primary e-mail"],
  ["github", "code", "redirect_uri_mismatch", "", "usage", "Register exactly this"],
  ["github", "client-credentials", "unsupported_grant_type", "", "usage", "--device"],
  ["github", "device", "device_flow_disabled", "", "usage", "Enable Device Flow"],
  ["github", "device", "incorrect_device_code", "", "refused", "a new code"],

  ["any", "refresh", "invalid_grant", "", "login-required", "used already"],
  ["any", "refresh", "expired_token", "", "login-required", "used already"],
  ["any", "refresh", "token_expired", "", "login-required", "used already"],
  ["any", "code", "invalid_grant", "", "refused", "a few minutes"],
  ["any", "device", "expired_token", "", "refused", "a new code"],
  ["github", "device", "token_expired", "", "refused", "a new code"],
  ["any", "device", "slow_down", "", "unavailable", "patience"],
  ["any", "device", "access_denied", "", "refused", "approve it"],
  ["any", "code", "invalid_dpop_proof", "", "refused", "clock"],
  ["any", "code", "use_dpop_nonce", "", "unavailable", "twice in a row"],
  ["any", "authorization", "invalid_request_uri", "", "refused", "for a short time"],
  ["any", "registration", "invalid_redirect_uri", "", "usage", "--redirect-uri"],
  ["any", "registration", "invalid_client_metadata", "", "refused", "by hand"],
  ["any", "registration", "invalid_token", "", "refused", "initial access token"],
  ["any", "code", "invalid_client", "", "usage", "<NAME>_CLIENT_ID"],
  ["any", "code", "invalid_request", "", "usage", "<NAME>_CLIENT_SECRET"],
  ["any", "client-credentials", "invalid_scope", "", "usage", "--scope"],
  ["any", "client-credentials", "unauthorized_client", "", "usage", "Allow this grant"],
  ["any", "client-credentials", "unsupported_grant_type", "", "usage", "Allow this grant"],
  ["any", "revocation", "unsupported_token_type", "", "refused", "does not revoke"],
  ["any", "code", "server_error", "", "unavailable", "try again later"],
  ["any", "introspection", "temporarily_unavailable", "", "unavailable", "Try again later"],
];

describe("an error answer", () => {
  it.each(cases)("from %s at %s: %s %j", (provider, at, error, description, kind, hint) => {
    const failure =
      at === "authorization"
        ? authorizationFailure(error, description)
        : tokenFailure({ error, description, at, provider });
    expect(failure).toMatchObject({ kind, code: error, hint: expect.stringContaining(hint) });
    expect(failure.message).toContain(description === "" ? error : `${error} "${description}"`);
  });

  it("is tested for every row, and no row hides behind an earlier one", () => {
    const met = cases.map(([provider, at, error, description]) =>
      findRow({ provider, at, error, description }),
    );
    expect(new Set(met)).toEqual(new Set(errorRows));
    expect(met).toHaveLength(errorRows.length);
  });

  it.each(errorRows.map((row) => [row.error, row] as const))(
    "%s says what to do in sentences, and where that is written down",
    (_error, { cause = "None.", repair, source }) => {
      expect(new URL(source).protocol).toBe("https:");
      expect(cause).toMatch(/^[A-Z].*\.$/);
      expect(repair).toMatch(/^[A-Z].*\.$/);
    },
  );

  it("names its source where only that provider means it so", () => {
    const answer = { error: "invalid_client", description: "", at: "device" } as const;
    expect(tokenFailure({ ...answer, provider: "google" }).hint).toMatch(
      / See https:\/\/developers\.google\.com\/\S+$/,
    );
    expect(tokenFailure({ ...answer, provider: "lab" }).hint).not.toContain("https:");
  });

  it("that nobody knows is shown in the provider's own words, made safe", () => {
    const answer = { error: "odd\u001b[2J", description: "Ask\nBob\u202e.", at: "code" } as const;
    expect(tokenFailure(answer)).toMatchObject({
      kind: "refused",
      code: "odd\\u{1b}[2J",
      message: 'The provider refused the exchange: odd\\u{1b}[2J "Ask\\u{a}Bob\\u{202e}.".',
    });
  });
});
