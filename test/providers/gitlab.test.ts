// What is GitLab's own, against a server that stands in for it: its habits are from its documentation.
import * as fs from "node:fs/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { startSandbox } from "../../src/sandbox/server.ts";
import { play, storedCredential } from "../commands/scene.ts";
import { createTestContext } from "../support/context.ts";
import { signIn } from "../support/sign-in.ts";

async function startGitLab() {
  const redirectUri = "http://127.0.0.1:0/callback/gitlab";
  const server = await startSandbox({
    port: 0,
    context: { files: fs },
    clients: [
      {
        client_id: "gitlab-app",
        application_type: "native",
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token"],
        redirect_uris: ["http://127.0.0.1/callback/gitlab"],
      },
    ],
  });
  onTestFinished(() => server.close());
  const env = {
    GITLAB_ISSUER: server.issuer,
    GITLAB_CLIENT_ID: "gitlab-app",
    GITLAB_REDIRECT_URI: redirectUri,
    // What stands in gives a refresh token only so.
    GITLAB_SCOPE: "openid profile email offline_access",
  };
  const context = await createTestContext({ browser: signIn, env });
  return { server, context, redirectUri };
}

describe("gitlab", () => {
  it("signs in, names the redirect URI again in a refresh, and signs out", async () => {
    const { context, redirectUri } = await startGitLab();
    const login = await play(context, "login gitlab --param prompt=consent");
    expect(login).toMatchObject({ exitCode: 0 });
    expect(login.stderr).toContain("Signed in to gitlab as ada (Ada Lovelace).");
    expect(await play(context, "refresh gitlab")).toMatchObject({ exitCode: 0 });
    const refresh = context.exchanges
      .map(({ requestBody }) => new URLSearchParams(requestBody))
      .find((form) => form.get("grant_type") === "refresh_token");
    expect(refresh?.get("redirect_uri")).toBe(redirectUri);
    expect(await play(context, "logout gitlab")).toMatchObject({
      exitCode: 0,
      stderr: "Revoked at GitLab and deleted here.\n",
    });
  });

  it("asks for no scope that GitLab does not know with --offline", async () => {
    const { context } = await startGitLab();
    context.env.GITLAB_SCOPE = "openid";
    await play(context, "login gitlab --offline");
    expect((await storedCredential(context, "gitlab"))?.requestedScopes).toEqual(["openid"]);
  });

  it("is gitlab.com, or a server of one's own with its API", async () => {
    const context = await createTestContext();
    expect(JSON.parse((await play(context, "providers gitlab --json")).stdout)).toMatchObject({
      issuer: "https://gitlab.com",
      redirect_uri: "http://127.0.0.1:8000/callback/gitlab",
      registration_page: "https://gitlab.com/-/user_settings/applications",
      refresh_token_by: [],
    });
    const own = await createTestContext({ env: { GITLAB_ISSUER: "https://git.example" } });
    expect(JSON.parse((await play(own, "providers gitlab --json")).stdout)).toMatchObject({
      issuer: "https://git.example",
      grants_page: "https://git.example/-/user_settings/applications",
    });
  });
});
