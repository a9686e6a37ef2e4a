// The exit codes that scripts rely on, each through a real command; and that a failure prints nothing on stdout.
import { describe, expect, it } from "vitest";
import { createTestContext, type TestContext } from "../support/context.ts";
import type { Fault } from "../support/fault-server.ts";
import { type FaultName, faults, jsonAnswer } from "../support/faults.ts";
import { startFaultyProvider, storeTokens } from "./faulty-provider.ts";
import { play, playFailure, startSandboxScene } from "./scene.ts";

async function refreshing(fault: FaultName | Fault): Promise<TestContext> {
  const provider = await startFaultyProvider(fault);
  await storeTokens(provider);
  return provider.context;
}

/** Between two attempts time passes; the limit of a request does not come. */
const isPause = (milliseconds: number): boolean => milliseconds !== 30_000;

function failingWith(code: string) {
  return () => Promise.reject(Object.assign(new Error("no"), { code }));
}

async function startOnFullDisk(): Promise<TestContext> {
  const { sandbox } = await startSandboxScene();
  const env = { SANDBOX_ISSUER: sandbox.issuer };
  return createTestContext({ env, files: { open: failingWith("ENOSPC") } });
}

/** A refresh would be due, and nothing can be written any more. */
async function startInReadOnlyHome(): Promise<TestContext> {
  const context = await refreshing("invalid-grant");
  return Object.assign(context, { files: { ...context.files, mkdir: failingWith("EROFS") } });
}

async function startUnreachable(): Promise<TestContext> {
  const provider = await startFaultyProvider("invalid-grant");
  await storeTokens(provider);
  await provider.server.close();
  return provider.context;
}

const forgedOutput = jsonAnswer({
  access_token: "line-1\naccess_token=forged",
  token_type: "bearer",
});

const failures: [number, string, string, string, () => Promise<TestContext>][] = [
  [2, "usage", "a typing error", "login gihub", () => createTestContext()],
  [3, "protocol", "no answer of OAuth", "refresh faulty", () => refreshing("html-200")],
  [3, "protocol", "a token of two lines", "token faulty", () => refreshing(forgedOutput)],
  [4, "login-required", "nothing stored", "token github", () => createTestContext()],
  [4, "login-required", "a dead refresh token", "token faulty", () => refreshing("invalid-grant")],
  [
    5,
    "refused",
    "a code that is refused",
    "login faulty",
    async () => (await startFaultyProvider("invalid-grant")).context,
  ],
  [
    6,
    "unsafe",
    "a redirect with the secret",
    "refresh faulty",
    () => refreshing("redirect-307-elsewhere"),
  ],
  [7, "unavailable", "a provider that is down", "refresh faulty", () => refreshing("html-502")],
  [7, "unavailable", "a provider that is not there", "token faulty", startUnreachable],
  [8, "store", "a full disk", "login sandbox", startOnFullDisk],
  [8, "store", "a read-only home", "token faulty", startInReadOnlyHome],
];

describe("exit codes", () => {
  it("0: it worked", async () => {
    expect(await play(await createTestContext(), "status")).toMatchObject({ exitCode: 0 });
  });

  it.each(failures)("%i %s: %s, from `%s`", async (exitCode, kind, _, line, createContext) => {
    const create = async () => {
      const context = await createContext();
      context.clock.passSleeps(isPause);
      return context;
    };
    const plain = await play(await create(), line);
    expect(plain).toMatchObject({ exitCode, stdout: "" });
    expect(plain.stderr).toMatch(/^Error: .+\.\n {2}.+\n$/m);
    const failure = await playFailure(await create(), line);
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
    // Two seconds for the answer to come.
    provider.context.clock.passSleeps((milliseconds) => milliseconds === 2000);
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

describe("stdout of a failure", () => {
  // Those that never end are ended by the fake clock in token-endpoint.test.ts.
  const endless: readonly string[] = ["no-answer", "stalls-after-headers", "drips"];
  const quick = (Object.keys(faults) as FaultName[]).filter((name) => !endless.includes(name));

  it.each(quick)("is empty, or the exit code is 0: %s", async (fault) => {
    for (const line of ["token", "token --json", "token --format env", "refresh --json"]) {
      const context = await refreshing(fault);
      context.printsToken();
      context.clock.passSleeps(isPause);
      const { exitCode, stdout } = await play(context, line);
      expect(stdout === "", `${line} ended with ${exitCode}`).toBe(exitCode !== 0);
    }
  });
});
