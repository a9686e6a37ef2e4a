// `login --client-credentials`: a token without a user, which is renewed by asking again.
import { expect, it } from "vitest";
import { createTestContext } from "../support/context.ts";
import { jsonAnswer } from "../support/faults.ts";
import { startFaultyProvider } from "./faulty-provider.ts";
import { play, playFailure, startSandboxScene, storedCredential } from "./scene.ts";

const secret = { FAULTY_CLIENT_SECRET: "faulty-client-secret-7d1e" };

it("signs in to the sandbox as its nightly job, and asks nobody whose the token is", async () => {
  const { context, sandbox } = await startSandboxScene();
  const { exitCode, stdout, stderr } = await play(context, "login sandbox --client-credentials");
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
  expect(stderr).toContain("Signed in to sandbox as the client itself.");
  expect(stderr).toContain("the client asks again when this one ends");
  expect(context.openedAddresses).toEqual([]);
  const asked = context.exchanges.map(({ url }) => url.slice(sandbox.issuer.length));
  expect(new Set(asked)).toEqual(new Set(["/.well-known/openid-configuration", "/token"]));
  expect(context.exchanges.at(-1)?.requestBody).toBe("grant_type=client_credentials");
  const stored = await storedCredential(context, "sandbox");
  expect(stored).toMatchObject({
    grant: "client_credentials",
    requestedScopes: [],
    grantedScopes: [],
    binding: { clientId: "oauth-lab-sandbox-service" },
  });
  expect(stored).not.toHaveProperty("refreshToken");
});

it("asks again, for the same scopes, once the token ends, and stores what comes", async () => {
  const { context } = await startSandboxScene();
  context.printsToken();
  await play(context, "login sandbox --client-credentials --scope read:notes");
  const first = (await play(context, "token sandbox")).stdout;
  expect((await play(context, "token sandbox")).stdout).toBe(first);
  await context.clock.advance(3_590_000);
  const second = (await play(context, "token sandbox")).stdout;
  expect(second).not.toBe(first);
  expect(context.exchanges.at(-1)?.requestBody).toBe(
    "scope=read%3Anotes&grant_type=client_credentials",
  );
  expect(await storedCredential(context, "sandbox")).toMatchObject({
    accessToken: second.trim(),
    grant: "client_credentials",
    grantedScopes: ["read:notes"],
  });
});

it("asks once, however many commands need the token at the same moment", async () => {
  const { context } = await startSandboxScene();
  context.printsToken();
  await play(context, "login sandbox --client-credentials");
  await context.clock.advance(3_590_000);
  const before = context.exchanges.length;
  let ended = false;
  const running = Promise.all(Array.from({ length: 8 }, () => play(context, "token sandbox")));
  void running.finally(() => {
    ended = true;
  });
  // Those who wait for the lock wait by the clock, the one who has it by the network and the disk.
  while (!ended) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await context.clock.advance(5);
  }
  expect((await running).map(({ exitCode }) => exitCode)).toEqual(Array(8).fill(0));
  const asked = context.exchanges.slice(before).filter(({ url }) => url.endsWith("/token"));
  expect(asked).toHaveLength(1);
});

it("counts as refreshable for status and refresh --all", async () => {
  const { context } = await startSandboxScene();
  await play(context, "login sandbox --client-credentials");
  await context.clock.advance(4_000_000);
  expect(await play(context, "status --check")).toMatchObject({ exitCode: 0 });
  const { stdout } = await play(context, "status --json");
  expect(JSON.parse(stdout).credentials[0]).toMatchObject({
    state: "expired",
    refreshable: true,
    grant: "client_credentials",
  });
  const { stderr } = await play(context, "refresh --all");
  expect(stderr).toContain("Refreshed sandbox");
});

it("says that there is no user behind the token", async () => {
  const { context } = await startSandboxScene();
  await play(context, "login sandbox --client-credentials");
  expect(await playFailure(context, "whoami sandbox")).toMatchObject({
    exitCode: 2,
    code: "no_user",
  });
});

it("keeps no refresh token even where a server sends one", async () => {
  const answer = { access_token: "client-token-0123456789abcdef", token_type: "Bearer" };
  const { context } = await startFaultyProvider(
    jsonAnswer({ ...answer, refresh_token: "client-refresh-0123456789ab", expires_in: 60 }),
    { env: secret },
  );
  expect(await play(context, "login faulty --client-credentials")).toMatchObject({ exitCode: 0 });
  expect(await storedCredential(context, "faulty")).not.toHaveProperty("refreshToken");
});

it("keeps a token that is still good when asking again meets a failing server", async () => {
  let failing = false;
  const answers = [
    jsonAnswer({
      access_token: "client-token-0123456789abcdef",
      token_type: "bearer",
      expires_in: 90,
    }),
    jsonAnswer({}, "503 Service Unavailable"),
  ];
  const { context } = await startFaultyProvider(
    { answer: (...given) => answers[failing ? 1 : 0]?.answer?.(...given) },
    { env: secret },
  );
  context.printsToken();
  await play(context, "login faulty --client-credentials");
  failing = true;
  await context.clock.advance(60_000);
  const { exitCode, stdout, stderr } = await play(context, "token faulty");
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "client-token-0123456789abcdef\n" });
  expect(stderr).toContain("It was not refreshed and ends soon.");
  await context.clock.advance(60_000);
  context.clock.passSleeps((milliseconds) => milliseconds < 10_000);
  expect(await playFailure(context, "token faulty")).toMatchObject({ exitCode: 7 });
});

it.each([
  ["invalid_client", 2],
  ["unauthorized_client", 2],
  ["unsupported_grant_type", 2],
  ["invalid_scope", 2],
])("stores nothing when the server answers %s", async (error, exitCode) => {
  const { context } = await startFaultyProvider(jsonAnswer({ error }, "400 Bad Request"), {
    env: secret,
  });
  const failure = await playFailure(context, "login faulty --client-credentials");
  expect(failure).toMatchObject({ exitCode, code: error });
  expect(await storedCredential(context, "faulty")).toBeUndefined();
});

it("asks nothing without a client secret", async () => {
  const { context, server } = await startFaultyProvider("json-empty-object");
  const failure = await playFailure(context, "login faulty --client-credentials");
  expect(failure).toMatchObject({ exitCode: 2, code: "client_secret_needed" });
  expect(failure.hint).toContain("FAULTY_CLIENT_SECRET");
  expect(server.requests).toEqual([]);
});

it("never lends the sandbox's published secret to another client", async () => {
  const { context } = await startSandboxScene({ env: { SANDBOX_CLIENT_ID: "my-own-client" } });
  const failure = await playFailure(context, "login sandbox --client-credentials");
  expect(failure).toMatchObject({ exitCode: 2, code: "client_secret_needed" });
});

it.each(["--offline", "--device", "--paste", "--wait 9", "--param audience=x"])(
  "is not mixed with %s",
  async (option) => {
    const context = await createTestContext();
    const failure = await playFailure(context, `login sandbox --client-credentials ${option}`);
    expect(failure).toMatchObject({ exitCode: 2, code: "options_conflict" });
  },
);
