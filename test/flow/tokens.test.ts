// From an answer to a credential, and from a refresh to the next one.
import { describe, expect, it } from "vitest";
import { newCredential, readTokenAnswer, refreshedCredential } from "../../src/flow/tokens.ts";
import { Secret } from "../../src/secret.ts";

const now = 1_800_000_000_000;
const origin = {
  provider: "as",
  profile: "default",
  binding: {
    issuer: "https://as.example",
    tokenEndpoint: "https://as.example/token",
    clientId: "c",
    origins: [],
  },
  requestedScopes: ["read", "write"],
  grant: "authorization_code",
} as const;
const answer = { access_token: "at-1", token_type: "bearer" };

describe("the type of a token", () => {
  it.each([
    ["bearer", false],
    ["dpop", true],
  ])("is %s where a proof of possession was sent: %s", (token_type, bound) => {
    expect(readTokenAnswer({ ...answer, token_type }, { bound }).tokenType).toBe(token_type);
  });

  it.each([
    ["dpop", false, "token_type_unknown"],
    ["mac", false, "token_type_unknown"],
    ["bearer", true, "token_not_bound"],
  ])("is not %s where that is %s: %s", (token_type, bound, code) => {
    expect(() => readTokenAnswer({ ...answer, token_type }, { bound })).toThrow(
      expect.objectContaining({ kind: "protocol", code }),
    );
  });
});

describe("a login's answer", () => {
  it("with everything is taken over, times counted from now", () => {
    const tokens = readTokenAnswer({
      ...answer,
      expires_in: 60,
      refresh_token: "rt-1",
      refresh_token_expires_in: 600,
      scope: " read  read\tadmin ",
      id_token: "it-1",
    });
    const credential = newCredential({ ...tokens, subject: "ada" }, origin, now);
    expect(credential).toEqual({
      ...origin,
      accessToken: new Secret("at-1"),
      tokenType: "bearer",
      obtainedAt: now,
      expiresAt: now + 60_000,
      refreshToken: new Secret("rt-1"),
      refreshExpiresAt: now + 600_000,
      grantedScopes: ["read", "admin"],
      idToken: new Secret("it-1"),
      subject: "ada",
    });
    expect(credential.accessToken.reveal()).toBe("at-1");
    expect(credential.refreshToken?.reveal()).toBe("rt-1");
  });

  it("R34, R35 without scope is as requested, without lifetime has none", () => {
    const credential = newCredential(readTokenAnswer(answer), origin, now);
    expect(credential.grantedScopes).toEqual(["read", "write"]);
    for (const member of ["expiresAt", "refreshToken", "refreshExpiresAt", "idToken", "subject"]) {
      expect(credential).not.toHaveProperty(member);
    }
  });

  it.each([
    ["a refresh lifetime of 0", { refresh_token_expires_in: 0 }],
    ["a refresh lifetime that is none", { refresh_token_expires_in: "soon" }],
  ])("takes %s for none", (_what, members) => {
    expect(readTokenAnswer({ ...answer, ...members })).not.toHaveProperty(
      "refreshExpiresInSeconds",
    );
  });

  it.each([
    ["a space", "a b"],
    ["a line break", "a\r\nb"],
    ["an escape", "a\u001b[2J"],
    ["nothing", ""],
    ["a character outside of ASCII", "é"],
    ["more than 16 KiB", "t".repeat(16 * 1024 + 1)],
  ])("R44 with %s as a token is refused, without quoting it", (_what, token) => {
    for (const member of ["access_token", "refresh_token"]) {
      const read = () => readTokenAnswer({ ...answer, [member]: token });
      expect(read).toThrow(expect.objectContaining({ kind: "protocol", code: "token_malformed" }));
      expect(read).toThrow(member.replace("_", " "));
    }
  });

  it("D21 with a token of 16 KiB is taken", () => {
    const token = "t".repeat(16 * 1024);
    expect(readTokenAnswer({ ...answer, access_token: token }).accessToken.reveal()).toBe(token);
  });
});

describe("a refresh", () => {
  const before = newCredential(
    readTokenAnswer({
      ...answer,
      expires_in: 60,
      refresh_token: "rt-1",
      refresh_token_expires_in: 600,
      scope: "read",
      id_token: "it-1",
    }),
    origin,
    now,
  );
  const later = now + 90_000;

  it("R36 without a refresh token, scope or ID token leaves them as they were", () => {
    const tokens = readTokenAnswer({ ...answer, access_token: "at-2", expires_in: 60 });
    const after = refreshedCredential(before, tokens, later);
    expect(after).toEqual({
      ...before,
      accessToken: after.accessToken,
      obtainedAt: later,
      expiresAt: later + 60_000,
    });
    expect(after.accessToken.reveal()).toBe("at-2");
    expect(after.refreshToken?.reveal()).toBe("rt-1");
  });

  it("forgets the lifetime of the token that it replaces", () => {
    const after = refreshedCredential(before, readTokenAnswer(answer), later);
    expect(after).not.toHaveProperty("expiresAt");
    const rotated = readTokenAnswer({ ...answer, refresh_token: "rt-2" });
    expect(refreshedCredential(before, rotated, later)).not.toHaveProperty("refreshExpiresAt");
  });

  it("takes over what is new", () => {
    const tokens = readTokenAnswer({
      ...answer,
      refresh_token: "rt-2",
      refresh_token_expires_in: 10,
      scope: "",
      id_token: "it-2",
    });
    const after = refreshedCredential(before, tokens, later);
    expect(after).toMatchObject({ refreshExpiresAt: later + 10_000, grantedScopes: [] });
    expect([after.refreshToken?.reveal(), after.idToken?.reveal()]).toEqual(["rt-2", "it-2"]);
  });
});
