// `logout github`: the client's own call, the one for tokens that leaked, or the settings page; each told as it was.
import { expect, it } from "vitest";
import { createTestContext } from "../support/context.ts";
import { type GitHubServer, startGitHubServer } from "../support/github-server.ts";
import { readBasic } from "../support/provider-server.ts";
import { signIn } from "../support/sign-in.ts";
import { createSecondContext, play, storedCredential, storeSnapshot } from "./scene.ts";

async function startSignedIn(env: Readonly<Record<string, string>> = {}, login = "login github") {
  const server = await startGitHubServer();
  const context = await createTestContext({
    browser: signIn,
    env: { ...server.env, GITHUB_REDIRECT_URI: "http://127.0.0.1:0/callback/github", ...env },
  });
  expect(await play(context, login)).toMatchObject({ exitCode: 0 });
  const stored = await storedCredential(context, "github");
  if (stored === undefined) throw new Error("nothing was stored");
  return { server, context, stored };
}

const callsAbout = ({ requests }: GitHubServer) =>
  requests
    .filter(({ path }) => /\/applications\/|\/credentials\//.test(path))
    .map(({ method, path, body, headers }) => ({
      call: `${method} ${path}`,
      body: JSON.parse(body),
      authorization: headers.authorization,
    }));

it("deletes the token with the client's id and secret, and says so", async () => {
  const { server, context, stored } = await startSignedIn();
  expect(await play(context, "logout github")).toEqual({
    exitCode: 0,
    stdout: "",
    stderr: "Revoked at GitHub and deleted here.\n",
  });
  expect(callsAbout(server)).toEqual([
    {
      call: `DELETE /applications/${server.clientId}/token`,
      body: { access_token: stored.accessToken },
      authorization: expect.stringMatching(/^Basic /),
    },
  ]);
  const request = server.requests.at(-1);
  expect(request && readBasic(request)).toEqual({
    id: server.clientId,
    secret: server.clientSecret,
  });
  expect(request?.headers["user-agent"]).toBe("oauth-lab");
  expect(await storeSnapshot(context)).toEqual([]);
});

it("ends a refresh token by the call for leaked ones, without a name to it", async () => {
  const { server, context, stored } = await startSignedIn({}, "login github --offline");
  expect((await play(context, "logout github")).stderr).toBe(
    "Revoked at GitHub and deleted here.\n",
  );
  expect(callsAbout(server)[1]).toEqual({
    call: "POST /credentials/revoke",
    body: { credentials: [stored.refreshToken] },
    authorization: undefined,
  });
});

it("ends both tokens so where there is no client secret, as after a login by device code", async () => {
  const server = await startGitHubServer();
  const context = await createTestContext({
    env: { ...server.env, GITHUB_CLIENT_SECRET: undefined },
  });
  context.clock.passSleeps((milliseconds) => milliseconds === 5000);
  const [accessToken, refreshToken] = ["gho_of-a-device-0123456789", "ghr_of-a-device-0123456789"];
  const body = { access_token: accessToken, refresh_token: refreshToken, token_type: "bearer" };
  server.answers.token = { body };
  expect(await play(context, "login github --device --offline")).toMatchObject({ exitCode: 0 });
  expect((await play(context, "logout github")).stderr).toBe(
    "Revoked at GitHub and deleted here.\n",
  );
  expect(callsAbout(server)).toEqual([
    {
      call: "POST /credentials/revoke",
      body: { credentials: [accessToken, refreshToken] },
      authorization: undefined,
    },
  ]);
});

it("tries the call for leaked tokens where GitHub does not know the token as this client's", async () => {
  const { server, context, stored } = await startSignedIn();
  server.answers.deleteToken = { status: 404, body: { message: "Not Found" } };
  await play(context, "logout github");
  expect(callsAbout(server).map(({ call }) => call)).toEqual([
    `DELETE /applications/${server.clientId}/token`,
    "POST /credentials/revoke",
  ]);
  expect(callsAbout(server)[1]?.body).toEqual({ credentials: [stored.accessToken] });
});

it.each([404, 422])("claims nothing where that call answers %i", async (status) => {
  const { server, context } = await startSignedIn();
  server.answers.deleteToken = { status: 404, body: { message: "Not Found" } };
  server.answers.revoke = { status, body: { message: "No." } };
  const { exitCode, stderr } = await play(context, "logout github");
  expect(exitCode).toBe(0);
  expect(stderr).toContain("Deleted here. GitHub offers no way to revoke it from here");
  expect(stderr).toContain(`/settings/connections/applications/${server.clientId}`);
});

/** GitHub Enterprise Server keeps its API under /api/v3. */
async function startEnterprise(login: string) {
  const server = await startGitHubServer();
  const context = await createTestContext({
    browser: signIn,
    env: {
      ...server.env,
      GITHUB_API_URL: `${server.url}/api/v3`,
      GITHUB_REDIRECT_URI: "http://127.0.0.1:0/callback/github",
    },
  });
  expect(await play(context, login)).toMatchObject({ exitCode: 0 });
  const page = `${server.url}/settings/connections/applications/${server.clientId}`;
  return { server, context, page };
}

it("names the settings page where only the access token could be ended", async () => {
  const { server, context, page } = await startEnterprise("login github --offline");
  expect((await play(context, "logout github")).stderr).toBe(
    `Deleted here. GitHub ended the access token, but still honours the refresh token. End it at ${page}.\n`,
  );
  expect(callsAbout(server).map(({ call }) => call)).toEqual([
    `DELETE /api/v3/applications/${server.clientId}/token`,
  ]);
});

it("names the settings page where nothing could be ended", async () => {
  const { server, context, page } = await startEnterprise("login github");
  server.answers.deleteToken = { status: 422, body: { message: "Validation Failed" } };
  const { stderr, stdout } = await play(context, "logout github --json");
  expect(stderr).toContain(`it may still honour the token. End it at ${page}.`);
  expect(JSON.parse(stdout)).toMatchObject({ revocation: "unsupported" });
});

it.each([
  [503, "may still honour the token"],
  [403, "may still honour the token"],
])("deletes here when the call ends with %s, and says that it did", async (status, words) => {
  const { server, context } = await startSignedIn();
  server.answers.deleteToken = { status, body: { message: "no" } };
  const { exitCode, stderr } = await play(context, "logout github");
  expect(exitCode).toBe(0);
  expect(stderr).toContain("Deleted here.");
  expect(stderr).toContain(words);
  expect(await storeSnapshot(context)).toEqual([]);
});

it("never sends the token to an API on another origin", async () => {
  const { server, context } = await startSignedIn();
  const other = await createSecondContext(context, {
    env: { GITHUB_API_URL: "https://api.github.example" },
  });
  expect((await play(other, "logout github")).exitCode).toBe(6);
  expect(callsAbout(server)).toEqual([]);
});
