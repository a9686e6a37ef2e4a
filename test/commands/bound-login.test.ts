// Logins that send more than an address: requests that are pushed, tokens that are bound to a key, clients that prove themselves by a key.
import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startSandbox } from "../../src/sandbox/server.ts";
import { createTestContext, type TestContext } from "../support/context.ts";
import { signIn } from "../support/sign-in.ts";
import { play, playFailure, startSandboxScene, storedCredential, storeOf } from "./scene.ts";

/** Runs each command line, all of which are to succeed, and gives what they printed. */
async function playAll(context: TestContext, lines: readonly string[]): Promise<string[]> {
  const printed: string[] = [];
  for (const line of lines) {
    const { exitCode, stdout, stderr } = await play(context, line);
    expect({ line, exitCode, stderr }).toMatchObject({ line, exitCode: 0 });
    printed.push(stdout + stderr);
  }
  return printed;
}

const whole = ["whoami", "refresh", "whoami", "inspect", "logout"];

function requestsTo(context: TestContext, path: string) {
  return context.exchanges.filter(({ url }) => new URL(url).pathname === path);
}

describe("a public client", () => {
  it("signs in, asks whose token it is, refreshes, inspects and signs out", async () => {
    const { context } = await startSandboxScene();
    const [, whoami, refreshed, again, inspected, out] = await playAll(context, [
      "login sandbox",
      ...whole,
    ]);
    expect(whoami).toBe("ada (Ada Lovelace)\n");
    expect(refreshed).toContain("Refreshed sandbox");
    expect(again).toBe(whoami);
    expect(inspected).toContain("Access token: active (introspection, RFC 7662)");
    expect(inspected).toContain("ID token: verified");
    expect(out).toContain("Revoked at the sandbox and deleted here.");
    for (const { requestHeaders } of context.exchanges)
      expect(requestHeaders).not.toHaveProperty("dpop");
  });
});

/** A sandbox that knows one more client, by its public key; and its user, who has the key in a file. */
async function startKeyScene({ mode = 0o600 } = {}) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const sandbox = await startSandbox({
    port: 0,
    context: { files: fs },
    clients: [
      {
        client_id: "key-client",
        application_type: "native",
        token_endpoint_auth_method: "private_key_jwt",
        grant_types: ["authorization_code", "refresh_token", "client_credentials"],
        response_types: ["code"],
        redirect_uris: ["http://127.0.0.1/callback/sandbox"],
        require_pushed_authorization_requests: true,
        jwks: { keys: [publicKey.export({ format: "jwk" })] },
      },
    ],
  });
  onTestFinished(() => sandbox.close());
  const context = await createTestContext({
    browser: signIn,
    env: {
      SANDBOX_ISSUER: sandbox.issuer,
      SANDBOX_CLIENT_ID: "key-client",
      SANDBOX_REDIRECT_URI: "http://127.0.0.1:0/callback/sandbox",
    },
  });
  const path = join(context.homeFolder, "client-key.pem");
  const pem = privateKey.export({ format: "pem", type: "pkcs8" }) as string;
  await fs.writeFile(path, pem, { mode });
  await fs.chmod(path, mode);
  context.env.SANDBOX_PRIVATE_KEY_FILE = path;
  for (const line of pem.split("\n").slice(1, -2)) {
    context.canary(line);
    context.allow(line, "files");
  }
  return { context, path };
}

describe("a client that signs its requests, with pushed parameters", () => {
  it("signs in, asks whose token it is, refreshes, inspects and signs out", async () => {
    const { context } = await startKeyScene();
    await playAll(context, ["login sandbox --par", ...whole]);
    const [address] = context.openedAddresses;
    expect([...(address?.searchParams.keys() ?? [])].sort()).toEqual(["client_id", "request_uri"]);
    for (const path of ["/request", "/token", "/token/introspection", "/token/revocation"]) {
      const forms = requestsTo(context, path).map(
        ({ requestBody }) => new URLSearchParams(requestBody),
      );
      expect(forms.length).toBeGreaterThan(0);
      for (const form of forms) {
        const [header = "", claims = ""] = form.get("client_assertion")?.split(".") ?? [];
        const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
        expect(read(header)).toMatchObject({ alg: "ES256" });
        expect(read(claims)).toMatchObject({
          iss: "key-client",
          sub: "key-client",
          aud: context.env.SANDBOX_ISSUER,
        });
        expect(form.has("client_secret")).toBe(false);
      }
    }
  });

  it("asks for the client's own token with it too", async () => {
    const { context } = await startKeyScene();
    await playAll(context, ["login sandbox --client-credentials", "refresh"]);
  });

  it.runIf(process.getuid)("does not read a key that others could have read", async () => {
    const { context, path } = await startKeyScene({ mode: 0o644 });
    expect(await playFailure(context, "login sandbox --par")).toMatchObject({
      exitCode: 6,
      code: "private_key_exposed",
      message: `The private key ${path} was not read: it can be read by other users.`,
    });
    expect(requestsTo(context, "/request")).toEqual([]);
  });
});

describe("login --par", () => {
  it("tells that the address holds only a reference", async () => {
    const { context } = await startSandboxScene();
    const [told] = await playAll(context, ["login sandbox --par"]);
    expect(told).toContain("the address holds only a reference");
    expect(told).toContain("state ✓  redirect ✓  issuer ✓  PKCE ✓");
  });

  it("is refused where the server takes no pushed requests", async () => {
    const context = await createTestContext({
      env: {
        GITHUB_CLIENT_ID: "Ov23liTest",
        GITHUB_CLIENT_SECRET: "github-secret-0123456789",
        GITHUB_REDIRECT_URI: "http://127.0.0.1:0/callback/github",
      },
    });
    expect(await playFailure(context, "login github --par --no-input")).toMatchObject({
      exitCode: 2,
      code: "par_unsupported",
    });
  });

  it.each(["--device", "--client-credentials"])("means nothing with %s", async (grant) => {
    const { context } = await startSandboxScene();
    expect(await playFailure(context, `login sandbox --par ${grant}`)).toMatchObject({
      exitCode: 2,
      code: "options_conflict",
    });
  });
});

describe("tokens that are bound to a key", () => {
  it("are signed in for, used, refreshed, inspected and revoked, each time with a proof", async () => {
    const { context } = await startSandboxScene();
    const [told, ...rest] = await playAll(context, ["login sandbox --dpop", ...whole]);
    expect(told).toContain("bound to a key of this computer (DPoP)");
    expect(rest[3]).toContain("token_type  DPoP");
    for (const path of ["/token", "/me"]) {
      const proofs = requestsTo(context, path).map(({ requestHeaders }) => requestHeaders.dpop);
      expect(proofs.length).toBeGreaterThan(0);
      expect(proofs).not.toContain(undefined);
    }
    const used = requestsTo(context, "/me").map(({ requestHeaders }) => requestHeaders);
    for (const { authorization } of used) expect(authorization).toMatch(/^DPoP /);
    expect(context.openedAddresses[0]?.searchParams.get("dpop_jkt")).toMatch(/^[\w-]{43}$/);
  });

  it("are stored with their key, and in a format that an older oauth-lab leaves alone", async () => {
    const { context } = await startSandboxScene();
    await playAll(context, ["login sandbox --dpop"]);
    const stored = await storedCredential(context, "sandbox");
    expect(stored).toMatchObject({ tokenType: "dpop" });
    const key = JSON.parse(stored?.proofKey?.reveal() ?? "{}");
    expect(key).toMatchObject({ kty: "EC", crv: "P-256" });
    const text = await fs.readFile(join(context.storeFolder, "default@sandbox.json"), "utf8");
    expect(JSON.parse(text).version).toBe(2);
    await playAll(context, ["refresh sandbox"]);
    expect((await storedCredential(context, "sandbox"))?.proofKey?.reveal()).toBe(
      stored?.proofKey?.reveal(),
    );
    context.canary(key.d);
    context.allow(key.d, "store");
  });

  it("call the API with a proof for each request, the body untouched", async () => {
    const { context, sandbox } = await startSandboxScene();
    await playAll(context, ["login sandbox --dpop"]);
    const { stdout } = await play(context, `api sandbox ${sandbox.issuer}/me`);
    expect(JSON.parse(stdout)).toMatchObject({ sub: "ada" });
    const proofs = requestsTo(context, "/me").map(({ requestHeaders }) => requestHeaders.dpop);
    expect(new Set(proofs).size).toBe(proofs.length);
    expect(proofs).not.toContain(undefined);
  });

  it("are printed with a word on what they are worth alone, and in no header", async () => {
    const { context } = await startSandboxScene();
    await playAll(context, ["login sandbox --dpop"]);
    context.printsToken();
    const token = (await storedCredential(context, "sandbox"))?.accessToken ?? "";
    const printed = await play(context, "token sandbox");
    expect(printed).toMatchObject({ exitCode: 0, stdout: `${token}\n` });
    expect(printed.stderr).toContain("bound to a key that stays here (DPoP)");
    expect(JSON.parse((await play(context, "token sandbox --json")).stdout)).toMatchObject({
      token_type: "dpop",
    });
    for (const format of ["header", "kubectl-access-token"]) {
      expect(await playFailure(context, `token sandbox --format ${format}`)).toMatchObject({
        exitCode: 2,
        code: "token_bound",
        stdout: "",
      });
    }
  });

  it("are not asked for where the server does not offer them", async () => {
    const context = await createTestContext({
      env: { GITHUB_CLIENT_ID: "Ov23liTest", GITHUB_CLIENT_SECRET: "github-secret-0123456789" },
    });
    expect(await playFailure(context, "login github --dpop --no-input")).toMatchObject({
      exitCode: 2,
      code: "dpop_unsupported",
    });
  });

  it("are renewed by asking again, where they are a client's own", async () => {
    const { context } = await startSandboxScene();
    await playAll(context, ["login sandbox --client-credentials --dpop", "refresh sandbox"]);
    expect(await storedCredential(context, "sandbox")).toMatchObject({ tokenType: "dpop" });
  });

  it("are of no use without their key", async () => {
    const { context } = await startSandboxScene();
    await playAll(context, ["login sandbox --dpop"]);
    const stored = await storeOf(context).read({ provider: "sandbox", profile: "default" });
    if (stored === undefined) throw new Error("nothing stored");
    const { proofKey: _lost, ...bare } = stored;
    await storeOf(context).save(bare);
    const failure = await playFailure(context, "whoami sandbox");
    expect(failure).toMatchObject({ exitCode: 4, code: "invalid_token" });
  });
});
