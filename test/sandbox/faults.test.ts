// Every fault of the sandbox, and our client doing the right thing about it.
import * as files from "node:fs/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { FormBrowser } from "../../src/lab/form-browser.ts";
import { faults, findFault } from "../../src/sandbox/faults/list.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { createPastingContext, play, playFailure, storedCredential } from "../commands/scene.ts";
import { readDocument, tableUnder } from "../docs/documents.ts";
import { createTestContext, type TestContext } from "../support/context.ts";
import { signIn } from "../support/sign-in.ts";

async function startFaulty(name: string): Promise<Record<string, string>> {
  const fault = findFault(name);
  if (fault === undefined) throw new Error(`no fault ${name}`);
  const sandbox = await startSandbox({ port: 0, fault, context: { files } });
  onTestFinished(() => sandbox.close());
  return { SANDBOX_ISSUER: sandbox.issuer };
}

/** A user whose browser reaches the listener. */
async function startListening(fault: string): Promise<TestContext> {
  return createTestContext({ browser: signIn, env: await startFaulty(fault) });
}

/** A user who pastes the answer, once. */
async function startPasting(fault: string): Promise<TestContext> {
  return createPastingContext({ env: await startFaulty(fault) });
}

function tokenRequests({ exchanges }: TestContext): string[] {
  const requests = exchanges.filter(({ url }) => url.endsWith("/token"));
  return requests.map(({ requestBody }) => requestBody);
}

/** What a login against each fault must end with. */
const refusedLogins: readonly (readonly [
  fault: string,
  exitCode: number,
  code: string,
  tokenRequests: number,
])[] = [
  ["wrong-state", 6, "state_mismatch", 0],
  ["forged-error", 6, "state_mismatch", 0],
  ["denied", 5, "access_denied", 0],
  ["missing-iss", 6, "issuer_missing", 0],
  ["wrong-iss", 6, "issuer_mismatch", 0],
  ["reused-code", 5, "invalid_grant", 1],
  ["pkce-mismatch", 5, "invalid_grant", 1],
  ["token-200-error", 3, "invalid_response", 1],
  ["html-502", 7, "http_502", 1],
  ["huge-body", 3, "answer_too_large", 1],
  ["bad-signature", 6, "id_token_invalid", 1],
  ["wrong-nonce", 6, "id_token_invalid", 1],
  ["clock-skew", 6, "id_token_invalid", 1],
];

test.each(refusedLogins)(
  "%s: a login ends with %i %s and stores nothing",
  async (fault, exitCode, code, requests) => {
    const context = await startPasting(fault);
    expect(await playFailure(context, "login sandbox --paste")).toMatchObject({ exitCode, code });
    expect(await storedCredential(context, "sandbox")).toBeUndefined();
    expect(tokenRequests(context)).toHaveLength(requests);
  },
);

test.each([
  ["wrong-state", "state"],
  ["forged-error", "state"],
  ["missing-iss", "iss"],
  ["wrong-iss", "iss"],
  ["pkce-mismatch", "PKCE"],
  ["bad-signature", "signature"],
  ["wrong-nonce", "nonce"],
  ["clock-skew", "exp"],
])("%s: the trace says that %s is what failed", async (fault, check) => {
  const context = await startPasting(fault);
  const { stderr } = await play(context, "login sandbox --paste --trace");
  const failed = [...stderr.matchAll(/^ {2}FAIL {2}(\S+)/gm)].map(([, name]) => name);
  expect(failed).toEqual([check]);
});

test.each(["wrong-state", "forged-error"])(
  "%s: the listener refuses the answer and waits on",
  async (fault) => {
    const context = await startListening(fault);
    const running = play(context, "login sandbox");
    await context.stderr.until(/Refused, still waiting: The state does not match/);
    expect(context.stderr.text).not.toContain("denied");
    context.interrupt();
    expect((await running).exitCode).toBe(130);
    expect(tokenRequests(context)).toEqual([]);
  },
);

test("pkce-mismatch: the login is not tried again without a verifier", async () => {
  const context = await startListening("pkce-mismatch");
  await play(context, "login sandbox");
  expect(tokenRequests(context)).toEqual([expect.stringContaining("code_verifier=")]);
});

test("clock-skew: the clock is what the failure speaks of", async () => {
  const context = await startPasting("clock-skew");
  expect((await playFailure(context, "login sandbox --paste")).message).toContain("clock");
});

test("html-502: nothing of the page is shown", async () => {
  const context = await startListening("html-502");
  await play(context, "login sandbox");
  expect(context.stderr.text).not.toContain("Bad Gateway");
});

test("no-refresh-token: the access token is kept, and its lack is told", async () => {
  const context = await startListening("no-refresh-token");
  const { exitCode, stderr } = await play(context, "login sandbox --offline");
  expect(exitCode).toBe(0);
  expect(stderr).toContain("sent no refresh token");
  expect(await storedCredential(context, "sandbox")).not.toHaveProperty("refreshToken");
});

test("expires-in-string: the lifetime is read", async () => {
  const context = await startListening("expires-in-string");
  expect((await play(context, "login sandbox")).exitCode).toBe(0);
  const { obtainedAt = 0, expiresAt = 0 } = (await storedCredential(context, "sandbox")) ?? {};
  expect(expiresAt - obtainedAt).toBe(3600 * 1000);
});

test("slow-loris: the time of the whole exchange is limited", async () => {
  const context = await startListening("slow-loris");
  const running = playFailure(context, "login sandbox --timeout 20");
  const tokenRequest = () => tokenRequests(context).length > 0;
  while (!tokenRequest()) await new Promise((resolve) => setTimeout(resolve, 2));
  await context.clock.advance(20_000);
  expect(await running).toMatchObject({ exitCode: 7, code: "timeout" });
  expect(await storedCredential(context, "sandbox")).toBeUndefined();
});

test("rotation-reuse: a new login is asked for, after one try", async () => {
  const context = await startListening("rotation-reuse");
  expect((await play(context, "login sandbox")).exitCode).toBe(0);
  const before = tokenRequests(context).length;
  expect(await playFailure(context, "refresh sandbox")).toMatchObject({
    exitCode: 4,
    code: "invalid_grant",
  });
  expect(tokenRequests(context)).toHaveLength(before + 1);
});

test("lost-rotation-answer: not tried again by itself, and the next refresh asks for a login", async () => {
  const context = await startListening("lost-rotation-answer");
  expect((await play(context, "login sandbox")).exitCode).toBe(0);
  const before = tokenRequests(context).length;
  const { exitCode, stderr } = await play(context, "refresh sandbox");
  expect(exitCode).toBe(0); // the access token still lives
  expect(stderr).toContain("could not be asked");
  expect(tokenRequests(context)).toHaveLength(before + 1);
  expect(await playFailure(context, "refresh sandbox")).toMatchObject({
    exitCode: 4,
    code: "invalid_grant",
  });
});

test("slow-down: the device waits five seconds longer from then on", async () => {
  const env = await startFaulty("slow-down");
  const context = await createTestContext({ env });
  const waits = () => context.clock.sleeps.filter((milliseconds) => milliseconds < 299_000);
  context.clock.passSleeps((milliseconds) => milliseconds < 299_000 && waits().length <= 2);
  const running = play(context, "login sandbox --device --timeout 299");
  const [, code = ""] = await context.stderr.until(/enter the code (\S+)/);
  while (waits().length < 3) await new Promise((resolve) => setTimeout(resolve, 2));
  await approveDevice(env.SANDBOX_ISSUER ?? "", code);
  await context.clock.advance(10_000);
  expect((await running).exitCode).toBe(0);
  expect(waits()).toEqual([5000, 10_000, 10_000]);
});

async function approveDevice(issuer: string, code: string): Promise<void> {
  const browser = new FormBrowser();
  let page = await browser.visit(`${issuer}/device`);
  const answers = [{ user_code: code }, {}, { user: "ada" }, { answer: "allow" }];
  for (const fields of answers) page = await browser.submit(page, fields);
}

describe("the list", () => {
  test("has a test above for each", () => {
    const source = readDocument("test/sandbox/faults.test.ts");
    for (const { name } of faults) expect(source, name).toContain(`"${name}`);
  });

  test("is printed, and the docs have a line for each", async () => {
    const context = await createTestContext();
    const { exitCode, stdout } = await play(context, "sandbox --list-faults --json");
    expect(exitCode).toBe(0);
    const rows = JSON.parse(stdout).faults as Record<"name" | "teaches" | "good_client", string>[];
    expect(rows.map(({ name }) => name)).toEqual(faults.map(({ name }) => name));
    const documented = tableUnder("Faults", readDocument("docs/sandbox.md"));
    expect(documented).toEqual(
      rows.map(({ name, teaches, good_client }) => [name, teaches, good_client]),
    );
  });

  test("fits into 80 columns", async () => {
    const { stdout } = await play(await createTestContext(), "sandbox --list-faults");
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(stdout.split("\n").length).toBeGreaterThan(50);
  });

  test("does not have what is asked for: says so", async () => {
    const context = await createTestContext();
    expect(await playFailure(context, "sandbox --fault nonsense")).toMatchObject({
      exitCode: 2,
      code: "unknown_fault",
    });
  });
});

test("sandbox --fault says what it does wrong, and does it", async () => {
  const context = await createTestContext();
  const running = play(context, "sandbox --port 0 --fault html-502");
  await context.stderr.until(/one thing wrong, on purpose: html-502/);
  const issuer = context.stdout.text.trim();
  expect((await fetch(`${issuer}/token`, { method: "POST" })).status).toBe(502);
  context.interrupt();
  expect((await running).exitCode).toBe(0);
});

test("N05 no request can choose a fault", async () => {
  const sandbox = await startSandbox({ port: 0, context: { files } });
  onTestFinished(() => sandbox.close());
  const answer = await fetch(`${sandbox.issuer}/token?fault=html-502`, {
    method: "POST",
    headers: { fault: "html-502" },
  });
  expect(answer.status).toBe(400);
});
