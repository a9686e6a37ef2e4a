// Whatever the token endpoint answers: the exit code, what is sent, and what stays in the store. By row of the bad-input matrix.
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/secret.ts";
import type { TestContext } from "../support/context.ts";
import type { Fault } from "../support/fault-server.ts";
import { type FaultName, jsonAnswer, rawAnswer } from "../support/faults.ts";
import { startFaultyProvider, storeTokens } from "./faulty-provider.ts";
import { play, playFailure, storedCredential, storeSnapshot } from "./scene.ts";

const codeMayBeUsed = "The code may be used up: start the login again.";
const good = { access_token: "good-at-71c05d3e9f284ab6", token_type: "bearer" };

/** Answers whose meaning is the same for a code and for a refresh token: exit code, kind and code. */
const refusedAlike: [string, FaultName | Fault, number, string, string][] = [
  ["D03 a form instead of JSON", "form-encoded", 3, "protocol", "response_is_not_json"],
  ["D04 HTML with 200", "html-200", 3, "protocol", "response_is_not_json"],
  ["D04 nothing with 200", "empty-200", 3, "protocol", "parse_error"],
  ["D04 204", "no-content-204", 3, "protocol", "http_204"],
  ["D04 null", "json-null", 3, "protocol", "invalid_response"],
  ["D04 a list", "json-array", 3, "protocol", "invalid_response"],
  ["D04 an empty object", "json-empty-object", 3, "protocol", "invalid_response"],
  ["D04 JSON that is cut", "cut-json", 3, "protocol", "parse_error"],
  ["D05 502 in HTML", "html-502", 7, "unavailable", "http_502"],
  ["D05 503 with Retry-After", "html-503-retry-after", 7, "unavailable", "http_503"],
  ["D06 500 in JSON", "server-error-500", 7, "unavailable", "http_500"],
  ["D07 429", "too-many-requests", 7, "unavailable", "http_429"],
  [
    "D07 429 in HTML",
    rawAnswer({ status: "429 Too Many Requests", headers: ["content-type: text/html"] }),
    7,
    "unavailable",
    "http_429",
  ],
  ["D07 429 for a day", "too-many-requests-for-a-day", 7, "unavailable", "http_429"],
  ["D10 401 with a challenge", "invalid-client-challenge", 2, "usage", "invalid_client"],
  ["D14 a gigabyte", "huge-body", 3, "protocol", "answer_too_large"],
  ["D14 chunks without end", "endless-chunks", 3, "protocol", "answer_too_large"],
  ["D14 a gzip bomb", "gzip-bomb", 3, "protocol", "answer_too_large"],
  ["D16 a reset after the request", "reset-after-request", 7, "unavailable", "network"],
  ["D16 a close after the request", "closed-after-request", 7, "unavailable", "network"],
  ["D16 a close within the body", "closed-in-body", 7, "unavailable", "network"],
  ["D19 no access token", "no-access-token", 3, "protocol", "invalid_response"],
  ["D19 an empty access token", "empty-access-token", 3, "protocol", "invalid_response"],
  ["D19 a number as access token", "numeric-access-token", 3, "protocol", "invalid_response"],
  [
    "D19 a line break in the access token",
    jsonAnswer({ ...good, access_token: "line-1\r\nX-Forged: 1" }),
    3,
    "protocol",
    "token_malformed",
  ],
  ["D21 a megabyte of access token", "megabyte-access-token", 3, "protocol", "token_malformed"],
  ["D22 no token type", "no-token-type", 3, "protocol", "invalid_response"],
  ["D23 the token type mac", "mac-token-type", 3, "protocol", "unsupported_operation"],
  [
    "D23 the token type dpop, unasked",
    jsonAnswer({ ...good, token_type: "DPoP" }),
    3,
    "protocol",
    "token_type_unknown",
  ],
  ["D26 a list of scopes", "array-scope", 3, "protocol", "invalid_response"],
  ["D32 a description with escapes", "hostile-description", 2, "usage", "invalid_request"],
  ["D32 a megabyte of description", "megabyte-description", 2, "usage", "invalid_request"],
  ["D34 a 100 that nobody waits for", "continue-100", 7, "unavailable", "network"],
  ["D34 a bad chunk", "bad-chunk-size", 3, "protocol", "not_http"],
  ["D34 two lengths", "two-lengths", 3, "protocol", "not_http"],
  ["D34 two answers in one", "split-answer", 3, "protocol", "invalid_response"],
  ["D34 a megabyte of header", "huge-header", 3, "protocol", "not_http"],
  ["D34 another protocol", "not-http", 3, "protocol", "not_http"],
  ["a 307 elsewhere", "redirect-307-elsewhere", 6, "unsafe", "redirect_refused"],
  ["a 302 elsewhere", "redirect-302-elsewhere", 6, "unsafe", "redirect_refused"],
  [
    "a 308 to itself",
    rawAnswer({ status: "308 Permanent Redirect", headers: ["location: /token"] }),
    6,
    "unsafe",
    "redirect_refused",
  ],
];

/** Answers of a server that has done nothing: only a refresh asks again. */
const askedAgain = new Set<unknown>(["html-503-retry-after", "too-many-requests"]);

describe.each(refusedAlike)("%s", (_row, fault, exitCode, kind, code) => {
  it("ends a login with one request and an untouched store", async () => {
    const { server, context } = await startFaultyProvider(fault);
    const failure = await playFailure(context, "login faulty");
    expect(failure).toMatchObject({ exitCode, kind, code, stdout: "" });
    expect(failure.hint).toBeTruthy();
    if (kind === "unavailable") expect(failure.hint).toBe(codeMayBeUsed);
    expect(context.exchanges).toHaveLength(1);
    expect(server.elsewhereRequests).toEqual([]);
    expect(await storeSnapshot(context)).toEqual([]);
  });

  it("ends a refresh and keeps the tokens", async () => {
    const provider = await startFaultyProvider(fault);
    const { server, context } = provider;
    await storeTokens(provider);
    context.clock.passSleeps((milliseconds) => milliseconds < 10_000);
    const before = await storeSnapshot(context);
    const failure = await playFailure(context, "refresh faulty");
    expect(failure).toMatchObject({ exitCode, kind, code, stdout: "" });
    expect(failure.hint).toBeTruthy();
    expect(context.exchanges).toHaveLength(askedAgain.has(fault) ? 3 : 1);
    expect(server.elsewhereRequests).toEqual([]);
    expect(await storeSnapshot(context)).toEqual(before);
  });
});

describe.each<FaultName>(["no-answer", "stalls-after-headers", "drips"])("D15 %s", (fault) => {
  it.each([30, 5])("is given up after %i seconds, as --timeout says", async (seconds) => {
    const { server, context } = await startFaultyProvider(fault);
    const running = playFailure(context, `login faulty --timeout ${seconds}`);
    await server.untilRequests(1);
    await context.clock.advance(seconds * 1000 - 1);
    expect(context.stderr.text).not.toContain("error");
    await context.clock.advance(1);
    expect(await running).toMatchObject({
      exitCode: 7,
      code: "timeout",
      message: `${new URL(server.url).host} did not answer within ${seconds} seconds.`,
      hint: codeMayBeUsed,
    });
    await server.untilDropped();
  });

  it("leaves the tokens of a refresh as they were", async () => {
    const provider = await startFaultyProvider(fault);
    const { server, context } = provider;
    await storeTokens(provider);
    const before = await storeSnapshot(context);
    const running = playFailure(context, "refresh faulty");
    await server.untilRequests(1);
    await context.clock.advance(30_000);
    expect(await running).toMatchObject({ exitCode: 7, code: "timeout" });
    expect(await storeSnapshot(context)).toEqual(before);
  });
});

describe("D08, D09 invalid_grant", () => {
  it("is a refusal for a code: start again", async () => {
    const { context } = await startFaultyProvider("invalid-grant");
    expect(await playFailure(context, "login faulty")).toMatchObject({
      exitCode: 5,
      code: "invalid_grant",
      hint: "A code works once and for a few minutes: start the login again.",
    });
  });

  it("H15 asks for a login after a refresh, keeps the tokens, and thinks of a second machine", async () => {
    const provider = await startFaultyProvider("invalid-grant");
    await storeTokens(provider);
    const before = await storeSnapshot(provider.context);
    expect(await playFailure(provider.context, "refresh faulty")).toMatchObject({
      exitCode: 4,
      kind: "login-required",
      code: "invalid_grant",
      hint: expect.stringContaining("perhaps on another machine"),
    });
    expect(await storeSnapshot(provider.context)).toEqual(before);
  });
});

/** What is stored after a login that gets this answer. */
async function stored(answer: FaultName | Fault, context?: TestContext) {
  const provider = context ? { context } : await startFaultyProvider(answer);
  const outcome = await play(provider.context, "login faulty");
  expect(outcome.exitCode).toBe(0);
  const credential = await storedCredential(provider.context, "faulty");
  return { outcome, credential, now: provider.context.clock.now() };
}

describe("an odd answer that can be used", () => {
  it.each<[string, FaultName]>([
    ["D12 JSON that says it is HTML", "json-as-html"],
    ["D30 a key that comes twice: the last", "duplicate-keys"],
    ["D30 __proto__ and constructor as keys", "prototype-keys"],
    ["D31 ten thousand unknown fields", "ten-thousand-fields"],
    ["D34 early hints", "early-hints"],
    ["D34 trailers", "trailers"],
  ])("%s", async (_row, fault) => {
    const { credential } = await stored(fault);
    expect(credential).toMatchObject({
      accessToken: "fault-access-token-0123456789",
      tokenType: "bearer",
      grantedScopes: ["read"],
    });
    expect(credential).not.toHaveProperty("expiresAt");
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("D23 takes Bearer in any case", async () => {
    const { credential } = await stored(jsonAnswer({ ...good, token_type: "BEARER" }));
    expect(credential?.tokenType).toBe("bearer");
  });

  it.each([
    ["D25 digits as text", "3600", 3600],
    ["D25 zero: it has ended already", 0, 0],
    ["D25 more than ten years, capped", 1e308, 315_360_000],
    ["D25 2^53, capped", 2 ** 53, 315_360_000],
  ])("%s", async (_row, expires_in, seconds) => {
    const { credential, now } = await stored(jsonAnswer({ ...good, expires_in }));
    expect(credential?.expiresAt).toBe(now + seconds * 1000);
  });

  it.each([
    ["D24 -1", -1],
    ["D24 null", null],
    ["D24 an object", {}],
    ["D24 NaN as text", "NaN"],
    ["D25 1h", "1h"],
  ])("%s is no lifetime, not an endless one", async (_row, expires_in) => {
    const { credential, outcome } = await stored(jsonAnswer({ ...good, expires_in }));
    expect(credential).not.toHaveProperty("expiresAt");
    expect(outcome.stderr).toContain("no expiry named");
  });

  it("D26 stores a smaller scope and says what is missing", async () => {
    const { server, context } = await startFaultyProvider(jsonAnswer({ ...good, scope: "read" }), {
      env: { FAULTY_SCOPE: "read write" },
    });
    const { credential, outcome } = await stored("json-null", context);
    expect(server.requests).toHaveLength(1);
    expect(credential).toMatchObject({
      requestedScopes: ["read", "write"],
      grantedScopes: ["read"],
    });
    expect(outcome.stderr).toContain("faulty did not grant write");
  });

  it.each([
    ["a larger scope as granted", "read admin", ["read", "admin"]],
    ["an empty scope as none", "", []],
  ])("D26 stores %s", async (_what, scope, grantedScopes) => {
    const { credential } = await stored(jsonAnswer({ ...good, scope }));
    expect(credential).toMatchObject({ grantedScopes });
  });

  it("keeps a comma in a scope of a provider that separates by spaces", async () => {
    const { credential } = await stored(jsonAnswer({ ...good, scope: "read,all list" }));
    expect(credential?.grantedScopes).toEqual(["read,all", "list"]);
  });

  it("D27 says that no refresh token came where one was asked for", async () => {
    const { context } = await startFaultyProvider(jsonAnswer(good));
    const { stderr } = await play(context, "login faulty --offline");
    expect(stderr).toContain("faulty sent no refresh token");
  });

  it.each([null, ""])("D28 takes the refresh token %j for none", async (refresh_token) => {
    const { credential } = await stored(jsonAnswer({ ...good, refresh_token }));
    expect(credential).not.toHaveProperty("refreshToken");
  });

  it("D28 keeps the old refresh token when the new one is null", async () => {
    const provider = await startFaultyProvider("null-refresh-token");
    const old = await storeTokens(provider);
    expect(await play(provider.context, "refresh faulty")).toMatchObject({ exitCode: 0 });
    expect(await storedCredential(provider.context, "faulty")).toMatchObject({
      accessToken: "fault-access-token-0123456789",
      refreshToken: old.refreshToken?.reveal(),
    });
  });
});

describe("D29, H11 a rotated refresh token in an answer that is otherwise refused", () => {
  const rotated = "rotated-rt-5ac81e07f39d2b64";
  it.each([
    ["another token type", { ...good, token_type: "mac" }, 3],
    ["no access token", { token_type: "bearer" }, 3],
    ["a malformed access token", { ...good, access_token: "a b" }, 3],
    ["an ID token that is none", { ...good, id_token: "not.a.token" }, 6],
  ])("is saved before the failure is told: %s", async (_what, answer, exitCode) => {
    const provider = await startFaultyProvider(jsonAnswer({ ...answer, refresh_token: rotated }));
    const old = await storeTokens(provider);
    const failure = await playFailure(provider.context, "refresh faulty");
    expect(failure).toMatchObject({ exitCode, stdout: "" });
    expect(await storedCredential(provider.context, "faulty")).toEqual({
      ...old,
      accessToken: old.accessToken.reveal(),
      refreshToken: rotated,
    });
  });

  it("is not taken from an error, nor when it could not be sent again", async () => {
    for (const fault of [
      jsonAnswer({ error: "invalid_grant", refresh_token: rotated }, "400 Bad Request"),
      jsonAnswer({ token_type: "bearer", refresh_token: "line\nbreak" }),
      jsonAnswer({ token_type: "bearer", refresh_token: "r".repeat(16 * 1024 + 1) }),
    ]) {
      const provider = await startFaultyProvider(fault);
      await storeTokens(provider);
      const before = await storeSnapshot(provider.context);
      expect((await playFailure(provider.context, "refresh faulty")).exitCode).not.toBe(0);
      expect(await storeSnapshot(provider.context)).toEqual(before);
    }
  });
});

describe("H06 a server that is down", () => {
  it.each<FaultName>(["html-503-retry-after", "reset-after-request", "too-many-requests"])(
    "leaves a token in use that still lives: %s",
    async (fault) => {
      const provider = await startFaultyProvider(fault);
      const { context } = provider;
      const { accessToken } = await storeTokens(provider, {
        expiresAt: context.clock.now() + 50_000,
      });
      const before = await storeSnapshot(context);
      context.allow(accessToken.reveal());
      const outcome = await play(context, "token faulty");
      expect(outcome).toMatchObject({ exitCode: 0, stdout: `${accessToken.reveal()}\n` });
      expect(outcome.stderr).toContain("It was not refreshed and ends soon.");
      expect(await storeSnapshot(context)).toEqual(before);
    },
  );

  it("says that `refresh` kept the token", async () => {
    const provider = await startFaultyProvider("html-502");
    provider.context.clock.passSleeps((milliseconds) => milliseconds < 10_000);
    await storeTokens(provider, { expiresAt: provider.context.clock.now() + 120_000 });
    const outcome = await play(provider.context, "refresh faulty");
    expect(outcome).toMatchObject({ exitCode: 0, stdout: "" });
    expect(outcome.stderr).toContain(
      "The provider could not be asked, so the stored token stays in use, expires in 2 minutes.",
    );
  });

  it("prints nothing once the token has ended", async () => {
    const provider = await startFaultyProvider("html-502");
    provider.context.clock.passSleeps((milliseconds) => milliseconds < 10_000);
    await storeTokens(provider);
    expect(await playFailure(provider.context, "token faulty")).toMatchObject({
      exitCode: 7,
      stdout: "",
    });
  });
});

it("R37 never sends a scope with a refresh, and sends its token in the body", async () => {
  const provider = await startFaultyProvider(jsonAnswer(good), {
    env: { FAULTY_CLIENT_SECRET: "faulty-secret-0f1e2d3c4b5a" },
  });
  const { refreshToken } = await storeTokens(provider, {
    refreshToken: new Secret("the-rt/with+odd=characters&more"),
  });
  await play(provider.context, "refresh faulty");
  const [request] = provider.server.requests;
  expect(request).toMatchObject({ method: "POST", path: "/token" });
  expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
    grant_type: "refresh_token",
    refresh_token: refreshToken?.reveal(),
  });
  expect(request?.headers.authorization).toBe(
    `Basic ${Buffer.from("faulty-client:faulty-secret-0f1e2d3c4b5a".replaceAll("-", "%2D")).toString("base64")}`,
  );
});
