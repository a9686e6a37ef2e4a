// The exit codes that scripts rely on, each through a real command; and that a failure prints nothing on stdout.
import { describe, expect, it } from "vitest";
import { createTestContext, type TestContext } from "../support/context.ts";
import type { FaultName } from "../support/faults.ts";
import { startFaultyProvider, storeTokens } from "./faulty-provider.ts";
import { play, playFailure, startSandboxScene } from "./scene.ts";

async function refreshing(fault: FaultName): Promise<TestContext> {
  const provider = await startFaultyProvider(fault);
  await storeTokens(provider);
  return provider.context;
}

function diskFull(): Promise<never> {
  return Promise.reject(Object.assign(new Error("no space"), { code: "ENOSPC" }));
}

const failures: [number, string, string, () => Promise<TestContext>][] = [
  [2, "usage", "login gihub", () => createTestContext()],
  [3, "protocol", "refresh faulty", () => refreshing("html-200")],
  [4, "login-required", "token github", () => createTestContext()],
  [5, "refused", "login faulty", async () => (await startFaultyProvider("invalid-grant")).context],
  [6, "unsafe", "refresh faulty", () => refreshing("redirect-307-elsewhere")],
  [7, "unavailable", "refresh faulty", () => refreshing("html-502")],
  [
    8,
    "store",
    "login sandbox",
    async () => {
      const { sandbox } = await startSandboxScene();
      return createTestContext({
        env: { SANDBOX_ISSUER: sandbox.issuer },
        files: { open: diskFull },
      });
    },
  ],
];

describe("exit codes", () => {
  it("0: it worked", async () => {
    expect(await play(await createTestContext(), "status")).toMatchObject({ exitCode: 0 });
  });

  it.each(failures)("%i: %s, from `%s`", async (exitCode, kind, line, createContext) => {
    const plain = await play(await createContext(), line);
    expect(plain).toMatchObject({ exitCode, stdout: "" });
    expect(plain.stderr).toMatch(/^Error: .+\.\n {2}.+\n$/m);
    const failure = await playFailure(await createContext(), line);
    expect(failure).toMatchObject({ exitCode, kind, stdout: "" });
    expect(plain.stderr).toContain(failure.hint);
  });

  it.each([
    [130, "interrupt", "interrupted"],
    [143, "terminate", "terminated"],
  ] as const)("%i: %s, in the middle of a refresh", async (exitCode, how, kind) => {
    const provider = await startFaultyProvider("no-answer");
    await storeTokens(provider);
    const running = playFailure(provider.context, "refresh faulty");
    await provider.server.untilRequests(1);
    provider.context[how]();
    expect(await running).toMatchObject({ exitCode, kind, code: kind, stdout: "" });
  });

  it("1: a bug, whose own text is not shown", async () => {
    const context = await createTestContext();
    context.canary("the-secret-in-the-bug");
    context.clock.now = () => {
      throw new RangeError("the-secret-in-the-bug");
    };
    const failure = await playFailure(context, "status");
    expect(failure).toMatchObject({ exitCode: 1, kind: "bug", code: "unexpected", stdout: "" });
    expect(failure.message).toMatch(/RangeError at exit-codes\.test\.ts:\d+:\d+/);
    expect(failure.hint).toContain("report it");
  });
});

describe("--json", () => {
  it.each([
    "login",
    "nope",
    "token a b",
    "status --min-ttl x",
    "token --min-ttl -1",
    "sandbox --port 70000",
  ])("tells a mistake on the command line as JSON too: %s", async (line) => {
    const failure = await playFailure(await createTestContext(), line);
    expect(failure).toMatchObject({ exitCode: 2, kind: "usage", stdout: "" });
    expect(failure.message).not.toMatch(/^error:/);
  });

  it("keeps a failure to one line, whatever the provider says", async () => {
    const context = await refreshing("hostile-description");
    const { stderr } = await play(context, "refresh faulty --json");
    expect(stderr.trimEnd()).not.toContain("\n");
    expect(JSON.parse(stderr)).toEqual({
      version: 1,
      error: {
        kind: "usage",
        code: "invalid_request",
        message: expect.stringContaining("\\u{1b}[2J"),
        hint: expect.stringContaining("FAULTY_CLIENT_SECRET"),
      },
    });
  });
});
