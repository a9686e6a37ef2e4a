// The rig against the real things: the sandbox's own pages, and the built program.
import { createHash } from "node:crypto";
import * as files from "node:fs/promises";
import { expect, it, onTestFinished } from "vitest";
import { sandboxClientId } from "../../src/sandbox/clients.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { createTestContext } from "./context.ts";
import { startFaultServer } from "./fault-server.ts";
import { rawAnswer } from "./faults.ts";
import { startGitHubServer } from "./github-server.ts";
import { expectNoLeaks } from "./no-leaks.ts";
import { signIn } from "./sign-in.ts";

async function authorizationUrl(redirectUri: string): Promise<URL> {
  const sandbox = await startSandbox({ port: 0, context: { files } });
  onTestFinished(() => sandbox.close());
  const parameters = new URLSearchParams({
    client_id: sandboxClientId,
    response_type: "code",
    redirect_uri: redirectUri,
    scope: "openid profile",
    state: "the-state",
    code_challenge: createHash("sha256").update("v".repeat(43)).digest("base64url"),
    code_challenge_method: "S256",
  });
  return new URL(`/auth?${parameters}`, sandbox.issuer);
}

it("allows on the sandbox's pages and loads the client's listener", async () => {
  const client = await startFaultServer(
    rawAnswer({ headers: ["content-type: text/html"], body: "<p>signed in" }),
  );
  const url = await authorizationUrl(`${client.url}/callback/sandbox`);
  const { address, page } = await signIn(url, { user: "grace" });
  expect(address.searchParams.get("state")).toBe("the-state");
  expect(address.searchParams.get("code")).toBeTruthy();
  expect(page?.html).toBe("<p>signed in");
  expect(client.requests[0]?.headers["sec-fetch-mode"]).toBe("navigate");
});

it("denies on the sandbox's pages, with nobody listening", async () => {
  const url = await authorizationUrl("http://127.0.0.1:9/callback/sandbox");
  const { address, page } = await signIn(url, { decision: "deny" });
  expect(address.searchParams.get("error")).toBe("access_denied");
  expect(page).toBeUndefined();
});

it("is the user of a test context, whose callbacks are watched for leaks", async () => {
  const { url, clientId, issued } = await startGitHubServer();
  const context = await createTestContext({ browser: signIn });
  const redirectUri = "https://localhost:8000/callback";
  const query = new URLSearchParams({ client_id: clientId, redirect_uri: redirectUri });
  await context.openBrowser(new URL(`${url}/login/oauth/authorize?${query}`));
  await context.browserDone();
  const [code = ""] = issued;
  context.stderr.write(code);
  await expect(expectNoLeaks(context)).rejects.toThrow(`code ${code} in stderr`);
  context.stderr.text = "";
});
