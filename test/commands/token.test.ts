// token and refresh against the real embedded server: what is printed, and what is not.
import { describe, expect, it } from "vitest";
import { createTestContext } from "../support/context.ts";
import { startFaultyProvider, storeTokens } from "./faulty-provider.ts";
import {
  createSecondContext,
  play,
  playFailure,
  playTogether,
  startSandboxScene,
  storedCredential,
} from "./scene.ts";

async function startSignedIn() {
  const scene = await startSandboxScene();
  expect((await play(scene.context, "login sandbox --quiet")).exitCode).toBe(0);
  scene.context.printsToken();
  return scene;
}

describe("token", () => {
  it("J19 prints the token and a newline, nothing else", async () => {
    const { context } = await startSignedIn();
    const { accessToken } = (await storedCredential(context, "sandbox")) ?? {};
    const expected = { exitCode: 0, stdout: `${accessToken}\n`, stderr: "" };
    const asked = context.exchanges.length;
    expect(await play(context, "token sandbox")).toEqual(expected);
    expect(await play(context, "token")).toEqual(expected);
    expect(context.exchanges).toHaveLength(asked);
  });

  it("prints what a script may want to know with --json", async () => {
    const { context } = await startSignedIn();
    const credential = await storedCredential(context, "sandbox");
    expect(JSON.parse((await play(context, "token --json")).stdout)).toEqual({
      version: 1,
      provider: "sandbox",
      profile: "default",
      access_token: credential?.accessToken,
      token_type: "bearer",
      expires_at: new Date(context.clock.now() + 3_600_000).toISOString(),
      expires_in: 3600,
      scopes: credential?.grantedScopes,
    });
  });

  it("H13 is refreshed within --min-ttl of its end", async () => {
    const { context } = await startSignedIn();
    const first = (await play(context, "token --min-ttl 3599")).stdout;
    await context.clock.advance(1000);
    const second = await play(context, "token --min-ttl 3599");
    expect(second).toMatchObject({ exitCode: 0, stderr: "" });
    expect(second.stdout).not.toBe(first);
    expect(second.stdout).toBe(`${(await storedCredential(context, "sandbox"))?.accessToken}\n`);
  });

  it("wants a name where several are meant", async () => {
    const provider = await startFaultyProvider("no-answer");
    await storeTokens(provider);
    await storeTokens(provider, { provider: "sandbox" });
    expect(await playFailure(provider.context, "token")).toMatchObject({
      exitCode: 2,
      code: "provider_needed",
      message: expect.stringMatching(/faulty.*sandbox|sandbox.*faulty/),
      stdout: "",
    });
  });

  it.each(["token", "token github", "refresh", "refresh github", "whoami", "whoami github"])(
    "asks for a login where nothing is stored: %s",
    async (line) => {
      const context = await createTestContext();
      expect(await playFailure(context, line)).toMatchObject({
        exitCode: 4,
        kind: "login-required",
        code: "nothing_stored",
        stdout: "",
        hint: expect.stringContaining("oauth-lab login"),
      });
    },
  );

  it.each(["token faulty", "refresh faulty", "whoami faulty"])(
    "asks for a login where a token has ended that nothing can renew: %s",
    async (line) => {
      const provider = await startFaultyProvider("no-answer");
      await storeTokens(provider, {}, ["refreshToken"]);
      expect(await playFailure(provider.context, line)).toMatchObject({
        exitCode: 4,
        code: "no_refresh_token",
        hint: "Sign in with `oauth-lab login faulty --offline` to get one.",
        stdout: "",
      });
      expect(provider.context.exchanges).toEqual([]);
    },
  );
});

describe("refresh", () => {
  it("rotates the refresh token of the sandbox and prints nothing", async () => {
    const { context } = await startSignedIn();
    const first = await storedCredential(context, "sandbox");
    await context.clock.advance(1000);
    const { exitCode, stdout, stderr } = await play(context, "refresh");
    const second = await storedCredential(context, "sandbox");
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
    expect(stderr).toBe(
      `Refreshed sandbox: access token sandbox_…${second?.accessToken.slice(-4)}, expires in 1 hour.\n`,
    );
    expect(second).toEqual({
      ...first,
      accessToken: second?.accessToken,
      refreshToken: second?.refreshToken,
      idToken: second?.idToken,
      obtainedAt: context.clock.now(),
      expiresAt: context.clock.now() + 3_600_000,
    });
    expect(second?.accessToken).not.toBe(first?.accessToken);
    expect(second?.refreshToken).not.toBe(first?.refreshToken);
  });

  it("prints the new token with --json", async () => {
    const { context } = await startSignedIn();
    const { stdout } = await play(context, "refresh --json");
    const { accessToken } = (await storedCredential(context, "sandbox")) ?? {};
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, access_token: accessToken });
  });

  it("--all refreshes what can be and tells what cannot, with its exit code", async () => {
    const { context } = await startSignedIn();
    await play(context, "login sandbox --profile work --quiet");
    const { stdout } = await play(context, "refresh --all --json");
    expect(JSON.parse(stdout).tokens).toHaveLength(2);

    const dead = await startFaultyProvider("invalid-grant", { env: context.env });
    await storeTokens(dead);
    const outcome = await play(dead.context, "refresh --all");
    expect(outcome).toMatchObject({ exitCode: 4, stdout: "" });
    expect(outcome.stderr.match(/^Refreshed sandbox/gm)).toHaveLength(2);
    expect(outcome.stderr).toContain("Note: faulty, profile default: The refresh token no longer");
  });

  it("H01 five terminals spend a rotating refresh token once", async () => {
    const { context } = await startSignedIn();
    await context.clock.advance(3_600_000);
    const options = { now: context.clock.now() };
    const terminals = await Promise.all(
      Array.from({ length: 5 }, () => createSecondContext(context, options)),
    );
    for (const terminal of terminals) terminal.printsToken();
    const outcomes = await playTogether(terminals, "token sandbox");
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0]);
    expect(new Set(outcomes.map(({ stdout }) => stdout)).size).toBe(1);
    const posts = terminals.flatMap(({ exchanges }) =>
      exchanges.filter(({ method }) => method === "POST"),
    );
    expect(posts).toHaveLength(1);
  });
});
