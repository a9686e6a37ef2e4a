// Re-creates the modules of the OpenID Foundation's RP tests (Basic, Config, Refresh) that id-token.test.ts has not: each ends as its list asks.
import { describe, expect, it } from "vitest";
import { play, playFailure, storedCredential, storeSnapshot } from "../commands/scene.ts";
import { createTestContext, type TestContext } from "../support/context.ts";
import { publicKeys, signIdToken } from "../support/google-keys.ts";
import { type GoogleServer, startGoogleServer } from "../support/google-server.ts";
import { type RecordedRequest, readBasic } from "../support/provider-server.ts";
import { signIn } from "../support/sign-in.ts";

/** A provider that nothing is known of but its issuer. */
async function startProvider(issuer = (url: string) => url) {
  const server = await startGoogleServer({ clientType: "desktop" });
  const context = await createTestContext({
    browser: signIn,
    env: {
      LAB_ISSUER: issuer(server.url),
      LAB_CLIENT_ID: server.clientId,
      LAB_CLIENT_SECRET: server.clientSecret,
      LAB_REDIRECT_URI: "http://127.0.0.1:0/callback/lab",
    },
  });
  server.answers.token = answerTokens({ server, context });
  return { server, context };
}

/** Answers every grant, the client being known by Basic alone; `header` goes into the ID token's. */
function answerTokens(
  { server, context }: { server: GoogleServer; context: TestContext },
  header: Readonly<Record<string, unknown>> = {},
) {
  return (request: RecordedRequest) => {
    const client = readBasic(request);
    if (client?.id !== server.clientId || client.secret !== server.clientSecret)
      return { status: 401, body: { error: "invalid_client" } };
    const seconds = Math.floor(context.clock.now() / 1000);
    const isLogin = request.form.get("grant_type") === "authorization_code";
    const nonce = isLogin ? context.openedAddresses.at(-1)?.searchParams.get("nonce") : undefined;
    const claims = { iss: server.url, aud: server.clientId, sub: "ada", iat: seconds };
    const idToken = { ...claims, exp: seconds + 3600, ...(nonce && { nonce }) };
    const count = server.requests.filter(({ path }) => path === "/token").length;
    return {
      body: {
        access_token: `access-token-of-the-lab-${count}`,
        refresh_token: `refresh-token-of-the-lab-${count}`,
        token_type: "Bearer",
        expires_in: 3600,
        scope: "openid email profile",
        id_token: signIdToken(idToken, header),
      },
    };
  };
}

/** The userinfo of whoever holds one of the lab's access tokens. */
function answerUserinfo(server: GoogleServer, sub = "ada"): void {
  server.answers.userinfo = ({ headers }) =>
    /^bearer access-token-of-the-lab-\d+$/i.test(headers.authorization ?? "")
      ? { body: { sub, name: "Ada Lovelace", email: "ada@example.com" } }
      : { status: 401, body: {} };
}

const pathsOf = ({ requests }: GoogleServer) => requests.map(({ path }) => path);

describe("Basic RP", () => {
  it("oidcc-client-test, …-client-secret-basic: signs in, the secret in the header only", async () => {
    const { server, context } = await startProvider();
    answerUserinfo(server);
    expect(await play(context, "login lab")).toMatchObject({ exitCode: 0 });
    const exchange = server.requests.find(({ path }) => path === "/token");
    expect(exchange && readBasic(exchange)).toEqual({
      id: server.clientId,
      secret: server.clientSecret,
    });
    expect(exchange?.form.has("client_secret")).toBe(false);
  });

  it("…-scope-userinfo-claims: asks by scope, and shows the claims of userinfo", async () => {
    const { server, context } = await startProvider();
    answerUserinfo(server);
    const { stderr } = await play(context, "login lab --scope openid --scope email,profile");
    expect(context.openedAddresses[0]?.searchParams.get("scope")).toBe("openid email profile");
    expect(stderr).toContain("Signed in to lab as Ada Lovelace (ada@example.com)");
  });

  it("…-userinfo-invalid-sub: drops the whole answer", async () => {
    const { server, context } = await startProvider();
    answerUserinfo(server, "mallory");
    const failure = await playFailure(context, "login lab");
    expect(failure).toMatchObject({ exitCode: 6, code: "subject_mismatch" });
    expect(await storedCredential(context, "lab")).not.toHaveProperty("login");
  });
});

describe("Config RP", () => {
  it("…-discovery-openid-config, …-discovery-jwks-uri-keys: fetches both, and uses them", async () => {
    const { server, context } = await startProvider();
    answerUserinfo(server);
    await play(context, "login lab");
    expect(pathsOf(server)).toEqual([
      "/.well-known/openid-configuration",
      "/o/oauth2/v2/auth",
      "/token",
      "/oauth2/v3/certs",
      "/v1/userinfo",
    ]);
  });

  it("…-discovery-issuer-mismatch: sends nothing to a server that names another issuer", async () => {
    const { server, context } = await startProvider((url) => url.replace("127.0.0.1", "localhost"));
    const failure = await playFailure(context, "login lab");
    expect(failure).toMatchObject({ exitCode: 6, code: "issuer_mismatch" });
    expect(pathsOf(server)).toEqual(["/.well-known/openid-configuration"]);
    expect(context.openedAddresses).toEqual([]);
  });

  const rotatedKeys = () => ({ keys: publicKeys().keys.map((key) => ({ ...key, kid: "new" })) });

  it("…-signing-key-rotation-just-before-signing: reads the keys after the token", async () => {
    const { server, context } = await startProvider();
    answerUserinfo(server);
    const answer = answerTokens({ server, context }, { kid: "new" });
    server.answers.token = (request) => {
      server.answers.keys = { body: rotatedKeys() };
      return answer(request);
    };
    expect(await play(context, "login lab")).toMatchObject({ exitCode: 0 });
  });

  it("…-signing-key-rotation: accepts the next login's new key, and the old one no more", async () => {
    const { server, context } = await startProvider();
    answerUserinfo(server);
    expect(await play(context, "login lab")).toMatchObject({ exitCode: 0 });
    server.answers.keys = { body: rotatedKeys() };
    const before = await storeSnapshot(context);
    expect(await playFailure(context, "login lab")).toMatchObject({ code: "id_token_invalid" });
    expect(await storeSnapshot(context)).toEqual(before);
    server.answers.token = answerTokens({ server, context }, { kid: "new" });
    expect(await play(context, "login lab")).toMatchObject({ exitCode: 0 });
  });
});

describe("Refresh RP", () => {
  it("…-refresh-token: refreshes, and asks userinfo with the new token", async () => {
    const { server, context } = await startProvider();
    answerUserinfo(server);
    await play(context, "login lab");
    expect(await play(context, "refresh lab")).toMatchObject({ exitCode: 0 });
    expect(await play(context, "whoami lab")).toMatchObject({ exitCode: 0 });
    expect(server.requests.at(-1)).toMatchObject({
      path: "/v1/userinfo",
      headers: { authorization: expect.stringMatching(/^bearer access-token-of-the-lab-2$/i) },
    });
  });
});

describe("F5 a provider without published keys", () => {
  it("proves nothing by an ID token: it is neither kept nor shown as checked", async () => {
    const { server, context } = await startProvider();
    answerUserinfo(server);
    const metadata = await (await fetch(`${server.url}/.well-known/openid-configuration`)).json();
    const { jwks_uri: _keys, ...rest } = metadata as Record<string, unknown>;
    server.answers.discovery = { body: rest };
    const { exitCode, stderr } = await play(context, "login lab");
    expect(exitCode).toBe(0);
    expect(stderr).not.toContain("ID token");
    expect(await storedCredential(context, "lab")).not.toHaveProperty("idToken");
    await play(context, "refresh lab");
    expect(await storedCredential(context, "lab")).not.toHaveProperty("idToken");
  });
});
