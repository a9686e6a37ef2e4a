// `login --device` as GitHub, Google and the sandbox really behave, and against servers that do not.
import { describe, expect, it } from "vitest";
import { FormBrowser } from "../../src/lab/form-browser.ts";
import { createTestContext, type TestContext } from "../support/context.ts";
import { startGitHubServer } from "../support/github-server.ts";
import { startGoogleServer } from "../support/google-server.ts";
import type { Answer, ProviderServer } from "../support/provider-server.ts";
import {
  type Outcome,
  play,
  playFailure,
  startSandboxScene,
  storedCredential,
  storeSnapshot,
} from "./scene.ts";

/** No polling waits so long, so that the clock passes the waiting and never the limit of a request. */
const limit = "--timeout 299";
const isPolling = (milliseconds: number) => milliseconds < 299_000;

/** The seconds between the questions. */
function intervals({ clock }: TestContext): number[] {
  return clock.sleeps.filter(isPolling).map((milliseconds) => milliseconds / 1000);
}

async function startGitHub(options: Parameters<typeof startGitHubServer>[0] = {}) {
  const server = await startGitHubServer(options);
  const env = { ...server.env, GITHUB_CLIENT_SECRET: undefined };
  const context = await createTestContext({ env });
  context.clock.passSleeps(isPolling);
  return { server, context };
}

/** Answers the questions at the token endpoint with these, in order; then the server answers itself. */
function answerPolls(server: ProviderServer, answers: readonly Answer[], then = () => {}): void {
  const left = [...answers];
  server.answers.token = () => {
    if (left.length === 0) then();
    return left.shift();
  };
}

const pending: Answer = { body: { error: "authorization_pending" } };
const slowDown: Answer = { body: { error: "slow_down", interval: 10 } };

describe("login github --device", () => {
  it("shows code and address, asks every five seconds, and stores the token without a secret", async () => {
    const { server, context } = await startGitHub();
    answerPolls(server, [pending, pending], () => server.decideDevice("allow"));
    const outcome = await play(context, `login github --device ${limit}`);
    expect(outcome).toMatchObject({ exitCode: 0, stdout: "" });
    expect(outcome.stderr).toContain(`${server.url}/login/device`);
    expect(outcome.stderr).toContain("WDJB-MJHT");
    expect(outcome.stderr).toContain("only if you started this login yourself");
    expect(outcome.stderr).toContain("Signed in to github as octocat (Mona Lisa)");
    expect(intervals(context)).toEqual([5, 5, 5]);
    const [start] = server.requests.filter(({ path }) => path === "/login/device/code");
    expect(Object.fromEntries(start?.form ?? [])).toEqual({
      client_id: server.clientId,
      scope: "read:user",
    });
    const polls = server.requests.filter(({ path }) => path === "/login/oauth/access_token");
    expect(polls).toHaveLength(3);
    expect(polls[0]?.form.has("client_secret")).toBe(false);
    expect(await storedCredential(context, "github")).toMatchObject({
      grant: "device_code",
      login: "octocat",
      requestedScopes: ["read:user"],
      grantedScopes: ["read:user"],
    });
  });

  it("is five seconds slower for good each time the server asks for it", async () => {
    const { server, context } = await startGitHub();
    answerPolls(server, [slowDown, pending, slowDown], () => server.decideDevice("allow"));
    expect(await play(context, `login github --device ${limit}`)).toMatchObject({ exitCode: 0 });
    expect(intervals(context)).toEqual([5, 10, 10, 15]);
  });

  it("F18 never waits longer than a minute, however often it is told to slow down", async () => {
    const { server, context } = await startGitHub();
    answerPolls(server, Array(14).fill(slowDown), () => server.decideDevice("allow"));
    expect(await play(context, `login github --device ${limit}`)).toMatchObject({ exitCode: 0 });
    expect(Math.max(...intervals(context))).toBe(60);
  });

  it("goes on, at twice the interval, when a question meets a failing server", async () => {
    const { server, context } = await startGitHub();
    const failing: Answer = { status: 503, body: "busy" };
    answerPolls(server, [failing, failing, pending], () => server.decideDevice("allow"));
    expect(await play(context, `login github --device ${limit}`)).toMatchObject({ exitCode: 0 });
    expect(intervals(context)).toEqual([5, 10, 20, 20]);
  });

  it.each([
    ["the user says no", "access_denied", "refused"],
    ["the code has expired at the server", "expired_token", "refused"],
    ["the code has expired, in GitHub's other spelling", "token_expired", "refused"],
    ["the server does not know the code", "incorrect_device_code", "refused"],
    ["the client is unknown", "incorrect_client_credentials", "usage"],
  ])("ends when %s", async (_name, error, kind) => {
    const { server, context } = await startGitHub();
    answerPolls(server, [pending, { body: { error, error_description: "No." } }, pending]);
    const failure = await playFailure(context, `login github --device ${limit}`);
    expect(failure).toMatchObject({ kind, code: error, stdout: "" });
    expect(intervals(context)).toHaveLength(2);
    expect(await storeSnapshot(context)).toEqual([]);
  });

  it("says where to switch the device flow on", async () => {
    const { context } = await startGitHub({ deviceFlow: "disabled" });
    expect(await playFailure(context, `login github --device ${limit}`)).toMatchObject({
      exitCode: 2,
      code: "device_flow_disabled",
      hint: expect.stringContaining("Enable Device Flow"),
    });
  });

  it("asks for a refresh token with --offline, which works without a secret too", async () => {
    const { server, context } = await startGitHub();
    const tokens = (number: number): Answer => ({
      body: {
        access_token: `gho_device-access-token-${number}`,
        refresh_token: `ghr_device-refresh-token-${number}`,
        expires_in: "28800",
        scope: "",
        token_type: "bearer",
      },
    });
    server.answers.token = tokens(1);
    server.answers.user = { body: { id: 1, login: "octocat" } };
    const outcome = await play(context, `login github --device --offline ${limit}`);
    expect(outcome).toMatchObject({ exitCode: 0 });
    const start = server.requests.find(({ path }) => path === "/login/device/code");
    expect(start?.form.get("scope")).toBe("read:user offline_access");
    server.answers.token = tokens(2);
    expect(await play(context, `refresh github ${limit}`)).toMatchObject({ exitCode: 0 });
    expect(server.requests.at(-1)?.form.has("client_secret")).toBe(false);
    expect(await storedCredential(context, "github")).toMatchObject({
      refreshToken: "ghr_device-refresh-token-2",
    });
  });

  it.each([
    ["the page with the code filled in", "", ["https://provider.example/device?user_code=ABCD"]],
    ["nothing with --no-browser", "--no-browser", []],
  ])("opens %s", async (_name, option, opened) => {
    const { server } = await startWith({
      verification_uri_complete: "https://provider.example/device?user_code=ABCD",
    });
    const context = await createTestContext({ env: server.env, browser: () => undefined });
    context.clock.passSleeps(isPolling);
    const { exitCode, stderr } = await play(
      context,
      `login github --device ${option} ${limit}`.replace("  ", " "),
    );
    expect(exitCode).toBe(0);
    expect(context.openedAddresses.map(String)).toEqual(opened);
    expect(stderr).toContain("https://provider.example/device\n");
  });
});

/** A device endpoint that answers so, at a server that is then asked by hand. */
async function startWith(answer: object, approve = true) {
  const { server, context } = await startGitHub();
  server.answers.deviceCode = {
    body: {
      device_code: "device-code-0123456789",
      user_code: "ABCD-EFGH",
      verification_uri: "https://provider.example/device",
      expires_in: 900,
      ...answer,
    },
  };
  const token = { access_token: "device-token-0123456789abcdef", token_type: "bearer", scope: "" };
  server.answers.token = approve ? { body: token } : pending;
  return { server, context };
}

describe("the answer of a device endpoint", () => {
  it.each([
    ["is missing", {}, 5],
    ["is a string", { interval: "7" }, 7],
    ["is nought", { interval: 0 }, 5],
    ["is negative", { interval: -1 }, 5],
    ["is a fraction", { interval: 0.1 }, 1],
    ["is a day", { interval: 86_400 }, 60],
  ])("is waited for sensibly when its interval %s", async (_name, answer, seconds) => {
    const { context } = await startWith(answer);
    expect(await play(context, `login github --device ${limit}`)).toMatchObject({ exitCode: 0 });
    expect(intervals(context)[0]).toBe(seconds);
  });

  it.each([
    ["at its end", 12, [5, 5, 2]],
    ["at once, when it is over already", 0, [0]],
  ])("ends the login %s", async (_name, expires_in, waits) => {
    const { context, server } = await startWith({ expires_in }, false);
    expect(await playFailure(context, `login github --device ${limit}`)).toMatchObject({
      exitCode: 5,
      code: "expired_token",
    });
    expect(intervals(context)).toEqual(waits);
    const polls = server.requests.filter(({ path }) => path === "/login/oauth/access_token");
    expect(polls).toHaveLength(waits.length - 1);
  });

  it("F18 is not believed to be good for longer than an hour", async () => {
    const { context } = await startWith({ expires_in: 1e9, interval: 60 }, false);
    const failure = await playFailure(context, `login github --device ${limit}`);
    expect(failure).toMatchObject({ code: "expired_token" });
    expect(intervals(context)).toHaveLength(60);
  });

  it.each([
    "http://provider.example/device",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "https://user@provider.example/device",
    "https://provider.example/device\u001b[2J",
  ])("is refused when its page is %j, which is neither opened nor shown", async (page) => {
    for (const name of ["verification_uri", "verification_uri_complete"]) {
      const { context } = await startWith({ [name]: page });
      const failure = await playFailure(context, `login github --device ${limit}`);
      expect(failure).toMatchObject({ exitCode: 6, code: "endpoint_refused" });
      expect(context.openedAddresses).toEqual([]);
      expect(context.stderr.text).not.toContain(page);
    }
  });

  it("cannot reach the terminal by its code", async () => {
    const { context } = await startWith({ user_code: "AB\u001b[2JCD\nError: forged" });
    const { exitCode, stderr } = await play(context, `login github --device ${limit}`);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("enter the code AB\\u{1b}[2JCD\\u{a}Error: forged\n");
  });
});

describe("waiting for a device code", () => {
  it("ends at once with Ctrl-C, between two questions", async () => {
    const server = await startGitHubServer();
    const context = await createTestContext({ env: server.env });
    const running = play(context, `login github --device ${limit}`);
    await context.clock.untilSleeping((milliseconds) => milliseconds === 5000);
    context.interrupt();
    expect(await running).toMatchObject({ exitCode: 130, stdout: "" });
    expect(await storeSnapshot(context)).toEqual([]);
  });

  it("ends at once with Ctrl-C while a question is unanswered", async () => {
    const { server, context } = await startGitHub();
    server.answers.token = () => {
      context.interrupt();
      return pending;
    };
    expect(await play(context, `login github --device ${limit}`)).toMatchObject({ exitCode: 130 });
  });

  it("is not mixed with the options of a browser login", async () => {
    const { context } = await startGitHub();
    for (const option of ["--paste", "--wait 5", "--redirect-uri http://127.0.0.1:8000/callback"]) {
      const failure = await playFailure(context, `login github --device ${option}`);
      expect(failure).toMatchObject({ exitCode: 2, code: "options_conflict" });
    }
  });

  it("says so where the provider has no device endpoint", async () => {
    const context = await createTestContext({
      env: {
        LAB_AUTHORIZATION_ENDPOINT: "https://lab.example/authorize",
        LAB_TOKEN_ENDPOINT: "https://lab.example/token",
        LAB_CLIENT_ID: "lab-client",
      },
    });
    const failure = await playFailure(context, "login lab --device");
    expect(failure).toMatchObject({ exitCode: 2, code: "device_flow_unsupported" });
    expect(failure.hint).toContain("LAB_DEVICE_AUTHORIZATION_ENDPOINT");
  });

  it("draws a code to scan on a terminal only", async () => {
    const draw = async (terminal: boolean): Promise<Outcome> => {
      const server = await startGitHubServer();
      const context = await createTestContext({ env: server.env, terminal });
      context.clock.passSleeps(isPolling);
      answerPolls(server, [], () => server.decideDevice("allow"));
      return play(context, `login github --device ${limit}`);
    };
    expect((await draw(true)).stderr).toContain("█▄▄▄▄▄▄▄█");
    expect((await draw(false)).stderr).not.toContain("█");
  });
});

describe("login google --device", () => {
  async function startGoogle(clientType: "tv" | "desktop") {
    const server = await startGoogleServer({ clientType });
    const context = await createTestContext({ env: server.env });
    context.clock.passSleeps(isPolling);
    return { server, context };
  }

  it("understands verification_url and 428, and keeps the refresh token that always comes", async () => {
    const { server, context } = await startGoogle("tv");
    let polls = 0;
    server.answers.token = () => {
      polls += 1;
      if (polls === 2)
        return { status: 403, body: { error: "slow_down", error_description: "Rate" } };
      if (polls === 3) server.decideDevice("allow");
      return undefined;
    };
    const { exitCode, stderr } = await play(context, `login google --device ${limit}`);
    expect(stderr).toContain(`${server.url}/device`);
    expect(stderr).toContain("GQVQ-JKEC");
    expect(stderr).toContain("Signed in to google as Ada Lovelace (ada@example.com)");
    expect(exitCode).toBe(0);
    expect(intervals(context)).toEqual([5, 5, 10]);
    expect(await storedCredential(context, "google")).toMatchObject({
      grant: "device_code",
      subject: "110169484474386276334",
      refreshToken: expect.stringMatching(/^1\/\/0/),
    });
  });

  it("ends with access_denied although it comes with 403", async () => {
    const { server, context } = await startGoogle("tv");
    server.answers.token = () => {
      server.decideDevice("deny");
      return undefined;
    };
    const failure = await playFailure(context, `login google --device ${limit}`);
    expect(failure).toMatchObject({ exitCode: 5, code: "access_denied" });
  });

  it("reads the error that Google names error_code", async () => {
    const { server, context } = await startGoogle("tv");
    server.answers.deviceCode = { status: 403, body: { error_code: "rate_limit_exceeded" } };
    const failure = await playFailure(context, `login google --device ${limit}`);
    expect(failure).toMatchObject({ exitCode: 7, code: "rate_limit_exceeded" });
  });
});

describe("login sandbox --device", () => {
  it("stores what the user allows on the page", async () => {
    const { sandbox, context } = await startSandboxScene();
    context.clock.passSleeps(isPolling);
    const waiting = context.stderr.until(/enter the code (\S+)/);
    const running = play(context, `login sandbox --device --no-browser ${limit}`);
    const [, code = ""] = await waiting;
    const browser = new FormBrowser();
    const field = await browser.visit(`${sandbox.issuer}/device`);
    const confirm = await browser.submit(field, { user_code: code });
    const signIn = await browser.submit(confirm, {});
    const consent = await browser.submit(signIn, { user: "grace" });
    await browser.submit(consent, { answer: "allow" });
    const { exitCode, stderr } = await running;
    expect(stderr).toContain("ID token: signature, issuer, audience and time ✓");
    expect(stderr).toContain("Signed in to sandbox as grace (Grace Hopper)");
    expect(exitCode).toBe(0);
    expect(await storedCredential(context, "sandbox")).toMatchObject({
      grant: "device_code",
      subject: "grace",
    });
  });
});
