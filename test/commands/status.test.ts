// status: what is stored and until when, without the network and without a secret.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createTestContext, type TestContext } from "../support/context.ts";
import { startFaultyProvider, storeTokens } from "./faulty-provider.ts";
import { play, playFailure } from "./scene.ts";

async function withCredentials(): Promise<TestContext> {
  const provider = await startFaultyProvider("no-answer");
  const now = provider.context.clock.now();
  await storeTokens(provider, { expiresAt: now + 90 * 60_000, login: "ada\u001b[2J" });
  await storeTokens(provider, { profile: "old", expiresAt: now - 2 * 86_400_000, subject: "s-1" });
  await storeTokens(provider, { profile: "lasting" }, ["refreshToken", "expiresAt"]);
  return provider.context;
}

describe("status", () => {
  it("lists each credential with its state, and asks nobody", async () => {
    const context = await withCredentials();
    expect(await play(context, "status")).toEqual({
      exitCode: 0,
      stdout: [
        "PROVIDER  PROFILE  ACCOUNT       STATE                 REFRESHABLE  PROTECTION",
        "faulty    default  ada\\u{1b}[2J  active (in 1 hour)    yes          file",
        "faulty    lasting                active                no           file",
        "faulty    old      s-1           expired (2 days ago)  yes          file",
        "",
      ].join("\n"),
      stderr: "New logins are stored in a file that only your user can read.\n",
    });
    expect(context.exchanges).toEqual([]);
  });

  it("says the same as JSON", async () => {
    const context = await withCredentials();
    const now = context.clock.now();
    const { stdout, exitCode } = await play(context, "status --json");
    const { credentials, ...rest } = JSON.parse(stdout);
    expect({ exitCode, ...rest }).toEqual({
      exitCode: 0,
      version: 1,
      store: { protection: "file", folder: context.storeFolder },
      problems: [],
    });
    expect(credentials).toHaveLength(3);
    expect(credentials[0]).toEqual({
      provider: "faulty",
      profile: "default",
      issuer: expect.stringMatching(/^http:/),
      client_id: "faulty-client",
      subject: null,
      login: "ada\u001b[2J",
      grant: "authorization_code",
      token_type: "bearer",
      state: "active",
      scopes: ["read"],
      requested_scopes: ["read"],
      obtained_at: new Date(now - 3_600_000).toISOString(),
      expires_at: new Date(now + 90 * 60_000).toISOString(),
      refreshable: true,
      refresh_expires_at: null,
      protection: "file",
    });
  });

  it("names a file that cannot be read, instead of passing over it", async () => {
    const context = await withCredentials();
    const file = `${"0".repeat(64)}.json`;
    await fs.writeFile(join(context.storeFolder, file), "{", { mode: 0o600 });
    const { stdout, stderr } = await play(context, "status");
    expect(stdout.split("\n")).toHaveLength(5);
    expect(stderr).toContain(file);
    const { problems } = JSON.parse((await play(context, "status --json")).stdout);
    expect(problems).toEqual([
      { file: expect.stringContaining(file), problem: expect.any(String) },
    ]);
  });

  it("says how to begin where nothing is stored", async () => {
    const context = await createTestContext();
    expect(await play(context, "status")).toEqual({
      exitCode: 0,
      stdout: "",
      stderr:
        "Nothing is stored. `oauth-lab login <provider>` signs in; `oauth-lab login sandbox` needs no account.\n",
    });
  });
});

describe("status --check", () => {
  it("is content with what is active or can be refreshed", async () => {
    expect((await play(await withCredentials(), "status --check")).exitCode).toBe(0);
  });

  it("ends with 4 where one needs a login, or nothing is stored", async () => {
    const provider = await startFaultyProvider("no-answer");
    expect(await playFailure(provider.context, "status --check")).toMatchObject({
      exitCode: 4,
      code: "nothing_stored",
    });
    const { clock } = provider.context;
    await storeTokens(provider, { refreshExpiresAt: clock.now() });
    expect(await playFailure(provider.context, "status --check")).toMatchObject({
      exitCode: 4,
      kind: "login-required",
      code: "login_needed",
      message: "A new login is needed for faulty.",
    });
  });
});

describe("a profile's name", () => {
  it.each(["../x", "a/b", ".", "-a", "Work", "🙂", "x".repeat(65), "__proto__", "a b"])(
    "G25 is a plain word: not %j",
    async (name) => {
      const context = await createTestContext({ env: { OAUTH_LAB_PROFILE: name } });
      expect(await playFailure(context, "status")).toMatchObject({
        exitCode: 2,
        kind: "usage",
        code: "profile_invalid",
        stdout: "",
      });
    },
  );
});
