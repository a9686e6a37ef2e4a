// What a login says of scopes: before they are sent, and when the answer has others.
import { expect, it } from "vitest";
import { createTestContext } from "../support/context.ts";
import { startGitHubServer } from "../support/github-server.ts";
import { startGoogleServer } from "../support/google-server.ts";
import { signIn } from "../support/sign-in.ts";
import { play } from "./scene.ts";

const loopback = "http://127.0.0.1:0/callback/provider";
const photos = "https://www.googleapis.com/auth/photoslibrary.readonly";

it("warns of the lab's Photos scope before anything is sent, and goes on", async () => {
  const server = await startGoogleServer({ clientType: "desktop" });
  const env = { ...server.env, GOOGLE_REDIRECT_URI: loopback };
  const context = await createTestContext({ env, browser: signIn });
  const { exitCode, stderr } = await play(context, `login google --scope openid --scope ${photos}`);
  expect(exitCode).toBe(0);
  const warning = stderr.indexOf(`Note: The scope ${photos} is gone since 2025-03-31`);
  expect(warning).toBeGreaterThanOrEqual(0);
  expect(warning).toBeLessThan(stderr.indexOf("Step 1"));
});

it("names what Google adds from earlier grants", async () => {
  const server = await startGoogleServer({ clientType: "desktop" });
  const env = { ...server.env, GOOGLE_REDIRECT_URI: loopback };
  const context = await createTestContext({ env, browser: signIn });
  await play(context, "login google --scope openid --scope email");
  const { stderr } = await play(context, "login google --offline --scope openid");
  expect(stderr).toContain(
    "Google also granted https://www.googleapis.com/auth/userinfo.email, which was not asked for this time.",
  );
});

it("calls no scope of a GitHub App missing: it has permissions", async () => {
  const server = await startGitHubServer();
  const body = { access_token: "ghu_of-an-app-0123456789abcdef", scope: "", token_type: "bearer" };
  server.answers.token = { body };
  server.answers.user = { body: { id: 1, login: "octocat" } };
  const env = { ...server.env, GITHUB_REDIRECT_URI: "http://127.0.0.1:0/callback/github" };
  const context = await createTestContext({ env, browser: signIn });
  const { exitCode, stderr } = await play(context, "login github");
  expect(exitCode).toBe(0);
  expect(stderr).toContain("GitHub names no scopes: a GitHub App's token has permissions instead");
  expect(stderr).not.toContain("did not grant");
});
