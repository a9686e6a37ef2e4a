// F2, I10: a configuration that changed since the login, as by a .env in a folder that somebody else filled, gets none of the stored secrets.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createTestContext, type TestContext } from "../support/context.ts";
import { type GitHubServer, startGitHubServer } from "../support/github-server.ts";
import { type GoogleServer, startGoogleServer } from "../support/google-server.ts";
import { signIn } from "../support/sign-in.ts";
import { createSecondContext, play, playFailure, storeSnapshot } from "./scene.ts";

const strangersSecrets = "GITHUB_CLIENT_SECRET=a-strangers\nGOOGLE_CLIENT_SECRET=a-strangers\n";
const commands = ["refresh", "whoami", "logout"];

/** Another terminal of the same user, in a folder with this .env, which holds a client secret of its own. */
async function enterFolder(context: TestContext, dotenv: string): Promise<TestContext> {
  const env = Object.fromEntries(
    Object.entries(context.env).filter(
      ([key]) => !/_(ISSUER|CLIENT_ID|CLIENT_SECRET|SERVER_URL|API_URL)$/.test(key),
    ),
  );
  const folder = await createTestContext({ env: { ...env, OAUTH_LAB_HOME: context.storeFolder } });
  await fs.writeFile(join(folder.workingFolder, ".env"), `${dotenv}\n${strangersSecrets}`);
  return folder;
}

async function googleLogin() {
  const server = await startGoogleServer({ clientType: "desktop" });
  const env = { ...server.env, GOOGLE_REDIRECT_URI: "http://127.0.0.1:0/callback/google" };
  const context = await createTestContext({ browser: signIn, env });
  expect((await play(context, "google-offline")).exitCode).toBe(0);
  return { server, context };
}

async function githubLogin() {
  const server = await startGitHubServer();
  const env = { ...server.env, GITHUB_REDIRECT_URI: "http://127.0.0.1:0/callback/github" };
  const context = await createTestContext({ browser: signIn, env });
  expect((await play(context, "login github --offline")).exitCode).toBe(0);
  return { server, context };
}

/** What the folder's .env says, and what the failure names; `evil` is where it would lead. */
const googleChanges: [string, string, (server: GoogleServer, evil: string) => string][] = [
  [
    "another issuer",
    "issuer",
    ({ clientId }, evil) => `GOOGLE_ISSUER=${evil}\nGOOGLE_CLIENT_ID=${clientId}`,
  ],
  ["Google itself", "issuer", ({ clientId }) => `GOOGLE_CLIENT_ID=${clientId}`],
  [
    "another client",
    "client id",
    ({ url }) => `GOOGLE_ISSUER=${url}\nGOOGLE_CLIENT_ID=another-client`,
  ],
  [
    "another token endpoint",
    "token endpoint",
    ({ url, clientId }, evil) =>
      `GOOGLE_ISSUER=${url}\nGOOGLE_CLIENT_ID=${clientId}\nGOOGLE_TOKEN_ENDPOINT=${evil}/token`,
  ],
  ...["USERINFO_ENDPOINT", "REVOCATION_ENDPOINT", "INTROSPECTION_ENDPOINT", "API_URL"].map(
    (key): (typeof googleChanges)[number] => [
      `another ${key}`,
      "use of http://",
      ({ url, clientId }, evil) =>
        `GOOGLE_ISSUER=${url}\nGOOGLE_CLIENT_ID=${clientId}\nGOOGLE_${key}=${evil}/x`,
    ],
  ),
];

describe.each(googleChanges)("a .env that names %s", (_what, difference, dotenv) => {
  it.each(commands)("gets nothing from `%s`, though it was named", async (command) => {
    const [{ server, context }, evil] = [await googleLogin(), await startGoogleServer()];
    const before = await storeSnapshot(context);
    const folder = await enterFolder(context, dotenv(server, evil.url));
    const asked = server.requests.length;
    const failure = await playFailure(folder, `${command} google --env-file .env`);
    expect(failure).toMatchObject({
      exitCode: 6,
      kind: "unsafe",
      code: "binding_mismatch",
      stdout: "",
    });
    expect(failure.message).toContain(`the configured ${difference}`);
    expect(evil.requests).toEqual([]);
    const since = server.requests.slice(asked).map(({ path }) => path);
    expect(since.filter((path) => path !== "/.well-known/openid-configuration")).toEqual([]);
    expect(await storeSnapshot(context)).toEqual(before);
  });
});

const githubChanges: [string, string, (server: GitHubServer, evil: string) => string][] = [
  [
    "GITHUB_SERVER_URL",
    "issuer",
    ({ clientId }, evil) => `GITHUB_SERVER_URL=${evil}\nGITHUB_CLIENT_ID=${clientId}`,
  ],
  [
    "GITHUB_API_URL",
    "use of http://",
    ({ url, clientId }, evil) =>
      `GITHUB_SERVER_URL=${url}\nGITHUB_API_URL=${evil}\nGITHUB_CLIENT_ID=${clientId}`,
  ],
];

describe.each(githubChanges)("a .env that changes %s", (_key, difference, dotenv) => {
  it.each(["refresh", "whoami"])("gets nothing from `%s`, though it was named", async (command) => {
    const [{ server, context }, evil] = [await githubLogin(), await startGitHubServer()];
    const before = await storeSnapshot(context);
    const folder = await enterFolder(context, dotenv(server, evil.url));
    const asked = server.requests.length;
    const failure = await playFailure(folder, `${command} github --env-file .env`);
    expect(failure).toMatchObject({ exitCode: 6, code: "binding_mismatch", stdout: "" });
    expect(failure.message).toContain(`the configured ${difference}`);
    expect([...evil.requests, ...server.requests.slice(asked)]).toEqual([]);
    expect(await storeSnapshot(context)).toEqual(before);
  });
});

it("deletes here with --local, whatever the configuration says", async () => {
  const [{ context }, evil] = [await googleLogin(), await startGoogleServer()];
  const folder = await enterFolder(context, `GOOGLE_ISSUER=${evil.url}\nGOOGLE_CLIENT_ID=x`);
  expect((await play(folder, "logout google --local")).exitCode).toBe(0);
  expect(evil.requests).toEqual([]);
  expect(await storeSnapshot(context)).toEqual([]);
});

it("lets the same server and client be used from any folder", async () => {
  const { context } = await googleLogin();
  const second = await createSecondContext(context);
  expect((await play(second, "refresh google")).exitCode).toBe(0);
});

it("a .env that leads a first login's client secret elsewhere gets nothing either", async () => {
  const evil = await startGitHubServer();
  const { GITHUB_CLIENT_ID = "", GITHUB_CLIENT_SECRET = "" } = evil.env;
  const context = await createTestContext({ env: { GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET } });
  const lure = `GITHUB_SERVER_URL=${evil.url}\nGITHUB_API_URL=${evil.url}\n`;
  await fs.writeFile(join(context.workingFolder, ".env"), lure);
  const failure = await playFailure(context, "login github");
  expect(failure).toMatchObject({ exitCode: 6, code: "endpoint_unasked", stdout: "" });
  expect(evil.requests).toEqual([]);
});

it.each(["refresh", "whoami", "logout"])(
  "F12 metadata that names another token endpoint than at the login gets nothing from `%s`",
  async (command) => {
    const [{ server, context }, evil] = [await googleLogin(), await startGoogleServer()];
    const before = await storeSnapshot(context);
    const address = `${server.url}/.well-known/openid-configuration`;
    const metadata = (await (await fetch(address)).json()) as object;
    server.answers.discovery = { body: { ...metadata, token_endpoint: `${evil.url}/token` } };
    const asked = server.requests.length;
    const failure = await playFailure(await createSecondContext(context), `${command} google`);
    expect(failure).toMatchObject({ exitCode: 6, code: "binding_mismatch", stdout: "" });
    const since = server.requests.slice(asked).map(({ path }) => path);
    expect(since.filter((path) => path !== "/.well-known/openid-configuration")).toEqual([]);
    expect(evil.requests).toEqual([]);
    expect(await storeSnapshot(context)).toEqual(before);
  },
);
