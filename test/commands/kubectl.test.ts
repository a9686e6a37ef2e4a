// --format kubectl: the ID token for clusters with OpenID Connect, the access token for others, and which version kubectl asks for.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run } from "../../src/cli.ts";
import { fileNameOf } from "../../src/credentials/credential-file.ts";
import { Secret } from "../../src/secret.ts";
import { sampleCredential } from "../credentials/credential-sample.ts";
import { createTestContext, type TestContext } from "../support/context.ts";
import { startProviderServer } from "../support/provider-server.ts";
import { play, playFailure, startSandboxScene, storedCredential, storeOf } from "./scene.ts";

const v1 = "client.authentication.k8s.io/v1";
const key = { provider: "sandbox", profile: "default" };

/** Somebody who signed in with a refresh token, and whose tokens may stand on stdout. */
async function signedIn(): Promise<TestContext> {
  const { context } = await startSandboxScene();
  expect((await play(context, "login sandbox --offline --quiet")).exitCode).toBe(0);
  await allowStored(context);
  return context;
}

async function allowStored(context: TestContext): Promise<void> {
  const stored = await storedCredential(context, "sandbox");
  const { idToken = "", accessToken = "" } = stored ?? {};
  // Of the sign-in that is over; it goes with the ID token.
  for (const value of [accessToken, idToken, String(claimsOf(idToken).nonce)]) context.allow(value);
}

function claimsOf(idToken: string): { exp: number; nonce?: string } {
  return JSON.parse(Buffer.from(idToken.split(".")[1] ?? "", "base64url").toString());
}

function unsigned(claims: object): Secret {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return new Secret(`${part({ alg: "RS256" })}.${part(claims)}.${"s".repeat(40)}`);
}

/** Puts another ID token into the store, as one that came an hour ago. */
async function replaceIdToken(context: TestContext, idToken: Secret | undefined): Promise<void> {
  const store = storeOf(context);
  const stored = await store.read(key);
  if (stored === undefined) throw new Error("nothing stored");
  const { idToken: _, ...rest } = stored;
  const obtainedAt = rest.obtainedAt - 3_600_000;
  await store.save({ ...rest, obtainedAt, ...(idToken && { idToken }) });
  if (idToken) context.allow(idToken.reveal(), "stdout", "store");
}

/** A credential of a provider whose refreshes bring an access token only, which is still good, with an ID token that came before. */
async function withoutNewIdToken({ idTokenEndsInSeconds }: { idTokenEndsInSeconds: number }) {
  const body = { access_token: "at-lab-5d4c3b2a1908", token_type: "bearer", expires_in: 3600 };
  const server = await startProviderServer(() => ({
    "POST /token": { name: "token", respond: () => ({ body }) },
  }));
  const tokenEndpoint = `${server.url}/token`;
  const context = await createTestContext({
    env: { LAB_TOKEN_ENDPOINT: tokenEndpoint, LAB_CLIENT_ID: "client-1" },
  });
  const now = context.clock.now();
  const idToken = unsigned({ exp: Math.floor(now / 1000) + idTokenEndsInSeconds });
  await storeOf(context).save(
    sampleCredential("k8s", {
      provider: "lab",
      binding: { issuer: server.url, tokenEndpoint, clientId: "client-1", origins: [server.url] },
      obtainedAt: now - 3_600_000,
      expiresAt: now + 3_600_000,
      refreshExpiresAt: now + 3_600_000,
      idToken,
    }),
  );
  context.allow(idToken.reveal(), "store", "stdout");
  return { context, server };
}

describe("--format kubectl", () => {
  it("prints the ID token and its end", async () => {
    const context = await signedIn();
    const { exitCode, stdout } = await play(context, "token sandbox --format kubectl");
    const { idToken = "" } = (await storedCredential(context, "sandbox")) ?? {};
    const { exp } = claimsOf(idToken);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      apiVersion: v1,
      kind: "ExecCredential",
      status: { token: idToken, expirationTimestamp: new Date(exp * 1000).toISOString() },
    });
  });

  it("masks the ID token in a CI job before it is printed", async () => {
    const context = await signedIn();
    const { idToken = "", accessToken = "" } = (await storedCredential(context, "sandbox")) ?? {};
    for (const value of [accessToken, idToken]) context.allow(value, "stderr");
    context.allow(String(claimsOf(idToken).nonce), "stderr");
    context.env.GITHUB_ACTIONS = "true";
    const { stderr } = await play(context, "token sandbox --format kubectl");
    expect(stderr.split("\n")).toContain(`::add-mask::${idToken}`);
  });

  it("refreshes where the ID token ends before the access token", async () => {
    const context = await signedIn();
    const before = await storedCredential(context, "sandbox");
    const exp = Math.floor(context.clock.now() / 1000) + 30;
    await replaceIdToken(context, unsigned({ exp }));
    context.printsToken();
    const kept = await play(context, "token sandbox --format kubectl --min-ttl 20");
    expect(JSON.parse(kept.stdout).status.expirationTimestamp).toBe(
      new Date(exp * 1000).toISOString(),
    );
    const run = await play(context, "token sandbox --format kubectl --min-ttl 60");
    await allowStored(context);
    const after = await storedCredential(context, "sandbox");
    expect(JSON.parse(run.stdout).status.token).toBe(after?.idToken);
    expect(after?.accessToken).not.toBe(before?.accessToken);
  });

  it("prints nothing where the ID token is over and the refresh brought no new one, and spends no second refresh token on it", async () => {
    const { context, server } = await withoutNewIdToken({ idTokenEndsInSeconds: -1 });
    for (let time = 0; time < 3; time += 1) {
      expect(await playFailure(context, "token lab --format kubectl")).toMatchObject({
        exitCode: 4,
        code: "id_token_over",
        stdout: "",
      });
    }
    expect(server.requests).toHaveLength(1);
  });

  it("tries once for an ID token that lives longer than the one that is about to end", async () => {
    const { context, server } = await withoutNewIdToken({ idTokenEndsInSeconds: 30 });
    context.printsToken();
    for (let time = 0; time < 3; time += 1) {
      expect((await play(context, "token lab --format kubectl")).exitCode).toBe(0);
    }
    expect(server.requests).toHaveLength(1);
  });

  it("takes what another kubectl has refreshed since it looked, and spends nothing on it", async () => {
    const context = await signedIn();
    const good = await storeOf(context).read(key);
    await replaceIdToken(context, unsigned({ exp: context.clock.now() / 1000 + 30 }));
    const before = context.exchanges.length;
    let looks = 0;
    const open: typeof context.files.open = async (path, ...rest) => {
      const looked = path.endsWith(fileNameOf(key));
      if (looked) looks += 1;
      if (looked && looks === 2 && good) await storeOf(context).save(good);
      return context.files.open(path, ...rest);
    };
    const files = { ...context.files, open };
    expect(await run("token sandbox --format kubectl".split(" "), { ...context, files })).toBe(0);
    expect(JSON.parse(context.stdout.text).status.token).toBe(good?.idToken?.reveal());
    expect(context.exchanges.slice(before)).toEqual([]);
  });

  it("leaves out an end that is beyond all dates", async () => {
    const context = await signedIn();
    await replaceIdToken(context, unsigned({ exp: 1e300 }));
    const { exitCode, stdout } = await play(context, "token sandbox --format kubectl");
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).status).toEqual({ token: expect.any(String) });
  });

  it("says what to do where there is no ID token", async () => {
    const context = await signedIn();
    await replaceIdToken(context, undefined);
    expect(await playFailure(context, "token sandbox --format kubectl")).toMatchObject({
      exitCode: 4,
      code: "no_id_token",
      stdout: "",
      hint: expect.stringContaining("--format kubectl-access-token"),
    });
  });
});

it("--format kubectl-access-token prints the access token and its end", async () => {
  const context = await signedIn();
  const { stdout } = await play(context, "token sandbox --format kubectl-access-token");
  const { accessToken, expiresAt = 0 } = (await storedCredential(context, "sandbox")) ?? {};
  expect(JSON.parse(stdout).status).toEqual({
    token: accessToken,
    expirationTimestamp: new Date(expiresAt).toISOString(),
  });
});

describe("KUBERNETES_EXEC_INFO", () => {
  it.each([v1, "client.authentication.k8s.io/v1beta1"])("is answered as %s", async (apiVersion) => {
    const context = await signedIn();
    const info = { apiVersion, kind: "ExecCredential", spec: { interactive: false } };
    context.env.KUBERNETES_EXEC_INFO = JSON.stringify(info);
    const { stdout } = await play(context, "token sandbox --format kubectl");
    expect(JSON.parse(stdout).apiVersion).toBe(apiVersion);
  });

  it.each(['{"apiVersion":"client.authentication.k8s.io/v1alpha1"}', "null", "nonsense"])(
    "that asks for what nobody knows is refused before anything is spent: %s",
    async (info) => {
      const context = await signedIn();
      context.env.KUBERNETES_EXEC_INFO = info;
      const exchanges = context.exchanges.length;
      expect(await playFailure(context, "refresh sandbox --format kubectl")).toMatchObject({
        exitCode: 2,
        code: "exec_version_unknown",
        stdout: "",
      });
      expect(context.exchanges).toHaveLength(exchanges);
    },
  );
});

it.each(["kubectl", "kubectl-access-token"])(
  "--format %s is configured by nothing in the folder that kubectl is in",
  async (format) => {
    const context = await signedIn();
    await writeFile(join(context.workingFolder, ".env"), "SANDBOX_REFRESH_TOKEN=a-strangers\n");
    context.printsToken();
    const { exitCode, stderr } = await play(context, `token sandbox --format ${format}`);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  },
);
