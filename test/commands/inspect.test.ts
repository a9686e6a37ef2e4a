// `inspect`: each provider's own way to ask about a token, and an ID token that is called verified only when it is.
import { createSign, generateKeyPairSync, type KeyPairKeyObjectResult, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/secret.ts";
import { createTestContext, type TestContext } from "../support/context.ts";
import { startGitHubServer } from "../support/github-server.ts";
import { startGoogleServer } from "../support/google-server.ts";
import { type ProviderServer, startProviderServer } from "../support/provider-server.ts";
import { signIn } from "../support/sign-in.ts";
import {
  createSecondContext,
  play,
  playFailure,
  startSandboxScene,
  storedCredential,
  storeOf,
} from "./scene.ts";

describe("inspect sandbox", () => {
  it("tells what introspection says, and that the ID token is verified", async () => {
    const { context, sandbox } = await startSandboxScene();
    await play(context, "login sandbox");
    const { exitCode, stdout } = await play(context, "inspect sandbox");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("Access token: active (introspection, RFC 7662)\n");
    expect(stdout).toMatch(/ {2}scope +openid/);
    expect(stdout).toMatch(/ {2}exp +\d{4}-.*Z \(in (1 hour|59 minutes)\)/);
    expect(stdout).toContain("ID token: verified, the provider's key signed it\n");
    expect(stdout).toMatch(new RegExp(`  iss +${sandbox.issuer}\n`));
    expect(stdout).not.toContain("nonce");
  });

  it("refreshes nothing: a token that was revoked is shown as not active", async () => {
    const { context } = await startSandboxScene();
    await play(context, "login sandbox");
    const stored = await storedCredential(context, "sandbox");
    const copy = await storeOf(context).read({ provider: "sandbox", profile: "default" });
    await play(context, "logout sandbox");
    if (copy) await storeOf(context).save(copy);
    const { stdout } = await play(context, "inspect sandbox --json");
    expect(JSON.parse(stdout)).toMatchObject({
      access_token: { source: "introspection", active: false },
      id_token: { signature: "verified", problem: null },
    });
    expect(await storedCredential(context, "sandbox")).toEqual(stored);
  });

  it("has no ID token for a client of its own", async () => {
    const { context } = await startSandboxScene();
    await play(context, "login sandbox --client-credentials");
    const { stdout } = await play(context, "inspect sandbox --json");
    expect(JSON.parse(stdout)).toMatchObject({
      access_token: { active: true, client_id: "oauth-lab-sandbox-service" },
      id_token: null,
    });
    expect((await play(context, "inspect")).stdout).toContain("ID token: none stored");
  });

  it("asks for a login where nothing is stored", async () => {
    const { context } = await startSandboxScene();
    expect(await playFailure(context, "inspect sandbox")).toMatchObject({
      exitCode: 4,
      code: "nothing_stored",
    });
  });
});

async function startGitHub() {
  const server = await startGitHubServer();
  const env = { ...server.env, GITHUB_REDIRECT_URI: "http://127.0.0.1:0/callback/github" };
  const context = await createTestContext({ browser: signIn, env });
  await play(context, "login github");
  return { server, context };
}

describe("inspect github", () => {
  it("asks by POST with the client's id and secret, and shows no token", async () => {
    const { server, context } = await startGitHub();
    const { stdout } = await play(context, "inspect github --json");
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      provider: "github",
      profile: "default",
      access_token: { source: "github", active: true, scopes: ["read:user"], login: "octocat" },
      id_token: null,
    });
    const request = server.requests.at(-1);
    expect(request).toMatchObject({
      method: "POST",
      path: `/applications/${server.clientId}/token`,
      headers: { authorization: expect.stringMatching(/^Basic /) },
    });
    expect(request?.query.size).toBe(0);
  });

  it("calls a token that GitHub does not know not active", async () => {
    const { server, context } = await startGitHub();
    server.answers.checkToken = { status: 404, body: { message: "Not Found" } };
    const { stdout } = await play(context, "inspect github");
    expect(stdout).toContain("Access token: not active (GitHub's check of a token)\n");
  });

  it("refuses a token that was issued to another client", async () => {
    const { server, context } = await startGitHub();
    server.answers.checkToken = { body: { app: { client_id: "another" }, scopes: [] } };
    expect(await playFailure(context, "inspect github")).toMatchObject({
      exitCode: 6,
      code: "audience_mismatch",
      stdout: "",
    });
  });
});

async function startGoogle() {
  const server = await startGoogleServer({ clientType: "desktop" });
  const env = { ...server.env, GOOGLE_REDIRECT_URI: "http://127.0.0.1:0/callback/google" };
  const context = await createTestContext({ browser: signIn, env });
  await play(context, "login google");
  return { server, context };
}

describe("inspect google", () => {
  it("asks tokeninfo by POST, the token in a header and in no address", async () => {
    const { server, context } = await startGoogle();
    const { stdout } = await play(context, "inspect google --json");
    expect(JSON.parse(stdout)).toMatchObject({
      access_token: { source: "tokeninfo", active: true, aud: server.clientId },
      id_token: { signature: "verified", algorithm: "RS256", claims: { name: "Ada Lovelace" } },
    });
    const request = server.requests.find(({ path }) => path === "/tokeninfo");
    expect(request).toMatchObject({
      method: "POST",
      headers: { authorization: expect.stringMatching(/^Bearer ya29\./) },
      body: "",
    });
    expect(request?.query.size).toBe(0);
  });

  it("sends the token to no tokeninfo on an origin that it did not come from", async () => {
    const [server, elsewhere] = [await startGoogleServer(), await startGoogleServer()];
    const endpoint = `${elsewhere.url}/token`;
    server.answers.discovery = { body: { issuer: server.url, token_endpoint: endpoint } };
    const context = await createTestContext({ env: server.env });
    await storeOf(context).save({
      provider: "google",
      profile: "default",
      binding: {
        issuer: server.url,
        tokenEndpoint: endpoint,
        clientId: server.clientId,
        origins: [elsewhere.url],
      },
      accessToken: new Secret("ya29.from-elsewhere-0123456789"),
      tokenType: "bearer",
      obtainedAt: context.clock.now(),
      requestedScopes: [],
      grantedScopes: [],
      grant: "authorization_code",
    });
    const failure = await playFailure(context, "inspect google");
    expect(failure).toMatchObject({ exitCode: 6, code: "foreign_origin" });
    expect(server.requests.map(({ path }) => path)).toEqual(["/.well-known/openid-configuration"]);
  });

  it("calls a dead token not active", async () => {
    const { server, context } = await startGoogle();
    server.endGrant();
    expect((await play(context, "inspect google")).stdout).toContain("Access token: not active");
  });

  it("refuses a token that was issued to another client", async () => {
    const { server, context } = await startGoogle();
    server.answers.tokeninfo = { body: { aud: "another", sub: "1" } };
    expect(await playFailure(context, "inspect google")).toMatchObject({
      exitCode: 6,
      code: "audience_mismatch",
    });
  });

  it("shows what the endpoint says without letting it near the terminal", async () => {
    const { server, context } = await startGoogle();
    const aud = server.clientId;
    server.answers.tokeninfo = { body: { aud, scope: "\u001b[2J", exp: "1e99", secret: "x" } };
    const { stdout } = await play(context, "inspect google");
    expect(stdout).toContain("\\u{1b}[2J");
    expect(stdout).toMatch(/ {2}exp +1e99\n/);
    expect(stdout).not.toContain("secret");
  });
});

type Pair = KeyPairKeyObjectResult;
const newPair = (): Pair => generateKeyPairSync("rsa", { modulusLength: 2048 });
const curvePair = (): Pair => generateKeyPairSync("ec", { namedCurve: "P-256" });
const edwardsPair = (): Pair => generateKeyPairSync("ed25519");
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

interface Token {
  readonly header?: object;
  readonly claims?: object;
  readonly signature?: (content: string) => string;
}

/** A provider whose keys are these, and a stored ID token that it never saw. */
async function startWith(
  token: Token,
  { keys, algorithm = "RS256" }: { keys: object[] | undefined; algorithm?: string },
): Promise<{ server: ProviderServer; context: TestContext }> {
  const server = await startProviderServer((url) => ({
    "GET /.well-known/openid-configuration": {
      name: "discovery",
      respond: () => ({
        body: {
          issuer: url,
          authorization_endpoint: `${url}/authorize`,
          token_endpoint: `${url}/token`,
          ...(keys && { jwks_uri: `${url}/keys` }),
          id_token_signing_alg_values_supported: [algorithm],
        },
      }),
    },
    "GET /keys": { name: "keys", respond: () => ({ body: { keys: keys ?? [] } }) },
  }));
  const env = { LAB_ISSUER: server.url, LAB_CLIENT_ID: "lab-client" };
  const context = await createTestContext({ env });
  const claims = { iss: server.url, aud: "lab-client", sub: "ada", ...token.claims };
  const content = `${encode({ alg: algorithm, kid: "k1", ...token.header })}.${encode(claims)}`;
  await storeOf(context).save({
    provider: "lab",
    profile: "default",
    binding: {
      issuer: server.url,
      tokenEndpoint: `${server.url}/token`,
      clientId: "lab-client",
      origins: [server.url],
    },
    accessToken: new Secret("stored-at-8c1f5e2b9d7a4063"),
    tokenType: "bearer",
    obtainedAt: context.clock.now(),
    requestedScopes: ["openid"],
    grantedScopes: ["openid"],
    grant: "authorization_code",
    idToken: new Secret(`${content}.${token.signature?.(content) ?? ""}`),
  });
  return { server, context };
}

const published = ({ publicKey }: Pair, members: object = { kid: "k1" }) => ({
  ...publicKey.export({ format: "jwk" }),
  ...members,
});
const signWith =
  ({ privateKey }: Pair) =>
  (content: string) =>
    createSign("RSA-SHA256").update(content).sign(privateKey, "base64url");

async function signatureOf(context: TestContext): Promise<unknown> {
  const { stdout, stderr } = await play(context, "inspect lab --json");
  if (stdout === "") throw new Error(stderr);
  const { signature, problem } = JSON.parse(stdout).id_token;
  return problem ?? signature;
}

describe("a stored ID token", () => {
  const [pair, stranger, curve] = [newPair(), newPair(), curvePair()];
  const genuine: Token = { signature: signWith(pair) };

  it("is verified by the key that it names, or by the only one there is", async () => {
    for (const members of [{ kid: "k1" }, { kid: "k1", use: "sig" }]) {
      const { context } = await startWith(genuine, {
        keys: [published(stranger, { kid: "k0" }), published(pair, members)],
      });
      expect(await signatureOf(context)).toBe("verified");
    }
    const nameless = { ...genuine, header: { kid: undefined } };
    const { context } = await startWith(nameless, { keys: [published(stranger), published(pair)] });
    expect(await signatureOf(context)).toBe("verified");
  });

  it.each([
    [
      "ES256",
      curvePair(),
      (content: string, { privateKey }: Pair) =>
        sign("sha256", Buffer.from(content), { key: privateKey, dsaEncoding: "ieee-p1363" }),
    ],
    [
      "PS256",
      newPair(),
      (content: string, { privateKey }: Pair) =>
        sign("sha256", Buffer.from(content), { key: privateKey, padding: 6, saltLength: 32 }),
    ],
    [
      "EdDSA",
      edwardsPair(),
      (content: string, { privateKey }: Pair) => sign(null, Buffer.from(content), privateKey),
    ],
  ])("is verified where it is signed with %s", async (algorithm, keyPair, make) => {
    const signature = (content: string) => make(content, keyPair).toString("base64url");
    const { context } = await startWith({ signature }, { keys: [published(keyPair)], algorithm });
    expect(await signatureOf(context)).toBe("verified");
  });

  it.each<[string, Token, object[] | undefined]>([
    ["its signature is not the provider's", { signature: signWith(stranger) }, [published(pair)]],
    ["its signature is not the provider's", { signature: () => "" }, [published(pair)]],
    ["its signature is not the provider's", genuine, [published(curve)]],
    ["its signature is not the provider's", { signature: signWith(curve) }, [published(curve)]],
    [
      "the provider no longer publishes the key it names",
      genuine,
      [published(pair, { kid: "k2" })],
    ],
    [
      "the provider no longer publishes the key it names",
      genuine,
      [published(pair, { kid: "k1", use: "enc" })],
    ],
    ["the provider publishes no keys", genuine, undefined],
    [
      "it is not signed with RS256",
      { header: { alg: "none" }, signature: () => "" },
      [published(pair)],
    ],
    ["it is not signed with RS256", { ...genuine, header: { alg: "RS512" } }, [published(pair)]],
    [
      "it names another issuer",
      { ...genuine, claims: { iss: "https://evil.example" } },
      [published(pair)],
    ],
    [
      "it was issued to another client",
      { ...genuine, claims: { aud: ["other"] } },
      [published(pair)],
    ],
  ])("is only decoded when %s", async (problem, token, keys) => {
    const { context } = await startWith(token, { keys });
    expect(await signatureOf(context)).toBe(problem);
    expect((await play(context, "inspect lab")).stdout).toContain(
      `ID token: decoded, not verified: ${problem}\n`,
    );
  });

  it("is said to be none where it is no JWT, and the provider to have no way to ask", async () => {
    const { context } = await startWith({ signature: () => "a.b.c" }, { keys: [] });
    expect((await play(context, "inspect lab")).stdout).toBe(
      "Access token: lab offers this client no way to ask about it\nID token: not a signed JWT\n",
    );
  });

  it("is not judged while the keys cannot be had", async () => {
    const { server, context } = await startWith(genuine, { keys: [published(pair)] });
    server.answers.keys = { status: 503, body: "down" };
    const second = await createSecondContext(context);
    expect(await playFailure(second, "inspect lab")).toMatchObject({ exitCode: 7 });
  });
});
