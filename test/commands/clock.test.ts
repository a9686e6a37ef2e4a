// A machine whose clock is wrong: it is said once, and no token's life is counted by another clock than ours.
import { describe, expect, it } from "vitest";
import { rawAnswer } from "../support/faults.ts";
import { startFaultyProvider, storeTokens } from "./faulty-provider.ts";
import { play, playFailure, storedCredential } from "./scene.ts";

const minute = 60_000;
const tokens = {
  access_token: "clock-at-5d2c8e1f7b3a9046",
  token_type: "bearer",
  expires_in: 3600,
};

/** A provider whose clock is so far from ours. */
function startOffClock(offBy: number, status = "200 OK") {
  const date = `date: ${new Date(Date.now() + offBy).toUTCString()}`;
  const body = JSON.stringify(status === "200 OK" ? tokens : { error: "invalid_grant" });
  const json = "content-type: application/json";
  return startFaultyProvider(rawAnswer({ status, headers: [json, date], body }));
}

describe("D33 a clock that differs from the server's", () => {
  it.each([
    [-120, "2 hours ahead of"],
    [120, "2 hours behind"],
    [5, "5 minutes behind"],
    [-4, "4 minutes ahead of"],
  ])("by %i minutes is told once, by login and by refresh", async (minutes, difference) => {
    const provider = await startOffClock(minutes * minute);
    const { context, server } = provider;
    const warning = `Note: This machine's clock is ${difference} that of ${new URL(server.url).host}. Set it right`;
    const login = await play(context, "login faulty");
    expect(login).toMatchObject({ exitCode: 0, stdout: "" });
    expect(login.stderr.split(warning)).toHaveLength(2);
    await storeTokens(provider);
    const refresh = await play(context, "refresh faulty");
    expect(refresh.stderr.split(warning)).toHaveLength(2);
    expect(await storedCredential(context, "faulty")).toMatchObject({
      obtainedAt: context.clock.now(),
      expiresAt: context.clock.now() + 3600 * 1000,
    });
  });

  it.each([0, 2, -2])("by %i minutes is not worth a word", async (minutes) => {
    const provider = await startOffClock(minutes * minute);
    const { stderr } = await play(provider.context, "login faulty");
    expect(stderr).not.toContain("clock");
  });

  it("is told of a failure too, before it", async () => {
    const provider = await startOffClock(120 * minute, "400 Bad Request");
    await storeTokens(provider);
    const failure = await playFailure(provider.context, "refresh faulty");
    expect(failure).toMatchObject({ exitCode: 4, code: "invalid_grant" });
    expect(provider.context.stderr.text).toContain("Note: This machine's clock is 2 hours behind");
  });

  it("is not guessed from an answer without a date, or with one that is none", async () => {
    for (const headers of [[], ["date: yesterday"]]) {
      const json = "content-type: application/json";
      const answer = rawAnswer({ headers: [json, ...headers], body: JSON.stringify(tokens) });
      const { context } = await startFaultyProvider(answer);
      expect((await play(context, "login faulty")).stderr).not.toContain("clock");
    }
  });
});
