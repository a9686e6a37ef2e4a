// Task 2 of the lab: Google with a refresh token, by paste with the seed's redirect URI, its refresh, and every way that Google says no.
import { describe, expect, it } from "vitest";
import { createTestContext } from "../support/context.ts";
import { type GoogleServer, startGoogleServer } from "../support/google-server.ts";
import type { GoogleOptions } from "../support/google-state.ts";
import { signIn } from "../support/sign-in.ts";
import {
  createPastingContext,
  createSecondContext,
  play,
  playFailure,
  playTogether,
  storedCredential,
  storeSnapshot,
} from "./scene.ts";

const seedRedirectUri = "https://localhost:8080/auth/google/callback";
const fullNames = [
  "openid",
  "https://www.googleapis.com/auth/userinfo.email",
  "https://www.googleapis.com/auth/userinfo.profile",
];

/** Google and a user who pastes, configured as the seed is. */
async function startSeed(options: GoogleOptions = {}, env: Record<string, string> = {}) {
  const server = await startGoogleServer(options);
  const context = await createPastingContext({
    env: { ...server.env, GOOGLE_REDIRECT_URI: seedRedirectUri, ...env },
  });
  return { server, context };
}

async function startSignedIn(options: GoogleOptions = {}) {
  const { server, context } = await startSeed(options);
  expect((await play(context, "google-offline")).exitCode).toBe(0);
  return { server, context };
}

function tokenRequests(server: GoogleServer) {
  return server.requests.filter(({ path }) => path === "/token");
}

describe("google-offline with the seed's parameters", () => {
  it("asks for offline access with exactly these parameters", async () => {
    const { server, context } = await startSeed();
    expect(await play(context, "google-offline")).toMatchObject({ exitCode: 0, stdout: "" });
    const [url] = context.openedAddresses;
    expect(`${url?.origin}${url?.pathname}`).toBe(`${server.url}/o/oauth2/v2/auth`);
    expect(Object.fromEntries(url?.searchParams ?? [])).toEqual({
      response_type: "code",
      client_id: server.clientId,
      redirect_uri: seedRedirectUri,
      scope: "openid email profile",
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
      access_type: "offline",
      include_granted_scopes: "true",
      prompt: "consent",
    });
  });

  it("stores a refresh token, bound to where it came from", async () => {
    const { server, context } = await startSeed();
    await play(context, "google-offline");
    const issued = (prefix: string) => [...server.issued].find((value) => value.startsWith(prefix));
    expect(await storedCredential(context, "google")).toEqual({
      provider: "google",
      profile: "default",
      binding: {
        issuer: server.url,
        tokenEndpoint: `${server.url}/token`,
        clientId: server.clientId,
        origins: [server.url],
      },
      accessToken: issued("ya29."),
      refreshToken: issued("1//0"),
      idToken: issued("eyJ"),
      tokenType: "bearer",
      obtainedAt: context.clock.now(),
      expiresAt: context.clock.now() + 3_599_000,
      requestedScopes: ["openid", "email", "profile"],
      grantedScopes: fullNames,
      subject: "110169484474386276334",
      login: "ada@example.com",
      grant: "authorization_code",
    });
  });

  it("tells what was checked, and does not call Google's long scope names missing", async () => {
    const { context } = await startSeed();
    const { stderr } = await play(context, "google-offline");
    expect(stderr).toContain("ID token: signature, issuer, audience, nonce and time ✓");
    expect(stderr).toContain("refresh token …");
    expect(stderr).toContain("Signed in to google as Ada Lovelace (ada@example.com).");
    expect(stderr).not.toContain("did not grant");
    expect(stderr).not.toContain("Note:");
  });

  it("is what login google --offline does, and login google alone is not", async () => {
    const parameters = async (line: string) => {
      const { context } = await startSeed();
      await play(context, line);
      return context.openedAddresses[0]?.searchParams;
    };
    const offline = ["access_type", "include_granted_scopes", "prompt"];
    const asked = await parameters("login google --offline");
    expect(offline.map((name) => asked?.get(name))).toEqual(["offline", "true", "consent"]);
    const plain = await parameters("login google");
    expect(offline.filter((name) => plain?.has(name))).toEqual([]);
  });

  it("needs no openid: a scope of the seed's kind brings a token and no name", async () => {
    const scope = "https://www.googleapis.com/auth/photoslibrary.readonly.appcreateddata";
    const { server, context } = await startSeed({}, { GOOGLE_SCOPE: scope });
    const { exitCode, stderr } = await play(context, "google-offline");
    expect(exitCode).toBe(0);
    expect(context.openedAddresses[0]?.searchParams.has("nonce")).toBe(false);
    expect(stderr).toContain("The token has not the scope openid, without which Google");
    expect(server.requests.some(({ path }) => path === "/v1/userinfo")).toBe(false);
    expect(await storedCredential(context, "google")).toMatchObject({
      grantedScopes: [scope],
      refreshToken: expect.stringMatching(/^1\/\/0/),
    });
    expect(await playFailure(context, "whoami google")).toMatchObject({
      exitCode: 2,
      code: "openid_not_granted",
    });
  });

  it("says what to do where no refresh token comes", async () => {
    const { server, context } = await startSeed();
    const kept = { access_token: "ya29.without-a-refresh-token", token_type: "Bearer" };
    server.answers.token = { body: { ...kept, scope: "photos", expires_in: 3599 } };
    const { stderr } = await play(context, "google-offline --scope photos");
    expect(stderr).toContain(
      "Google sent no refresh token: it does so with the first consent only. End the app's access at https://myaccount.google.com/connections and sign in again.",
    );
  });
});

describe("the refresh token of Google", () => {
  it("gets a new access token and stays as it is", async () => {
    const { server, context } = await startSignedIn();
    const first = await storedCredential(context, "google");
    await context.clock.advance(1000);
    expect(await play(context, "refresh google")).toMatchObject({ exitCode: 0, stdout: "" });
    const second = await storedCredential(context, "google");
    expect(Object.fromEntries(tokenRequests(server).at(-1)?.form ?? [])).toEqual({
      grant_type: "refresh_token",
      refresh_token: first?.refreshToken,
      client_id: server.clientId,
      client_secret: server.clientSecret,
    });
    expect(second?.accessToken).not.toBe(first?.accessToken);
    expect(second).toEqual({
      ...first,
      accessToken: second?.accessToken,
      idToken: second?.idToken,
      obtainedAt: context.clock.now(),
      expiresAt: context.clock.now() + 3_599_000,
    });
  });

  it("is replaced by a new one, should one ever come", async () => {
    const { server, context } = await startSignedIn();
    server.answers.token = {
      body: {
        access_token: "ya29.next-0123456789abcdef",
        token_type: "Bearer",
        refresh_token: "1//0next-6b1d8e4f",
      },
    };
    await play(context, "refresh google");
    expect((await storedCredential(context, "google"))?.refreshToken).toBe("1//0next-6b1d8e4f");
  });

  it("is used by `token` once less than a minute is left, and not before", async () => {
    const { server, context } = await startSignedIn();
    context.printsToken();
    const first = await play(context, "token google");
    await context.clock.advance(3_538_000);
    expect((await play(context, "token google")).stdout).toBe(first.stdout);
    expect(tokenRequests(server)).toHaveLength(1);
    await context.clock.advance(1000);
    const refreshed = await play(context, "token google");
    expect(refreshed).toMatchObject({ exitCode: 0, stderr: "" });
    expect(refreshed.stdout).toMatch(/^ya29\.[\w-]+\n$/);
    expect(refreshed.stdout).not.toBe(first.stdout);
    expect(tokenRequests(server)).toHaveLength(2);
  });

  it("H01 is spent once by two terminals that ask at the same time", async () => {
    const { server, context } = await startSignedIn();
    await context.clock.advance(3_600_000);
    const second = await createSecondContext(context, { now: context.clock.now() });
    for (const terminal of [context, second]) terminal.printsToken();
    const [one, other] = await playTogether([context, second], "token google");
    expect(one).toMatchObject({ exitCode: 0, stderr: "" });
    expect(other).toEqual(one);
    expect(tokenRequests(server)).toHaveLength(2);
  });

  it("H05 that another process has used meanwhile is not used again", async () => {
    const { server, context } = await startSignedIn();
    await context.clock.advance(3_600_000);
    const second = await createSecondContext(context, { now: context.clock.now() });
    const outcomes = await playTogether([context, second], "refresh google");
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    const told = outcomes.map(({ stderr }) => /^[A-Z]\w+/.exec(stderr)?.[0]).sort();
    expect(told).toEqual(["Another", "Refreshed"]);
    expect(tokenRequests(server)).toHaveLength(2);
  });

  it("that was revoked asks for a login and is kept", async () => {
    const { server, context } = await startSignedIn();
    const before = await storeSnapshot(context);
    server.endGrant();
    const failure = await playFailure(context, "refresh google");
    expect(failure).toMatchObject({ exitCode: 4, kind: "login-required", code: "invalid_grant" });
    expect(failure.message).toContain("Token has been expired or revoked.");
    expect(await storeSnapshot(context)).toEqual(before);
  });
});

/** PROVIDERS.md §2.6: status, error and description, then the exit code for a code and for a refresh. */
const errors: [number, string, string, number, number][] = [
  [400, "invalid_grant", "Bad Request", 5, 4],
  [400, "invalid_grant", "Token has been expired or revoked.", 5, 4],
  [400, "invalid_grant", "Malformed auth code.", 5, 4],
  [400, "invalid_grant", "Missing code verifier.", 5, 4],
  [401, "invalid_client", "The OAuth client was not found.", 2, 2],
  [401, "invalid_client", "Unauthorized", 2, 2],
  [400, "redirect_uri_mismatch", "Bad Request", 2, 2],
  [400, "invalid_request", "client_secret is missing.", 2, 2],
  [401, "deleted_client", "The OAuth client was deleted.", 2, 2],
  [401, "disabled_client", "The OAuth client was disabled.", 2, 2],
  [403, "org_internal", "This client is restricted to its organisation.", 5, 5],
  [400, "admin_policy_enforced", "", 5, 5],
];

describe.each(errors)("%i %s %j", (status, error, error_description, ofCode, ofRefresh) => {
  const answer = { status, body: { error, ...(error_description && { error_description }) } };

  it(`of a code ends with ${ofCode} and stores nothing`, async () => {
    const { server, context } = await startSeed();
    server.answers.token = answer;
    const failure = await playFailure(context, "google-offline");
    expect(failure).toMatchObject({ exitCode: ofCode, code: error, stdout: "" });
    expect(failure.message).toContain(error_description);
    expect(failure.hint).toBeTruthy();
    expect(tokenRequests(server)).toHaveLength(1);
    expect(await storeSnapshot(context)).toEqual([]);
  });

  it(`of a refresh ends with ${ofRefresh} and keeps the tokens`, async () => {
    const { server, context } = await startSignedIn();
    const before = await storeSnapshot(context);
    server.answers.token = answer;
    const failure = await playFailure(context, "refresh google");
    expect(failure).toMatchObject({ exitCode: ofRefresh, code: error, stdout: "" });
    expect(failure.hint).toBeTruthy();
    expect(await storeSnapshot(context)).toEqual(before);
  });
});

it("gives up after a while where Google shows its own error page", async () => {
  const server = await startGoogleServer({ redirectUris: [] });
  const context = await createTestContext({
    env: { ...server.env, GOOGLE_REDIRECT_URI: "http://127.0.0.1:0/callback/google" },
    browser: (url, rig) => signIn(url, rig).catch(() => undefined),
  });
  const running = playFailure(context, "google-offline --wait 120");
  await context.clock.untilSleeping((milliseconds) => milliseconds === 120_000);
  await context.clock.advance(120_000);
  const failure = await running;
  expect(failure).toMatchObject({ exitCode: 5, code: "login_expired" });
  expect(failure.hint).toContain("check the registered redirect URI");
});

describe("whoami google", () => {
  it("answers with the user, in a line or as JSON", async () => {
    const { context } = await startSignedIn();
    expect(await play(context, "whoami google")).toEqual({
      exitCode: 0,
      stdout: "Ada Lovelace (ada@example.com)\n",
      stderr: "",
    });
    expect(JSON.parse((await play(context, "whoami google --json")).stdout)).toEqual({
      version: 1,
      provider: "google",
      profile: "default",
      subject: "110169484474386276334",
      login: null,
      name: "Ada Lovelace",
      email: "ada@example.com",
      scopes: fullNames,
    });
  });

  it("asks for a login where the token is dead", async () => {
    const { server, context } = await startSignedIn();
    server.endGrant();
    const failure = await playFailure(context, "whoami google");
    expect(failure).toMatchObject({ exitCode: 4, code: "invalid_token" });
  });

  it.each([401, 403])("takes a bare %i for what it is", async (status) => {
    const { server, context } = await startSignedIn();
    server.answers.userinfo = { status, body: {} };
    const expected = status === 401 ? { exitCode: 4 } : { exitCode: 5 };
    expect(await playFailure(context, "whoami google")).toMatchObject(expected);
  });

  it("drops user information that belongs to another subject", async () => {
    const { server, context } = await startSignedIn();
    server.answers.userinfo = { body: { sub: "another", name: "Mallory" } };
    const failure = await playFailure(context, "whoami google");
    expect(failure).toMatchObject({ exitCode: 6, code: "subject_mismatch", stdout: "" });
    expect(context.stderr.text).not.toContain("Mallory");
  });
});

describe("logout google", () => {
  it("revokes the refresh token, then deletes", async () => {
    const { server, context } = await startSignedIn();
    const { refreshToken } = (await storedCredential(context, "google")) ?? {};
    const { exitCode, stdout, stderr } = await play(context, "logout google");
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: "",
      stderr:
        "Note: Google ends everything that the account granted to the whole project, for all of its clients.\n" +
        "Revoked at Google and deleted here.\n",
    });
    const request = server.requests.find(({ path }) => path === "/revoke");
    expect(Object.fromEntries(request?.form ?? [])).toMatchObject({
      token: refreshToken,
      token_type_hint: "refresh_token",
    });
    expect(await storeSnapshot(context)).toEqual([]);
  });

  it.each([
    ["503", { status: 503, body: "down" }],
    ["400 invalid_request", { status: 400, body: { error: "invalid_request" } }],
  ])("deletes here also when the revocation fails with %s, and says so", async (_what, answer) => {
    const { server, context } = await startSignedIn();
    server.answers.revoke = answer;
    const { exitCode, stderr } = await play(context, "logout google");
    expect(exitCode).toBe(0);
    expect(stderr).toContain("Deleted here.");
    expect(stderr).toContain("it may still honour the token");
    expect(await storeSnapshot(context)).toEqual([]);
  });

  it("takes Google's word that the token had ended already for a success", async () => {
    const { server, context } = await startSignedIn();
    server.answers.revoke = { status: 400, body: { error: "invalid_token" } };
    expect((await play(context, "logout google")).stderr).toContain(
      "Revoked at Google and deleted here.",
    );
  });

  it("--local asks nobody", async () => {
    const { server, context } = await startSignedIn();
    const before = server.requests.length;
    const { stderr } = await play(context, "logout google --local");
    expect(stderr).toBe(
      "Deleted here. Google still honours the token until it expires or is revoked there.\n",
    );
    expect(server.requests).toHaveLength(before);
    expect(await storeSnapshot(context)).toEqual([]);
  });
});
