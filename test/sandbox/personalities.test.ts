// The sandbox as GitHub and as Google: the two tasks of the lab, practised end to end with the commands that the real ones take.
import * as files from "node:fs/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { FormBrowser } from "../../src/lab/form-browser.ts";
import { findFault } from "../../src/sandbox/faults/list.ts";
import { findPersonality, personalities } from "../../src/sandbox/personalities/list.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { createPastingContext, play, playFailure, storedCredential } from "../commands/scene.ts";
import { createTestContext } from "../support/context.ts";

/** A user who pastes, configured as the sandbox says. */
async function start(name: string, options: { redirectUri: string; fault?: string }) {
  const personality = findPersonality(name);
  if (personality === undefined) throw new Error(`no personality ${name}`);
  const fault = options.fault === undefined ? undefined : findFault(options.fault);
  const sandbox = await startSandbox({
    port: 0,
    personality,
    ...(fault && { fault }),
    context: { files },
  });
  onTestFinished(() => sandbox.close());
  const redirect = { [`${name.toUpperCase()}_REDIRECT_URI`]: options.redirectUri };
  const context = await createPastingContext({
    env: { ...personality.settings(sandbox.issuer), ...redirect },
  });
  return { sandbox, context };
}

describe("as GitHub", () => {
  const redirectUri = "https://localhost:8000/callback";

  test("task 1: read:user by paste, on GitHub's paths, with its iss", async () => {
    const { sandbox, context } = await start("github", { redirectUri });
    const { exitCode, stderr } = await play(context, "github-login");
    expect(stderr).toContain("Signed in to github as ada (Ada Lovelace)");
    expect(exitCode).toBe(0);
    expect(String(context.openedAddresses[0])).toContain(
      `${sandbox.issuer}/login/oauth/authorize?`,
    );
    expect(context.stdin.typed).toContain(
      `iss=${encodeURIComponent(`${sandbox.issuer}/login/oauth`)}`,
    );
    const credential = await storedCredential(context, "github");
    expect(credential).toMatchObject({ grantedScopes: ["read:user"], subject: "1", login: "ada" });
    expect(credential).not.toHaveProperty("refreshToken");
    expect(credential).not.toHaveProperty("expiresAt");
  });

  test("--offline brings a refresh token, which rotates", async () => {
    const { context } = await start("github", { redirectUri });
    expect((await play(context, "login github --offline")).exitCode).toBe(0);
    const before = await storedCredential(context, "github");
    expect((await play(context, "refresh github")).exitCode).toBe(0);
    const after = await storedCredential(context, "github");
    expect(before?.refreshToken).toMatch(/^sandbox_/);
    expect(after?.refreshToken).not.toBe(before?.refreshToken);
  });

  test("says no with status 200 and GitHub's own words", async () => {
    const { context } = await start("github", { redirectUri, fault: "pkce-mismatch" });
    expect(await playFailure(context, "login github")).toMatchObject({
      exitCode: 5,
      code: "bad_verification_code",
    });
    expect(context.exchanges.find(({ url }) => url.endsWith("access_token"))?.status).toBe(200);
  });

  test("logout ends the refresh token too, by the call for leaked ones", async () => {
    const { sandbox, context } = await start("github", { redirectUri });
    await play(context, "login github --offline");
    const { refreshToken = "" } = (await storedCredential(context, "github")) ?? {};
    expect((await play(context, "logout github")).stderr).toBe(
      "Revoked at GitHub and deleted here.\n",
    );
    const client = ["Ov23sandboxgithub", "github-secret-known-to-everyone"] as const;
    const [client_id, client_secret] = client;
    const refreshed = await fetch(`${sandbox.issuer}/login/oauth/access_token`, {
      method: "POST",
      headers: { accept: "application/json" },
      body: new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: refreshToken,
        client_id,
        client_secret,
      }),
    });
    expect(await refreshed.json()).toMatchObject({ error: expect.any(String) });
    const named = await fetch(`${sandbox.issuer}/credentials/revoke`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(client.join(":")).toString("base64")}` },
      body: "{}",
    });
    expect(named.status).toBe(403);
  });

  test("logout ends the token there", async () => {
    const { sandbox, context } = await start("github", { redirectUri });
    await play(context, "login github");
    const { accessToken = "" } = (await storedCredential(context, "github")) ?? {};
    expect((await play(context, "logout github")).exitCode).toBe(0);
    const answer = await fetch(`${sandbox.issuer}/user`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    expect(answer.status).toBe(401);
  });

  test("inspect asks GitHub's check, which only the client itself may", async () => {
    const { sandbox, context } = await start("github", { redirectUri });
    await play(context, "login github");
    const { stdout } = await play(context, "inspect github --json");
    expect(JSON.parse(stdout).access_token).toMatchObject({
      source: "github",
      active: true,
      scopes: ["read:user"],
      login: "ada",
    });
    const { accessToken } = (await storedCredential(context, "github")) ?? {};
    const stranger = await fetch(`${sandbox.issuer}/applications/Ov23sandboxgithub/token`, {
      method: "POST",
      body: JSON.stringify({ access_token: accessToken }),
    });
    expect(stranger.status).toBe(404);
    expect((await play(context, "whoami github")).stdout).toContain("ada");
  });

  test("answers a form to who does not ask for JSON", async () => {
    const { sandbox } = await start("github", { redirectUri });
    const answer = await fetch(`${sandbox.issuer}/login/oauth/access_token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "authorization_code",
        client_id: "Ov23sandboxgithub",
        client_secret: "wrong",
        code: "x",
      }),
    });
    expect(answer.headers.get("content-type")).toContain("x-www-form-urlencoded");
    expect(await answer.text()).toContain("error=incorrect_client_credentials");
  });
});

describe("as Google", () => {
  const redirectUri = "https://localhost:8080/auth/google/callback";

  test("task 2: offline access by paste, then a refresh without the user", async () => {
    const { sandbox, context } = await start("google", { redirectUri });
    const { exitCode, stderr } = await play(context, "google-offline");
    expect(stderr).toContain("Signed in to google as");
    expect(exitCode).toBe(0);
    expect(String(context.openedAddresses[0])).toContain(`${sandbox.issuer}/o/oauth2/v2/auth?`);
    const before = await storedCredential(context, "google");
    expect(before?.grantedScopes).toContain("https://www.googleapis.com/auth/userinfo.email");
    expect((await play(context, "refresh google")).exitCode).toBe(0);
    const after = await storedCredential(context, "google");
    expect(after?.refreshToken).toBe(before?.refreshToken);
    expect(after?.accessToken).not.toBe(before?.accessToken);
  });

  test("without access_type=offline no refresh token comes", async () => {
    const { context } = await start("google", { redirectUri });
    expect((await play(context, "login google")).exitCode).toBe(0);
    expect(await storedCredential(context, "google")).not.toHaveProperty("refreshToken");
  });

  test("grants the scope of the photo library", async () => {
    const { context } = await start("google", { redirectUri });
    const scope = "https://www.googleapis.com/auth/photoslibrary.readonly";
    await play(context, `login google --offline --scope ${scope}`);
    expect((await storedCredential(context, "google"))?.grantedScopes).toEqual([scope]);
  });

  test("inspect asks tokeninfo, and reads the verified ID token", async () => {
    const { context } = await start("google", { redirectUri });
    await play(context, "google-offline");
    const { stdout, stderr } = await play(context, "inspect google --json");
    expect(stderr).toBe("");
    expect(JSON.parse(stdout).access_token).toMatchObject({
      source: "tokeninfo",
      active: true,
      aud: "sandbox-google.apps.example",
      sub: "ada",
      access_type: "offline",
    });
    expect((await play(context, "whoami google")).stdout).toContain("Ada Lovelace");
  });

  test("offers none of what Google has not", async () => {
    const { context } = await start("google", { redirectUri });
    for (const option of ["--par", "--dpop", "--register"])
      expect((await playFailure(context, `login google ${option}`)).exitCode).toBe(2);
  });

  test("logout revokes there", async () => {
    const { context } = await start("google", { redirectUri });
    await play(context, "google-offline");
    expect((await play(context, "logout google")).stderr).toContain("Revoked at Google");
  });
});

test.each([
  ["github", "/login/device"],
  ["google", "/device"],
])("as %s a device signs in by a code that is entered at %s", async (name, path) => {
  const { sandbox, context } = await start(name, {
    redirectUri: "https://localhost:8000/callback",
  });
  const running = play(context, `login ${name} --device --no-browser --scope openid`);
  const [, code = ""] = await context.stderr.until(/enter the code (\S+)/);
  expect(context.stderr.text).toContain(`${sandbox.issuer}${path}\n`);
  const browser = new FormBrowser();
  let page = await browser.visit(`${sandbox.issuer}${path}`);
  const answers = [{ user_code: code }, {}, { user: "ada" }, { answer: "allow" }];
  for (const fields of answers) page = await browser.submit(page, fields);
  await context.clock.advance(5000);
  expect((await running).exitCode).toBe(0);
  expect(await storedCredential(context, name)).toMatchObject({ grant: "device_code" });
});

test.each(personalities.map(({ name }) => name))(
  "sandbox --as %s says what to set",
  async (name) => {
    const context = await createTestContext();
    const running = play(context, `sandbox --port 0 --as ${name}`);
    await context.stderr.until(new RegExp(`oauth-lab login ${name}`));
    const issuer = context.stdout.text.trim();
    for (const [key, value] of Object.entries(findPersonality(name)?.settings(issuer) ?? {})) {
      expect(context.stderr.text).toContain(`${key}=${value}`);
    }
    context.interrupt();
    expect((await running).exitCode).toBe(0);
  },
);

test("sandbox --as somebody unknown says whom there are", async () => {
  const failure = await playFailure(await createTestContext(), "sandbox --as gitlab");
  expect(failure).toMatchObject({ exitCode: 2, hint: "Use generic, github, google." });
});
