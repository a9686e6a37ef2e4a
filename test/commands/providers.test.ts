// `providers`: what to register and where, without a network and without a secret.
import { expect, it } from "vitest";
import { createTestContext } from "../support/context.ts";
import { play, playFailure } from "./scene.ts";

async function describe(name: string, env: Readonly<Record<string, string>> = {}) {
  const context = await createTestContext({ env });
  const { exitCode, stdout, stderr } = await play(context, `providers ${name} --json`);
  expect({ exitCode, stderr, asked: context.exchanges }).toEqual({
    exitCode: 0,
    stderr: "",
    asked: [],
  });
  return JSON.parse(stdout);
}

it("lists the known providers and the configured ones", async () => {
  const context = await createTestContext({
    env: { MY_IDP_ISSUER: "https://idp.example", MY_IDP_CLIENT_ID: "abc" },
  });
  const { stdout } = await play(context, "providers");
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => line.split(/ {2,}/));
  expect(rows).toEqual([
    ["NAME", "CLIENT", "REDIRECT URI TO REGISTER", "ISSUER"],
    [
      "github",
      "not configured",
      "http://127.0.0.1:8000/callback/github",
      "https://github.com/login/oauth",
    ],
    [
      "google",
      "not configured",
      "http://127.0.0.1:8000/callback/google",
      "https://accounts.google.com",
    ],
    ["gitlab", "not configured", "http://127.0.0.1:8000/callback/gitlab", "https://gitlab.com"],
    ["sandbox", "oauth-lab-sandbox", "http://127.0.0.1/callback/sandbox", "http://127.0.0.1:9400"],
    ["my-idp", "abc", "http://127.0.0.1:8000/callback/my-idp", "https://idp.example"],
  ]);
  expect(context.exchanges).toEqual([]);
});

it("names the redirect URI exactly as a login sends it", async () => {
  const seed = "https://localhost:8000/callback";
  expect(await describe("github", { GITHUB_REDIRECT_URI: seed })).toMatchObject({
    redirect_uri: seed,
  });
  expect(
    await describe("google", { GOOGLE_REDIRECT_URI: "http://127.0.0.1:0/callback/google" }),
  ).toMatchObject({ redirect_uri: "http://127.0.0.1/callback/google" });
});

it("tells what GitHub is like, on its own servers too", async () => {
  expect(await describe("github")).toMatchObject({
    version: 1,
    issuer: "https://github.com/login/oauth",
    configured_by: ["GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"],
    registration_page: "https://github.com/settings/developers",
    refresh_token_by: ["scope offline_access"],
    needs_secret_for: ["authorization_code"],
    grants_page: "https://github.com/settings/connections/applications/CLIENT_ID",
    notes: expect.arrayContaining(["Its token endpoint answers errors with status 200."]),
  });
  expect(await describe("github", { GITHUB_SERVER_URL: "https://git.example" })).toMatchObject({
    endpoints: { token: "https://git.example/login/oauth/access_token" },
    registration_page: "https://git.example/settings/developers",
  });
});

it("tells what Google is like, in words", async () => {
  const context = await createTestContext();
  const { stdout } = await play(context, "providers google");
  expect(stdout).toMatch(/^register at +https:\/\/console\.cloud\.google\.com\//m);
  expect(stdout).toMatch(/^client +not configured: set GOOGLE_CLIENT_ID$/m);
  expect(stdout).toMatch(/^--offline asks by +access_type=offline, prompt=consent/m);
  expect(stdout).toMatch(
    /^client secret +GOOGLE_CLIENT_SECRET, for authorization code, device code$/m,
  );
  expect(stdout).toMatch(/^note +On logout Google ends everything/m);
  expect(stdout).toMatch(/^note +Its device answer says verification_url/m);
});

it("tells of an issuer what can be told without asking it", async () => {
  expect(await describe("https://issuer.example/tenant")).toMatchObject({
    issuer: "https://issuer.example/tenant",
    metadata: "discovery",
    endpoints: {},
    configured_by: ["OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"],
    redirect_uri: "http://127.0.0.1:8000/callback/oidc",
  });
});

it("shows no secret, and refuses an unknown name", async () => {
  const context = await createTestContext({
    env: { GITHUB_CLIENT_ID: "Ov23liTest", GITHUB_CLIENT_SECRET: "a-secret-that-stays-unseen" },
  });
  expect((await play(context, "providers github")).stdout).toContain("Ov23liTest");
  expect(await playFailure(context, "providers gihub")).toMatchObject({
    exitCode: 2,
    hint: "Did you mean github?",
  });
});
