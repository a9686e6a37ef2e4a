// ID tokens that lie, by the modules of the OpenID Foundation's RP tests and the extra cases of the bad-input matrix, group E. Real commands against a server that forges.
import { createHash, createHmac, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { pinnedAlgorithm } from "../../src/flow/id-token.ts";
import { play, playFailure, storedCredential, storeSnapshot } from "../commands/scene.ts";
import { createTestContext, type TestContext } from "../support/context.ts";
import { publicKeys, signIdToken } from "../support/google-keys.ts";
import { type GoogleServer, startGoogleServer } from "../support/google-server.ts";
import { signIn } from "../support/sign-in.ts";

type Claims = Record<string, unknown>;
type Sign = (claims: Claims) => string;

/** The claims of an honest ID token for the login under way. */
interface Login {
  readonly server: GoogleServer;
  readonly context: TestContext;
  readonly honest: Claims;
}

async function startLogin(): Promise<Omit<Login, "honest">> {
  const server = await startGoogleServer({ clientType: "desktop" });
  const env = { ...server.env, GOOGLE_REDIRECT_URI: "http://127.0.0.1:0/callback/google" };
  const context = await createTestContext({ browser: signIn, env });
  return { server, context };
}

const forgedToken = "ya29.forged-0f7d2c81b5e94a63";

/** The start of a token's SHA-256, as `at_hash` has its left half. */
const hashOf = (token: string, bytes = 16) =>
  createHash("sha256").update(token).digest().subarray(0, bytes).toString("base64url");

/** Lets the server answer with an ID token of this making. */
function forge(
  { server, context }: Omit<Login, "honest">,
  makeToken: (login: Login) => string,
  refreshToken = "1//0forged-9a4c6e2d8b1f7053",
): void {
  server.answers.token = () => {
    const seconds = Math.floor(context.clock.now() / 1000);
    const honest: Claims = {
      iss: server.url,
      aud: server.clientId,
      sub: "110169484474386276334",
      iat: seconds,
      exp: seconds + 3600,
      nonce: context.openedAddresses.at(-1)?.searchParams.get("nonce"),
    };
    return {
      body: {
        access_token: forgedToken,
        refresh_token: refreshToken,
        token_type: "Bearer",
        expires_in: 3599,
        scope: "openid",
        id_token: makeToken({ server, context, honest }),
      },
    };
  };
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const kid = "google-test-key-1";

const unsigned: Sign = (claims) => `${encode({ alg: "none" })}.${encode(claims)}.`;
const withAnotherKey: Sign = (claims) => {
  const content = `${encode({ alg: "RS256", kid })}.${encode(claims)}`;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return `${content}.${sign("sha256", Buffer.from(content), privateKey).toString("base64url")}`;
};
const withHeader =
  (header: { alg?: string; [name: string]: unknown }): Sign =>
  (claims) =>
    signIdToken(claims, header);
/** The client secret as HMAC key, which OpenID Connect knows and we do not accept. */
const withSecret =
  (secret: string): Sign =>
  (claims) => {
    const content = `${encode({ alg: "HS256" })}.${encode(claims)}`;
    return `${content}.${createHmac("sha256", secret).update(content).digest("base64url")}`;
  };

const rejected: [string, (login: Login) => string][] = [
  [
    "oidcc-client-test-invalid-iss",
    ({ honest }) => signIdToken({ ...honest, iss: "https://evil.example" }),
  ],
  ["oidcc-client-test-missing-sub", ({ honest: { sub, ...rest } }) => signIdToken(rest)],
  [
    "oidcc-client-test-invalid-aud",
    ({ honest }) => signIdToken({ ...honest, aud: "another-client" }),
  ],
  ["oidcc-client-test-missing-aud", ({ honest: { aud, ...rest } }) => signIdToken(rest)],
  ["oidcc-client-test-missing-iat", ({ honest: { iat, ...rest } }) => signIdToken(rest)],
  ["oidcc-client-test-idtoken-sig-none", ({ honest }) => unsigned(honest)],
  ["oidcc-client-test-invalid-sig-rs256", ({ honest }) => withAnotherKey(honest)],
  ["oidcc-client-test-invalid-sig-hs256", ({ honest }) => withSecret("another-secret")(honest)],
  ["HS256 with the client secret", ({ honest, server }) => withSecret(server.clientSecret)(honest)],
  [
    "a header that says ES256 over an RSA key",
    ({ honest }) => withHeader({ alg: "ES256" })(honest),
  ],
  [
    "a critical header that nobody knows",
    ({ honest }) => withHeader({ crit: ["x"], x: 1 })(honest),
  ],
  ["a key that the key set has not", ({ honest }) => withHeader({ kid: "another" })(honest)],
  [
    "oidcc-client-test-nonce-invalid",
    ({ honest }) => signIdToken({ ...honest, nonce: "n".repeat(43) }),
  ],
  ["a nonce that is missing", ({ honest: { nonce, ...rest } }) => signIdToken(rest)],
  ["an empty sub", ({ honest }) => signIdToken({ ...honest, sub: "" })],
  ["a sub of 256 characters", ({ honest }) => signIdToken({ ...honest, sub: "s".repeat(256) })],
  ["a sub outside of ASCII", ({ honest }) => signIdToken({ ...honest, sub: "ad\u00e4" })],
  [
    "two audiences without azp",
    ({ honest }) => signIdToken({ ...honest, aud: [honest.aud, "other"] }),
  ],
  [
    "two audiences with another azp",
    ({ honest }) => signIdToken({ ...honest, aud: [honest.aud, "other"], azp: "other" }),
  ],
  ["31 s after its end", ({ honest }) => signIdToken({ ...honest, exp: Number(honest.iat) - 31 })],
  ["nbf in ten minutes", ({ honest }) => signIdToken({ ...honest, nbf: Number(honest.iat) + 600 })],
  ["iat a week ago", ({ honest }) => signIdToken({ ...honest, iat: Number(honest.iat) - 604_800 })],
  [
    "iat in ten years",
    ({ honest }) => signIdToken({ ...honest, iat: Number(honest.iat) + 315_360_000 }),
  ],
  [
    "iat eleven minutes ago",
    ({ honest }) => signIdToken({ ...honest, iat: Number(honest.iat) - 660 }),
  ],
  ["what is no token at all", () => "bm90.YQ.dG9rZW4"],
  [
    "oidcc-client-test-invalid-athash",
    ({ honest }) => signIdToken({ ...honest, at_hash: hashOf("ya29.another-0f7d2c81b5e94a") }),
  ],
  ["an at_hash that is no string", ({ honest }) => signIdToken({ ...honest, at_hash: 1 })],
  [
    "an at_hash of the whole hash",
    ({ honest }) => signIdToken({ ...honest, at_hash: hashOf(forgedToken, 32) }),
  ],
];

describe("E a login", () => {
  it.each(rejected)("refuses %s and stores nothing", async (_what, makeToken) => {
    const login = await startLogin();
    forge(login, makeToken);
    const failure = await playFailure(login.context, "login google");
    expect(failure).toMatchObject({
      exitCode: 6,
      kind: "unsafe",
      code: "id_token_invalid",
      stdout: "",
    });
    expect(await storeSnapshot(login.context)).toEqual([]);
  });

  it("refuses an answer without the ID token that it asked for", async () => {
    const { server, context } = await startLogin();
    server.answers.token = {
      body: { access_token: "ya29.alone-0123456789", token_type: "Bearer" },
    };
    expect(await playFailure(context, "login google")).toMatchObject({ exitCode: 3, stdout: "" });
    expect(await storeSnapshot(context)).toEqual([]);
  });

  it.each<[string, (login: Login) => string]>([
    ["oidcc-client-test-idtoken-sig-rs256", ({ honest }) => signIdToken(honest)],
    [
      "the at_hash of its access token",
      ({ honest }) => signIdToken({ ...honest, at_hash: hashOf(forgedToken) }),
    ],
    [
      "two audiences where azp is us",
      ({ honest }) => signIdToken({ ...honest, aud: [honest.aud, "other"], azp: honest.aud }),
    ],
    [
      "20 s after its end",
      ({ honest }) => signIdToken({ ...honest, exp: Number(honest.iat) - 20 }),
    ],
    [
      "iat nine minutes ago",
      ({ honest }) => signIdToken({ ...honest, iat: Number(honest.iat) - 540 }),
    ],
    [
      "oidcc-client-test-kid-absent-single-jwks",
      ({ honest }) => signIdToken(honest, { kid: undefined }),
    ],
  ])("accepts %s", async (_what, makeToken) => {
    const login = await startLogin();
    forge(login, makeToken);
    expect((await play(login.context, "login google")).exitCode).toBe(0);
    expect(await storedCredential(login.context, "google")).toMatchObject({
      subject: "110169484474386276334",
    });
  });

  it("oidcc-client-test-kid-absent-multiple-jwks: refuses a token without kid where several keys could have signed it", async () => {
    const login = await startLogin();
    forge(login, ({ honest }) => signIdToken(honest, { kid: undefined }));
    const [key] = publicKeys().keys;
    login.server.answers.keys = { body: { keys: [key, { ...key, kid: "another" }] } };
    const failure = await playFailure(login.context, "login google");
    expect(failure).toMatchObject({ exitCode: 6, code: "id_token_invalid" });
  });

  it("F15 refuses a signature by a key that is too short to trust", async () => {
    const login = await startLogin();
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
    forge(login, ({ honest }) => {
      const content = `${encode({ alg: "RS256", kid })}.${encode(honest)}`;
      return `${content}.${sign("sha256", Buffer.from(content), privateKey).toString("base64url")}`;
    });
    const key = { ...publicKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" };
    login.server.answers.keys = { body: { keys: [key] } };
    const { exitCode } = await playFailure(login.context, "login google");
    expect(exitCode).toBeGreaterThan(2);
    expect(await storedCredential(login.context, "google")).toBeUndefined();
  });

  it("F15 refuses a token where two keys of one name could have signed it", async () => {
    const login = await startLogin();
    forge(login, ({ honest }) => signIdToken(honest));
    const [key] = publicKeys().keys;
    login.server.answers.keys = { body: { keys: [key, key] } };
    const failure = await playFailure(login.context, "login google");
    expect(failure).toMatchObject({ exitCode: 6, code: "id_token_invalid" });
  });

  it.each(["none", "HS256"])(
    "does not accept %s because the metadata lists it",
    async (algorithm) => {
      const login = await startLogin();
      const { server, context } = login;
      forge(login, ({ honest }) =>
        algorithm === "none" ? unsigned(honest) : withSecret(server.clientSecret)(honest),
      );
      const metadata = await (await fetch(`${server.url}/.well-known/openid-configuration`)).json();
      server.answers.discovery = {
        body: {
          ...(metadata as object),
          id_token_signing_alg_values_supported: [algorithm, "RS256"],
        },
      };
      expect(await playFailure(context, "login google")).toMatchObject({ exitCode: 6 });
      expect(await storeSnapshot(context)).toEqual([]);
    },
  );

  it("F13, R45 accepts one algorithm only, though the server lists others and the key would fit", async () => {
    const login = await startLogin();
    const { server, context } = login;
    forge(login, ({ honest }) => signIdToken(honest, { alg: "PS256" }));
    const metadata = await (await fetch(`${server.url}/.well-known/openid-configuration`)).json();
    const algorithms = { id_token_signing_alg_values_supported: ["RS256", "PS256"] };
    server.answers.discovery = { body: { ...(metadata as object), ...algorithms } };
    const { alg, ...key } = publicKeys().keys[0] as Record<string, unknown>;
    server.answers.keys = { body: { keys: [key] } };
    expect(await playFailure(context, "login google")).toMatchObject({ exitCode: 6 });
    expect(await storeSnapshot(context)).toEqual([]);
  });

  it("ends where the keys cannot be had", async () => {
    const { server, context } = await startLogin();
    server.answers.keys = { status: 503, body: "down" };
    expect(await playFailure(context, "login google")).toMatchObject({ exitCode: 7, stdout: "" });
    expect(await storeSnapshot(context)).toEqual([]);
  });
});

describe("H14, D29 a refresh", () => {
  it.each<[string, (login: Login) => string]>([
    [
      "refresh-token-invalid-issuer",
      ({ honest }) => signIdToken({ ...honest, iss: "https://evil.example" }),
    ],
    ["refresh-token-invalid-sub", ({ honest }) => signIdToken({ ...honest, sub: "another" })],
    ["another audience", ({ honest }) => signIdToken({ ...honest, aud: "another-client" })],
    [
      "another token's at_hash",
      ({ honest }) => signIdToken({ ...honest, at_hash: hashOf("another-token") }),
    ],
    ["a bad signature", ({ honest }) => withAnotherKey(honest)],
  ])("refuses %s, keeps the rotated token and the rest as it was", async (_what, makeToken) => {
    const login = await startLogin();
    const { context } = login;
    forge(login, ({ honest }) => signIdToken(honest));
    await play(context, "login google");
    const before = await storedCredential(context, "google");
    const rotated = "1//0rotated-3e8b07f5d1c6a294";
    forge(
      login,
      ({ honest: { nonce, ...rest }, ...parts }) => makeToken({ ...parts, honest: rest }),
      rotated,
    );
    const failure = await playFailure(context, "refresh google");
    expect(failure).toMatchObject({ exitCode: 6, code: "id_token_invalid", stdout: "" });
    expect(await storedCredential(context, "google")).toEqual({
      ...before,
      refreshToken: rotated,
    });
  });
});

describe("the algorithm that is pinned", () => {
  it.each([
    [undefined, "RS256"],
    [["none", "HS256"], "RS256"],
    [["ES256", "RS256"], "RS256"],
    [["none", "ES256"], "ES256"],
    ["RS512", "RS256"],
  ])("is of %j %s", (offered, expected) => {
    expect(pinnedAlgorithm(offered)).toBe(expected);
  });
});
