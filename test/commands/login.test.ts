// login against the real embedded server, from the first line to what is stored; and how a login is ended.
import * as fs from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createTestContext } from "../support/context.ts";
import { signIn } from "../support/sign-in.ts";
import {
  createPastingContext,
  createSecondContext,
  play,
  playFailure,
  startSandboxScene,
  storedCredential,
  storeSnapshot,
} from "./scene.ts";

/** A port on which nothing listens any more. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("login sandbox", () => {
  it("signs in and stores what the server gave", async () => {
    const { sandbox, context } = await startSandboxScene();
    const { exitCode, stdout, stderr } = await play(context, "login sandbox");
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
    expect(stderr).toContain("Signed in to sandbox as ada (Ada Lovelace).");
    const scopes = ["openid", "profile", "email", "offline_access"];
    expect(await storedCredential(context, "sandbox")).toEqual({
      provider: "sandbox",
      profile: "default",
      binding: {
        issuer: sandbox.issuer,
        tokenEndpoint: `${sandbox.issuer}/token`,
        clientId: "oauth-lab-sandbox",
        origins: [sandbox.issuer],
      },
      accessToken: expect.stringMatching(/^sandbox_/),
      refreshToken: expect.stringMatching(/^sandbox_/),
      idToken: expect.stringMatching(/^eyJ/),
      tokenType: "bearer",
      obtainedAt: context.clock.now(),
      expiresAt: context.clock.now() + 3_600_000,
      requestedScopes: ["openid", "email", "profile", "offline_access"],
      grantedScopes: expect.arrayContaining(scopes),
      subject: "ada",
      login: "ada",
      grant: "authorization_code",
    });
  });

  it("prints the credential without its secrets with --json", async () => {
    const { sandbox, context } = await startSandboxScene();
    const { stdout } = await play(context, "login sandbox --json");
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      provider: "sandbox",
      issuer: sandbox.issuer,
      login: "ada",
      state: "active",
      refreshable: true,
      obtained_at: new Date(context.clock.now()).toISOString(),
      expires_at: new Date(context.clock.now() + 3_600_000).toISOString(),
      store: { protection: "file", folder: context.storeFolder },
    });
    expect(stdout.trim().split("\n")).toHaveLength(1);
  });

  it("starts the server by itself, and what it issued is refreshed tomorrow", async () => {
    const port = await findFreePort();
    const issuer = `http://127.0.0.1:${port}`;
    const context = await createTestContext({ browser: signIn, env: { SANDBOX_ISSUER: issuer } });
    expect((await play(context, "login sandbox")).exitCode).toBe(0);
    await expect(fetch(issuer)).rejects.toThrow();
    const first = await storedCredential(context, "sandbox");

    const tomorrow = await createSecondContext(context, { now: context.clock.now() + 86_400_000 });
    expect(await play(tomorrow, "refresh sandbox")).toMatchObject({ exitCode: 0, stdout: "" });
    const second = await storedCredential(tomorrow, "sandbox");
    expect(second?.accessToken).not.toBe(first?.accessToken);
    expect(second?.refreshToken).not.toBe(first?.refreshToken);
    expect(await play(tomorrow, "whoami")).toMatchObject({ stdout: "ada (Ada Lovelace)\n" });
    expect((await play(tomorrow, "logout")).stderr).toBe(
      "Revoked at the sandbox and deleted here.\n",
    );
    await expect(fetch(issuer)).rejects.toThrow();
  });

  it("takes a pasted address as well as the listener's answer", async () => {
    const { sandbox } = await startSandboxScene();
    const context = await createPastingContext({ env: { SANDBOX_ISSUER: sandbox.issuer } });
    expect((await play(context, "login sandbox --paste")).exitCode).toBe(0);
    expect(context.stderr.text).toContain("Nothing waits for the answer here (--paste was given)");
  });

  it("keeps one credential for each profile", async () => {
    const { context } = await startSandboxScene();
    await play(context, "login sandbox");
    await play(context, "login sandbox --profile work");
    const [one, other] = [
      await storedCredential(context, "sandbox"),
      await storedCredential(context, "sandbox", "work"),
    ];
    expect(other?.accessToken).not.toBe(one?.accessToken);
    await play(context, "logout sandbox --profile work");
    expect(await storedCredential(context, "sandbox")).toEqual(one);
    expect(await storedCredential(context, "sandbox", "work")).toBeUndefined();
  });

  it("adds parameters of the user's own, none of the protocol's", async () => {
    const { context } = await startSandboxScene();
    await play(context, "login sandbox --param ui_locales=de acr_values=a=b");
    const parameters = context.openedAddresses[0]?.searchParams;
    expect(parameters?.get("ui_locales")).toBe("de");
    expect(parameters?.get("acr_values")).toBe("a=b");
    const opened = context.openedAddresses.length;
    for (const [pair, code] of [
      ["state=mine", "reserved_parameter"],
      ["dpop_jkt=theirs", "reserved_parameter"],
      ["client_assertion=theirs", "reserved_parameter"],
      ["code_challenge_method=plain", "reserved_parameter"],
      ["redirect_uri=https://evil.example", "reserved_parameter"],
      ["lonely", "parameter_malformed"],
      ["=x", "parameter_malformed"],
    ]) {
      const failure = await playFailure(context, `login sandbox --param ${pair}`);
      expect(failure).toMatchObject({ exitCode: 2, code });
    }
    expect(context.openedAddresses).toHaveLength(opened);
  });

  it("stores nothing where the user denies", async () => {
    const { sandbox } = await startSandboxScene();
    const context = await createTestContext({
      env: { SANDBOX_ISSUER: sandbox.issuer },
      browser: (url, rig) => signIn(url, { ...rig, decision: "deny" }),
    });
    const failure = await playFailure(context, "login sandbox");
    expect(failure).toMatchObject({
      exitCode: 5,
      kind: "refused",
      code: "access_denied",
      stdout: "",
    });
    expect(await storeSnapshot(context)).toEqual([]);
  });

  it("reads a client from the file that --env-file names", async () => {
    const { context } = await startSandboxScene();
    const file = join(context.workingFolder, ".env.lab");
    await fs.writeFile(file, "SANDBOX_SCOPE=openid\n");
    await play(context, `login sandbox --env-file ${file}`);
    expect(context.openedAddresses[0]?.searchParams.get("scope")).toBe("openid");
  });
});

describe("a login that ends early", () => {
  it.each([
    ["interrupt", 130, "interrupted"],
    ["terminate", 143, "terminated"],
  ] as const)(
    "by %s stores nothing, frees the port and gives the terminal back",
    async (how, exitCode, code) => {
      const { sandbox } = await startSandboxScene();
      const context = await createTestContext({
        env: { SANDBOX_ISSUER: sandbox.issuer },
        terminal: true,
      });
      const running = play(context, "login sandbox");
      const [, redirectUri = ""] = await context.stderr.until(/Waiting on\s+(\S+).* > $/s);
      expect(context.stdin.isRaw).toBe(true);
      context[how]();
      const outcome = await running;
      expect(outcome).toMatchObject({ exitCode, stdout: "" });
      expect(outcome.stderr).toMatch(code === "interrupted" ? /Interrupted/ : /Terminated/);
      expect(context.stdin.isRaw).toBe(false);
      expect(context.stdin.listenerCount("data")).toBe(0);
      await expect(fetch(redirectUri)).rejects.toThrow();
      expect(await storeSnapshot(context)).toEqual([]);
    },
  );

  it("by the Ctrl-C key at the prompt is the same", async () => {
    const { sandbox } = await startSandboxScene();
    const context = await createTestContext({
      env: { SANDBOX_ISSUER: sandbox.issuer },
      terminal: true,
    });
    const running = play(context, "login sandbox");
    await context.stderr.until(/ > $/);
    context.stdin.type("\u0003");
    expect(await running).toMatchObject({ exitCode: 130, stdout: "" });
    expect(context.stdin.isRaw).toBe(false);
  });

  it("in the exchange, by Ctrl-C, stores nothing", async () => {
    const { sandbox } = await startSandboxScene();
    const context = await createTestContext({
      env: { SANDBOX_ISSUER: sandbox.issuer },
      browser: signIn,
    });
    const { fetch: realFetch } = context;
    Object.assign(context, {
      fetch: (...request: Parameters<typeof fetch>) => {
        if (String(request[0]).endsWith("/token")) context.interrupt();
        return realFetch(...request);
      },
    });
    expect(await play(context, "login sandbox")).toMatchObject({ exitCode: 130, stdout: "" });
    expect(await storeSnapshot(context)).toEqual([]);
  });

  it("because nobody answered in time", async () => {
    const { sandbox } = await startSandboxScene();
    const context = await createTestContext({ env: { SANDBOX_ISSUER: sandbox.issuer } });
    const running = playFailure(context, "login sandbox --wait 60");
    await context.clock.untilSleeping((milliseconds) => milliseconds === 60_000);
    await context.clock.advance(60_000);
    expect(await running).toMatchObject({ exitCode: 5, code: "login_expired" });
  });

  it("I18 because there is no way to get the answer", async () => {
    const { sandbox } = await startSandboxScene();
    const context = await createTestContext({ env: { SANDBOX_ISSUER: sandbox.issuer } });
    const failure = await playFailure(context, "login sandbox --paste --no-input");
    expect(failure).toMatchObject({ exitCode: 2, code: "nowhere_to_answer" });
  });

  it("L05, B02 falls back to the prompt, and says which port is in use", async () => {
    const { sandbox } = await startSandboxScene();
    const taken = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void taken.close());
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as { port: number };
    const context = await createTestContext({ env: { SANDBOX_ISSUER: sandbox.issuer } });
    const failure = await playFailure(
      context,
      `login sandbox --redirect-uri http://127.0.0.1:${port}/callback/sandbox`,
    );
    expect(failure).toMatchObject({ exitCode: 5, code: "input_ended" });
    expect(context.stderr.text).toContain(`port ${port} is in use by another program`);
  });
});
