import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { run } from "../../src/cli.ts";
import type { Context } from "../../src/context.ts";
import { createTestContext } from "../support/context.ts";

/** Two seconds of the demo pass at once; every other wait is a time-out that must not fire. */
const theExpiry = (milliseconds: number) => milliseconds > 2000 && milliseconds < 3000;

async function createAudience() {
  const context = await createTestContext();
  context.clock.passSleeps(theExpiry);
  return context;
}

test("tells every act, with both attacks refused, and leaves nothing behind", async () => {
  const context = await createAudience();
  const code = await run(["demo"], context);
  expect(context.stderr.text).toBe("");
  expect(code).toBe(0);
  for (const said of [
    "Step 1  Ask for a code",
    "code_challenge_method=S256",
    "state ✓  redirect ✓  issuer ✓  PKCE ✓",
    "Signed in to sandbox as ada (Ada Lovelace)",
    "A new access token is there, without Ada",
    "Refused, still waiting: The state does not match",
    "400 invalid_grant",
    "Revoked at the sandbox and deleted here.",
    "Every act did what it says.",
  ]) {
    expect(context.stdout.text).toContain(said);
  }
  expect(await readdir(context.storeFolder)).toEqual([]);
  expect(await readdir(context.workingFolder)).toEqual([]);
});

test("says as JSON which acts held", async () => {
  const context = await createAudience();
  expect(await run(["demo", "--json"], context)).toBe(0);
  const { version, acts } = JSON.parse(context.stdout.text);
  expect(version).toBe(1);
  expect(acts).toHaveLength(6);
  expect(acts.every((act: { held: boolean }) => act.held)).toBe(true);
});

test("fails when an act does not hold: the token never expires, so nothing new comes", async () => {
  const context = await createAudience();
  const start = context.clock.now();
  const sleep: Context["clock"]["sleep"] = async (milliseconds, signal) =>
    theExpiry(milliseconds) ? undefined : context.clock.sleep(milliseconds, signal);
  expect(await run(["demo"], { ...context, clock: { now: () => start, sleep } })).toBe(1);
  expect(context.stderr.text).toContain("the expired access token was not replaced");
  expect(context.stdout.text).not.toContain("Every act did what it says.");
});
