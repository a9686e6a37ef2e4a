// exec: what the child is given, what it is not given, and whose exit code it is.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Secret } from "../../src/secret.ts";
import { createTestContext, type TestContextOptions } from "../support/context.ts";
import { startFaultyProvider, storeTokens } from "./faulty-provider.ts";
import { play, playFailure, startSandboxScene, storedCredential } from "./scene.ts";

const token = "stored-at-8c1f5e2b9d7a4063";

async function startWithToken(options: Omit<TestContextOptions, "browser"> = {}) {
  const provider = await startFaultyProvider("no-answer", options);
  await storeTokens(provider, { expiresAt: provider.context.clock.now() + 3_600_000 });
  return provider.context;
}

it("runs the command with the token, by the provider's name and by one for every script", async () => {
  const context = await startWithToken({ runChild: () => ({ exitCode: 0 }) });
  const outcome = await play(context, "exec faulty -- make --json -j 2 -- x");
  expect(outcome).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  const [child] = context.children;
  expect(child).toMatchObject({ program: "make", args: ["--json", "-j", "2", "--", "x"] });
  expect(child?.env).toMatchObject({ FAULTY_ACCESS_TOKEN: token, ACCESS_TOKEN: token });
  expect(child).not.toHaveProperty("input");
});

it("takes the only credential there is", async () => {
  const context = await startWithToken({ runChild: () => ({ exitCode: 0 }) });
  expect((await play(context, "exec -- env")).exitCode).toBe(0);
  expect(context.children[0]).toMatchObject({ program: "env", args: [] });
});

it("gives the child no secret that outlives it", async () => {
  const env = {
    FAULTY_CLIENT_SECRET: "secret-of-the-client",
    FAULTY_REFRESH_TOKEN: "",
    OTHER_REFRESH_TOKEN: "refresh-token-of-another",
    OAUTH_LAB_PASSPHRASE: "a-passphrase-of-the-store",
    PATH: "/usr/bin",
  };
  const context = await startWithToken({ env, runChild: () => ({ exitCode: 0 }) });
  expect((await play(context, "exec faulty -- env")).exitCode).toBe(0);
  const given = context.children[0]?.env ?? {};
  expect(given.PATH).toBe("/usr/bin");
  expect(Object.keys(given)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/CLIENT_SECRET|REFRESH_TOKEN|PASSPHRASE/)]),
  );
  const values = Object.values(given).join("\n");
  for (const secret of ["secret-of", "refresh-token-of", "a-passphrase", "stored-rt"])
    expect(values).not.toContain(secret);
});

it.each([1, 3, 77, 130, 143])(
  "ends with the command's own exit code %i, and says nothing",
  async (exitCode) => {
    const context = await startWithToken({ runChild: () => ({ exitCode }) });
    expect(await play(context, "exec faulty -- work")).toEqual({
      exitCode,
      stdout: "",
      stderr: "",
    });
  },
);

it("ends with 127 where there is no such command, and 126 where it cannot be started", async () => {
  const missing = await startWithToken({ runChild: () => ({ problem: "ENOENT" }) });
  expect(await playFailure(missing, "exec --json faulty -- \u001b[2Jnope")).toMatchObject({
    exitCode: 127,
    code: "command_not_found",
    message: "The command \\u{1b}[2Jnope was not found.",
  });
  const forbidden = await startWithToken({ runChild: () => ({ problem: "EACCES" }) });
  expect(await playFailure(forbidden, "exec --json faulty -- nope")).toMatchObject({
    exitCode: 126,
    code: "command_not_started",
  });
});

it("refreshes a token that ends within --min-ttl, and runs with the new one", async () => {
  const { context } = await startSandboxScene({ runChild: () => ({ exitCode: 0 }) });
  await play(context, "login sandbox --quiet");
  await context.clock.advance(3_500_000);
  expect((await play(context, "exec sandbox --min-ttl 600 -- env")).exitCode).toBe(0);
  const { accessToken } = (await storedCredential(context, "sandbox")) ?? {};
  expect(context.children[0]?.env.SANDBOX_ACCESS_TOKEN).toBe(accessToken);
  expect(context.exchanges.filter(({ method }) => method === "POST")).toHaveLength(2);
});

it("runs nothing without a token", async () => {
  const nothing = await createTestContext({ runChild: () => ({ exitCode: 0 }) });
  expect(await play(nothing, "exec github -- env")).toMatchObject({ exitCode: 4, stdout: "" });
  expect(nothing.children).toEqual([]);
});

it("gives no token with odd bytes to a command", async () => {
  const provider = await startFaultyProvider("no-answer", { runChild: () => ({ exitCode: 0 }) });
  await storeTokens(provider, { accessToken: new Secret("a\nb") }, ["expiresAt"]);
  expect((await play(provider.context, "exec faulty -- env")).exitCode).toBe(3);
  expect(provider.context.children).toEqual([]);
});

it.each(["exec faulty", "exec faulty --", "exec faulty env"])(
  "wants a command after --: %s",
  async (line) => {
    const context = await createTestContext();
    const failure = await play(context, line);
    expect(failure).toMatchObject({ exitCode: 2, stdout: "" });
    expect(failure.stderr).toMatch(/missing command after --|too many arguments/i);
  },
);

it("hands the command over also where commander reads the line", async () => {
  const context = await startWithToken({ runChild: () => ({ exitCode: 9 }) });
  // parseArgs takes no value that begins with a hyphen.
  await writeFile(join(context.workingFolder, "-x.env"), "");
  expect((await play(context, "exec faulty --env-file -x.env -- ls --all")).exitCode).toBe(9);
  expect(context.children[0]).toMatchObject({ program: "ls", args: ["--all"] });
  const { stdout } = await play(context, "exec --help");
  expect(stdout).toContain("oauth-lab exec [options] [provider] -- <command...>");
});
