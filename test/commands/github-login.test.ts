// Task 1 of the lab: GitHub with the seed's exact parameters, by paste and by listening, and every way that GitHub says no.
import { describe, expect, it } from "vitest";
import { createTestContext } from "../support/context.ts";
import { type GitHubServer, startGitHubServer } from "../support/github-server.ts";
import type { GitHubOptions } from "../support/github-state.ts";
import { signIn } from "../support/sign-in.ts";
import {
  createPastingContext,
  play,
  playFailure,
  storedCredential,
  storeSnapshot,
} from "./scene.ts";

const seedRedirectUri = "https://localhost:8000/callback";

/** GitHub and a user who pastes, configured as the seed is. */
async function startSeed(options: GitHubOptions = {}, alter?: (address: URL) => string) {
  const server = await startGitHubServer(options);
  const env = { ...server.env, GITHUB_REDIRECT_URI: seedRedirectUri, GITHUB_SCOPE: "read:user" };
  const context = await createPastingContext({ env }, alter ? { alter } : {});
  return { server, context };
}

/** GitHub and a user whose browser reaches the listener. */
async function startWithListener(options: GitHubOptions = {}) {
  const server = await startGitHubServer(options);
  const env = { ...server.env, GITHUB_REDIRECT_URI: "http://127.0.0.1:0/callback/github" };
  return { server, context: await createTestContext({ browser: signIn, env }) };
}

function tokenRequest(server: GitHubServer) {
  return server.requests.find(({ path }) => path === "/login/oauth/access_token");
}

describe("login github with the seed's parameters", () => {
  it("asks for a code with exactly these parameters", async () => {
    const { server, context } = await startSeed();
    expect(await play(context, "login github")).toMatchObject({ exitCode: 0, stdout: "" });
    const [url] = context.openedAddresses;
    expect(`${url?.origin}${url?.pathname}`).toBe(`${server.url}/login/oauth/authorize`);
    expect(Object.fromEntries(url?.searchParams ?? [])).toEqual({
      response_type: "code",
      client_id: server.clientId,
      redirect_uri: seedRedirectUri,
      scope: "read:user",
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
    });
    expect(url?.searchParams.size).toBe(7);
  });

  it("exchanges the code with secret and verifier in the body, for JSON", async () => {
    const { server, context } = await startSeed();
    await play(context, "login github");
    const request = tokenRequest(server);
    expect(request?.headers).toMatchObject({
      accept: "application/json",
      "content-type": expect.stringContaining("application/x-www-form-urlencoded"),
    });
    expect(request?.headers).not.toHaveProperty("authorization");
    expect(Object.fromEntries(request?.form ?? [])).toEqual({
      grant_type: "authorization_code",
      client_id: server.clientId,
      client_secret: server.clientSecret,
      code: expect.stringMatching(/^\w{20}$/),
      redirect_uri: seedRedirectUri,
      code_verifier: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  it("stores what came, bound to where it came from", async () => {
    const { server, context } = await startSeed();
    await play(context, "login github");
    const [accessToken] = [...server.issued].filter((value) => value.startsWith("gho_"));
    expect(await storedCredential(context, "github")).toEqual({
      provider: "github",
      profile: "default",
      binding: {
        issuer: `${server.url}/login/oauth`,
        tokenEndpoint: `${server.url}/login/oauth/access_token`,
        clientId: server.clientId,
        origins: [server.url],
      },
      accessToken,
      tokenType: "bearer",
      obtainedAt: context.clock.now(),
      requestedScopes: ["read:user"],
      grantedScopes: ["read:user"],
      subject: "583231",
      login: "octocat",
      grant: "authorization_code",
    });
  });

  it("tells the four steps, and that the page fails to load", async () => {
    const { server, context } = await startSeed();
    const { stderr } = await play(context, "login github");
    const [accessToken = ""] = [...server.issued].filter((value) => value.startsWith("gho_"));
    expect(
      stderr.replace(String(context.openedAddresses[0]), "URL").replace(/ {4,}/g, "    "),
    ).toBe(
      `Step 1  Ask for a code    front channel
  Open this address, or let the browser that just opened do it:
  URL
Step 2  Approve it    front channel
  Approve read:user in the browser. Nothing waits for the answer here (https://localhost:8000 is https, which needs a certificate to listen with), so the page may fail to load: that is expected. Copy the whole address it ends on.
  Paste it here only, never into a website:
Step 3  Exchange the code    back channel
  state ✓  redirect ✓  issuer ✓  PKCE ✓
  access token gho_…${accessToken.slice(-4)}   no expiry named
  scopes read:user
  no refresh token
Step 4  Use the token    back channel
  Signed in to github as octocat (Mona Lisa). Stored in a file that only your user can read.
`,
    );
  });

  it("is what github-login does too", async () => {
    const [one, other] = [await startSeed(), await startSeed()];
    await play(one.context, "login github --json");
    await play(other.context, "github-login --json");
    const result = ({ context, server }: typeof one) => {
      const { issuer, store, ...rest } = JSON.parse(context.stdout.text);
      expect(issuer).toBe(`${server.url}/login/oauth`);
      expect(store).toEqual({ protection: "file", folder: context.storeFolder });
      return { ...rest, obtained_at: "" };
    };
    expect(result(one)).toEqual({
      version: 1,
      provider: "github",
      profile: "default",
      client_id: one.server.clientId,
      subject: "583231",
      login: "octocat",
      grant: "authorization_code",
      token_type: "bearer",
      state: "active",
      scopes: ["read:user"],
      requested_scopes: ["read:user"],
      obtained_at: "",
      expires_at: null,
      refreshable: false,
      refresh_expires_at: null,
    });
    expect(result(other)).toEqual(result(one));
  });

  it("exchanges nothing for a pasted address with another state", async () => {
    const { server, context } = await startSeed({}, (address) => {
      address.searchParams.set("state", "x".repeat(43));
      return address.href;
    });
    const failure = await playFailure(context, "login github");
    expect(failure).toMatchObject({ exitCode: 6, kind: "unsafe", code: "state_mismatch" });
    expect(tokenRequest(server)).toBeUndefined();
    expect(await storeSnapshot(context)).toEqual([]);
  });

  it("exchanges nothing for an answer of another issuer", async () => {
    const { server, context } = await startSeed({}, (address) => {
      address.searchParams.set("iss", "https://evil.example/login/oauth");
      return address.href;
    });
    const failure = await playFailure(context, "login github");
    expect(failure).toMatchObject({ exitCode: 6, code: "issuer_mismatch" });
    expect(tokenRequest(server)).toBeUndefined();
  });

  it("works where GitHub does not name itself in the answer", async () => {
    const { context } = await startSeed({ namesIssuer: false });
    expect((await play(context, "login github")).exitCode).toBe(0);
  });
});

describe("login github with a listener", () => {
  it("takes the answer from the browser and tells it that it worked", async () => {
    const pages: string[] = [];
    const server = await startGitHubServer();
    const context = await createTestContext({
      env: { ...server.env, GITHUB_REDIRECT_URI: "http://127.0.0.1:0/callback/github" },
      browser: async (url, rig) => {
        const { page } = await signIn(url, rig);
        pages.push(page?.url.href ?? "", page?.html ?? "");
      },
    });
    const { exitCode, stdout, stderr } = await play(context, "login github");
    await context.browserDone();
    const redirectUri = context.openedAddresses[0]?.searchParams.get("redirect_uri") ?? "";
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
    expect(stderr).toContain(`Waiting on ${redirectUri} …`);
    expect(pages[0]).toBe(new URL("/done", redirectUri).href);
    expect(pages[1]).toContain("You are signed in");
  });

  it("tells the user's no, and the browser that it failed", async () => {
    const { context } = await startWithListener({ decision: "deny" });
    expect(await playFailure(context, "login github")).toEqual({
      exitCode: 5,
      stdout: "",
      kind: "refused",
      code: "access_denied",
      message:
        'The request was denied: access_denied "The user has denied your application access.".',
      hint: "Nothing was stored. Start again to approve it.",
    });
    expect(await storeSnapshot(context)).toEqual([]);
  });

  it.each([
    ["application_suspended", 5, /suspended/],
    ["redirect_uri_mismatch", 2, /Register exactly/],
  ])("says what %s in the browser's answer means", async (error, exitCode, hint) => {
    const { server, context } = await startWithListener();
    server.answers.authorize = ({ query }) => {
      const location = new URL(query.get("redirect_uri") ?? "");
      location.searchParams.set("error", error);
      location.searchParams.set("state", query.get("state") ?? "");
      return { status: 302, headers: { location: location.href } };
    };
    const failure = await playFailure(context, "login github");
    expect(failure).toMatchObject({ exitCode, code: error, hint: expect.stringMatching(hint) });
    expect(await storeSnapshot(context)).toEqual([]);
  });

  it("says which scope was not granted", async () => {
    const { context } = await startWithListener({ grantedScopes: ["read:user"] });
    const { stderr } = await play(context, "login github --scope read:user gist");
    expect(stderr).toContain("Note: GitHub did not grant gist: what needs it will be refused.");
    expect((await storedCredential(context, "github"))?.grantedScopes).toEqual(["read:user"]);
  });

  it("reads comma-separated scopes", async () => {
    const { context } = await startWithListener();
    await play(context, "login github --scope repo gist,user:email");
    expect(await storedCredential(context, "github")).toMatchObject({
      requestedScopes: ["repo", "gist", "user:email"],
      grantedScopes: ["repo", "gist", "user:email"],
    });
  });

  it("keeps the credential when the API fails afterwards", async () => {
    const { server, context } = await startWithListener();
    server.answers.user = { status: 503, body: "down" };
    const { exitCode, stderr } = await play(context, "login github");
    expect(exitCode).toBe(0);
    expect(stderr).toContain("The token is stored, but whose it is could not be asked.");
    expect(await storedCredential(context, "github")).not.toHaveProperty("login");
  });
});

/** PROVIDERS.md §1.5: the code, its exit code for a code exchange, and a word of the hint. */
const codeErrors: [string, number, RegExp][] = [
  ["incorrect_client_credentials", 2, /GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET/],
  ["redirect_uri_mismatch", 2, /GITHUB_REDIRECT_URI/],
  ["bad_verification_code", 5, /start the login again/],
  ["unverified_user_email", 2, /Verify the primary e-mail address/],
  ["unsupported_grant_type", 2, /Allow this grant/],
  ["access_denied", 5, /Start again/],
  ["slow_down", 7, /try again in a minute/],
  ["something_new", 5, /documentation/],
];

describe("D01, D02 GitHub's refusals, which come with 200", () => {
  it.each(codeErrors)("%s of a code ends with %i", async (error, exitCode, hint) => {
    const { server, context } = await startWithListener();
    server.answers.token = {
      body: { error, error_description: "In GitHub's words.", error_uri: "/apps/troubleshooting" },
    };
    const failure = await playFailure(context, "login github");
    expect(failure).toMatchObject({ exitCode, code: error, stdout: "" });
    expect(failure.message).toBe(
      `The provider refused the exchange: ${error} "In GitHub's words.".`,
    );
    expect(failure.hint).toMatch(hint);
    expect(server.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
    expect(await storeSnapshot(context)).toEqual([]);
  });

  it.each([
    ["bad_refresh_token", 4, /Sign in again/],
    ["incorrect_client_credentials", 2, /GITHUB_CLIENT_SECRET/],
    ["unsupported_grant_type", 2, /Allow this grant/],
  ])("%s of a refresh ends with %i and keeps the tokens", async (error, exitCode, hint) => {
    const { server, context } = await startWithListener();
    await play(context, "login github --offline");
    const before = await storeSnapshot(context);
    server.answers.token = { body: { error } };
    const failure = await playFailure(context, "refresh github");
    expect(failure).toMatchObject({ exitCode, code: error, stdout: "" });
    expect(failure.hint).toMatch(hint);
    expect(await storeSnapshot(context)).toEqual(before);
  });
});

describe("a GitHub token that expires", () => {
  it("comes with --offline and is refreshed with rotation", async () => {
    const { server, context } = await startWithListener();
    await play(context, "github-login --offline");
    expect(context.openedAddresses[0]?.searchParams.get("scope")).toBe("read:user offline_access");
    const first = await storedCredential(context, "github");
    expect(first).toMatchObject({
      refreshToken: expect.stringMatching(/^ghr_/),
      expiresAt: context.clock.now() + 28_800_000,
      refreshExpiresAt: context.clock.now() + 15_897_600_000,
    });
    await context.clock.advance(1000);
    expect(await play(context, "refresh github")).toMatchObject({ exitCode: 0, stdout: "" });
    const second = await storedCredential(context, "github");
    expect(second?.refreshToken).toMatch(/^ghr_/);
    expect(second?.refreshToken).not.toBe(first?.refreshToken);
    expect(second?.accessToken).not.toBe(first?.accessToken);
    expect(second).toMatchObject({ grantedScopes: ["read:user"], login: "octocat" });
    expect(server.requests.at(-1)?.form.has("scope")).toBe(false);
    expect(await play(context, "whoami github")).toMatchObject({
      exitCode: 0,
      stdout: "octocat (Mona Lisa)\n",
    });
  });
});

describe("GitHub's API", () => {
  it("gets the token as a bearer, with a User-Agent", async () => {
    const { server, context } = await startWithListener();
    await play(context, "login github");
    const request = server.requests.find(({ path }) => path === "/user");
    const { accessToken } = (await storedCredential(context, "github")) ?? {};
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${accessToken}`,
      accept: "application/vnd.github+json",
      "user-agent": expect.stringMatching(/./),
    });
  });

  it.each([
    ["401", { status: 401, body: { message: "Bad credentials" } }, 4, "invalid_token"],
    ["403", { status: 403, body: { message: "rate limit" } }, 5, "http_403"],
    ["429", { status: 429, body: {} }, 7, "http_429"],
    ["500", { status: 500, body: "oops" }, 7, "http_500"],
    ["a redirect", { status: 301, headers: { location: "/moved" } }, 6, "redirect_refused"],
    ["no JSON", { status: 200, body: "<html>" }, 3, "identity_missing"],
    ["nobody's name", { status: 200, body: {} }, 3, "identity_missing"],
  ])("says with %s whose token it is not", async (_what, answer, exitCode, code) => {
    const { server, context } = await startWithListener();
    await play(context, "login github");
    server.answers.user = answer;
    const failure = await playFailure(context, "whoami github");
    expect(failure).toMatchObject({ exitCode, code, stdout: "" });
    expect(server.requests.some(({ path }) => path === "/moved")).toBe(false);
  });

  it("J13 may name its user as it likes: the terminal shows it escaped and cut", async () => {
    const name = `\u001b[2JMona\u202e${"x".repeat(10_000)}`;
    const { context } = await startWithListener({ user: { login: "octo\ncat", id: 1, name } });
    await play(context, "login github");
    const { stdout } = await play(context, "whoami github");
    expect(stdout).toMatch(/^octo\\u\{a\}cat \(\\u\{1b\}\[2JMona\\u\{202e\}x+…\)\n$/);
    expect(stdout.length).toBeLessThan(260);
  });
});

it.each(["GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"])(
  "I01 names %s when it is not set",
  async (key) => {
    const server = await startGitHubServer();
    const context = await createTestContext({ env: { ...server.env, [key]: undefined } });
    const failure = await playFailure(context, "login github");
    expect(failure).toMatchObject({ exitCode: 2, code: "not_configured" });
    expect(failure.message).toContain(key);
    expect(failure.hint).toContain(`${server.url}/settings/developers`);
    expect(server.requests).toEqual([]);
  },
);
