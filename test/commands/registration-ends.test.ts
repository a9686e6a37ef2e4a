// A client that was registered for a login that came to nothing, or whose credential is gone, does not stay at the server without a word.
import * as fs from "node:fs/promises";
import { expect, it } from "vitest";
import { TestBrowser } from "../support/browser.ts";
import {
  createTestContext,
  type TestContext,
  type TestContextOptions,
} from "../support/context.ts";
import { startProviderServer } from "../support/provider-server.ts";
import { play, playFailure } from "./scene.ts";

const login = "login idp --scope a --redirect-uri http://127.0.0.1:0/callback/idp";

/** A user at a server that registers anyone, and knows no DPoP. */
async function startRegistrar({
  interrupted = false,
  ...options
}: Omit<TestContextOptions, "browser"> & { interrupted?: boolean } = {}) {
  const server = await startProviderServer((url) => ({
    "GET /.well-known/openid-configuration": {
      name: "discovery",
      respond: () => ({
        body: {
          issuer: url,
          authorization_endpoint: `${url}/authorize`,
          token_endpoint: `${url}/token`,
          registration_endpoint: `${url}/register`,
        },
      }),
    },
    "POST /register": {
      name: "register",
      respond: () => ({
        status: 201,
        body: {
          client_id: "new-1",
          registration_client_uri: `${url}/register/new-1`,
          registration_access_token: "registration-token-0123456789",
        },
      }),
    },
    "DELETE /register/new-1": { name: "deregister", respond: () => ({ status: 204 }) },
    "POST /token": {
      name: "token",
      respond: () => ({ body: { access_token: "at-0123456789abcdef", token_type: "bearer" } }),
    },
  }));
  const state = { approved: false };
  const context: TestContext = await createTestContext({
    ...options,
    files: {
      rename: async (from, to) => {
        if (state.approved && options.files) throw Object.assign(new Error(), { code: "ENOSPC" });
        await fs.rename(from, to);
      },
    },
    env: { IDP_ISSUER: server.url },
    browser: async (url, rig) => {
      state.approved = true;
      if (interrupted) return context.interrupt();
      const to = new URL(url.searchParams.get("redirect_uri") ?? "");
      to.searchParams.set("code", "code-0123456789abcdef");
      to.searchParams.set("state", url.searchParams.get("state") ?? "");
      await new TestBrowser(rig).open(to);
    },
  });
  const ends = () => server.requests.filter(({ method }) => method === "DELETE").length;
  return { server, context, ends };
}

it("ends with a login that fails before its first request", async () => {
  const { context, ends } = await startRegistrar();
  expect(await playFailure(context, `${login} --register --dpop`)).not.toMatchObject({
    exitCode: 0,
  });
  expect(ends()).toBe(1);
});

it("ends with a login that Ctrl-C ended", async () => {
  const { context, ends } = await startRegistrar({ interrupted: true });
  expect(await play(context, `${login} --register`)).toMatchObject({ exitCode: 130 });
  expect(ends()).toBe(1);
});

it("ends where the credential cannot be stored", async () => {
  const { context, ends } = await startRegistrar({ files: {} });
  expect(await playFailure(context, `${login} --register`)).toMatchObject({ exitCode: 8 });
  expect(ends()).toBe(1);
});

it("ends when a login with another client replaces its credential, and says so", async () => {
  const { context, ends } = await startRegistrar();
  expect(await play(context, `${login} --register`)).toMatchObject({ exitCode: 0 });
  expect(await play(context, `${login} --register`)).toMatchObject({ exitCode: 0 });
  expect(ends()).toBe(0);
  context.env.IDP_CLIENT_ID = "by-hand";
  const { exitCode, stderr } = await play(context, login);
  expect(exitCode).toBe(0);
  expect(ends()).toBe(1);
  expect(stderr).toContain(
    "The client that was registered for the credential before this one is removed there.",
  );
});

it("is told to stay where the credential is deleted here only", async () => {
  const { context, ends } = await startRegistrar();
  await play(context, `${login} --register`);
  const { stderr } = await play(context, "logout idp --local");
  expect(stderr).toContain("The client that was registered for it stays there.");
  expect(ends()).toBe(0);
});

it("is not said to have ended where the server does not take the token for it", async () => {
  const { context, server } = await startRegistrar();
  await play(context, `${login} --register`);
  server.answers.deregister = { status: 401 };
  const { stderr } = await play(context, "logout idp");
  expect(stderr).toContain("The client that was registered for it may still be there");
  expect(stderr).not.toContain("removed");
});
