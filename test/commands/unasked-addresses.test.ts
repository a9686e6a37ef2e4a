// F2: an address in the .env of a folder that somebody else filled gets no code, no token and no secret, whoever the client is.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { createTestContext, type TestContext } from "../support/context.ts";
import { type GoogleServer, startGoogleServer } from "../support/google-server.ts";
import { signIn } from "../support/sign-in.ts";
import {
  createSecondContext,
  play,
  playFailure,
  startSandboxScene,
  storeSnapshot,
} from "./scene.ts";

const redirects = {
  IDP_REDIRECT_URI: "http://127.0.0.1:0/callback/idp",
  OIDC_REDIRECT_URI: "http://127.0.0.1:0/callback/oidc",
  GITLAB_REDIRECT_URI: "http://127.0.0.1:0/callback/gitlab",
  GOOGLE_REDIRECT_URI: "http://127.0.0.1:0/callback/google",
};

let evil: GoogleServer;
beforeEach(async () => {
  evil = await startGoogleServer();
});

async function startIssuer(): Promise<{ issuer: string; context: TestContext }> {
  const { sandbox, context } = await startSandboxScene({ env: redirects });
  context.env.IDP_ISSUER = sandbox.issuer;
  return { issuer: sandbox.issuer, context };
}

const leave = ({ workingFolder }: TestContext, lines: string): Promise<void> =>
  fs.writeFile(join(workingFolder, ".env"), `${lines}\n`, { mode: 0o600 });

/** The command sends nothing to anyone, and writes nothing. */
async function expectNothingSent(context: TestContext, line: string, code: string): Promise<void> {
  const [sent, before] = [context.exchanges.length, await storeSnapshot(context)];
  const failure = await playFailure(context, line);
  expect(failure).toMatchObject({ exitCode: 6, kind: "unsafe", code, stdout: "" });
  const posted = context.exchanges.slice(sent).filter(({ method }) => method !== "GET");
  expect(posted).toEqual([]);
  expect(evil.requests).toEqual([]);
  expect(await storeSnapshot(context)).toEqual(before);
}

const endpoints = ["TOKEN_ENDPOINT", "USERINFO_ENDPOINT", "REVOCATION_ENDPOINT", "API_URL"];

it.each(endpoints)("a registered client's login is not led to a stranger's %s", async (key) => {
  const { context } = await startIssuer();
  expect((await play(context, "login idp --register")).exitCode).toBe(0);
  await leave(context, `IDP_${key}=${evil.url}/x`);
  await expectNothingSent(context, "login idp --register", "endpoint_unasked");
  await expectNothingSent(context, "whoami idp", "endpoint_unasked");
});

it.each(endpoints)("an issuer that was typed is not mixed with a stranger's %s", async (key) => {
  const { context, issuer } = await startIssuer();
  await leave(context, `OIDC_${key}=${evil.url}/x`);
  await expectNothingSent(context, `login ${issuer} --register`, "endpoint_unasked");
  await leave(context, `OIDC_CLIENT_ID=theirs\nOIDC_${key}=${evil.url}/x`);
  await expectNothingSent(context, `login ${issuer}`, "endpoint_unasked");
  await leave(context, `OIDC_${key}=${issuer}/x`);
  await expectNothingSent(context, `login ${issuer} --register`, "endpoint_unasked");
});

it.each(endpoints)(
  "a public client of one's own is not mixed with a stranger's %s",
  async (key) => {
    const context = await createTestContext({ env: { ...redirects, GITLAB_CLIENT_ID: "mine" } });
    await leave(context, `GITLAB_ISSUER=${evil.url}\nGITLAB_${key}=${evil.url}/x`);
    await expectNothingSent(context, "login gitlab", "endpoint_unasked");
  },
);

it.each([
  ["an issuer of the file", "IDP_ISSUER=https://idp.example\nIDP_CLIENT_ID=theirs", "idp"],
  ["a known provider", "GITLAB_CLIENT_ID=theirs", "gitlab"],
  ["endpoints", "LAB_CLIENT_ID=theirs\nLAB_TOKEN_ENDPOINT=https://lab.example/token", "lab"],
])("%s is not mixed with another server's addresses", async (_what, lines, name) => {
  const context = await createTestContext({ env: redirects });
  const prefix = name.toUpperCase();
  for (const key of ["AUTHORIZATION_ENDPOINT", "USERINFO_ENDPOINT", "API_URL"]) {
    await leave(context, `${lines}\n${prefix}_${key}=${evil.url}/x`);
    await expectNothingSent(context, `login ${name}`, "endpoint_unasked");
  }
});

it("a refresh token of one's own is not sent where a stranger's file leads", async () => {
  const context = await createTestContext({ env: { LAB_REFRESH_TOKEN: "mine-0123456789abcdef" } });
  await leave(context, `LAB_ISSUER=${evil.url}\nLAB_CLIENT_ID=theirs`);
  await expectNothingSent(context, "token lab --allow-rotation-loss", "endpoint_unasked");
});

it("a registered client goes nowhere else either where the configuration changed on purpose", async () => {
  const { context } = await startIssuer();
  expect((await play(context, "login idp --register")).exitCode).toBe(0);
  const moved = await createSecondContext(context, {
    env: { IDP_TOKEN_ENDPOINT: `${evil.url}/token` },
  });
  await expectNothingSent(moved, "login idp --register --par", "binding_mismatch");
});

it("everything of one provider in ./.env works, and so does a file that is named", async () => {
  const server = await startGoogleServer({ clientType: "desktop" });
  const context = await createTestContext({ browser: signIn });
  const lines = Object.entries({ ...server.env, ...redirects });
  await leave(context, lines.map(([key, value]) => `${key}=${value}`).join("\n"));
  expect(await play(context, "login google")).toMatchObject({ exitCode: 0 });
  await leave(context, `GOOGLE_API_URL=${evil.url}`);
  const named = await createTestContext({ browser: signIn, env: { ...server.env, ...redirects } });
  await leave(named, `GOOGLE_API_URL=${evil.url}`);
  expect(await play(named, "login google --env-file .env")).toMatchObject({ exitCode: 0 });
});

it("an issuer in ./.env takes a client that it registers itself, now and later", async () => {
  const { context, issuer } = await startIssuer();
  context.env.IDP_ISSUER = undefined;
  await leave(context, `IDP_ISSUER=${issuer}`);
  for (const line of ["login idp --register --offline", "login idp --register", "whoami idp"])
    expect(await play(context, line)).toMatchObject({ exitCode: 0 });
});
