// A refresh that was not processed is asked for again, a few times and no faster than the server wants; one that may have been processed never is.
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/secret.ts";
import {
  createTestContext,
  type TestContext,
  type TestContextOptions,
} from "../support/context.ts";
import { type Fault, startFaultServer } from "../support/fault-server.ts";
import { type FaultName, jsonAnswer, rawAnswer } from "../support/faults.ts";
import { type FaultyProvider, startFaultyProvider, storeTokens } from "./faulty-provider.ts";
import { play, playFailure, storedCredential, storeOf, storeSnapshot } from "./scene.ts";

const fresh = { access_token: "again-at-5d2c8e1f7b3a9046", token_type: "bearer", expires_in: 60 };
const rotated = { ...fresh, refresh_token: "again-rt-91e4b07d5c2f8a36" };
const turnedAway = rawAnswer({ status: "503 Service Unavailable" });
const requestLimit = 30_000;

function turnedAwayUntil(retryAfter: string, status = "503 Service Unavailable"): Fault {
  return rawAnswer({ status, headers: [`retry-after: ${retryAfter}`] });
}

/** One answer after the other; the last one from then on. */
function inTurn(...answers: readonly Fault[]): Fault {
  return {
    answer: (socket, seen) =>
      answers[Math.min(seen.count, answers.length) - 1]?.answer?.(socket, seen),
  };
}

/** A provider with tokens that have ended, and a clock that passes every wait but the request's own limit. */
async function start(
  fault: FaultName | Fault,
  options: Omit<TestContextOptions, "browser"> = {},
): Promise<FaultyProvider> {
  const provider = await startFaultyProvider(fault, options);
  await storeTokens(provider);
  provider.context.clock.passSleeps((milliseconds) => milliseconds !== requestLimit);
  return provider;
}

/** A provider that is found by its metadata and turns some requests away, and a token that lives for so long. */
async function startDiscovered(isAway: (count: number) => boolean, lifeMilliseconds = -1000) {
  const server = await startFaultServer({
    answer: (socket, seen) => {
      const metadata = { issuer: server.url, token_endpoint: `${server.url}/token` };
      const content = seen.request.path === "/token" ? fresh : metadata;
      const answer = isAway(seen.count) ? turnedAway : jsonAnswer(content);
      answer.answer?.(socket, seen);
    },
  });
  const env = { FAULTY_ISSUER: server.url, FAULTY_CLIENT_ID: "faulty-client" };
  const context = await createTestContext({ env });
  const expiresAt = context.clock.now() + lifeMilliseconds;
  const { accessToken } = await storeTokens({ server, context }, { expiresAt });
  context.clock.passSleeps((milliseconds) => milliseconds !== requestLimit);
  return { server, context, accessToken };
}

/** The waits between the attempts, in seconds. */
function waits({ clock }: TestContext): number[] {
  const pauses = clock.sleeps.filter((milliseconds) => milliseconds !== requestLimit);
  return pauses.map((milliseconds) => milliseconds / 1000);
}

describe("D05 a server that is down for a moment", () => {
  it("is asked three times", async () => {
    const { server, context } = await start(inTurn(turnedAway, turnedAway, jsonAnswer(rotated)));
    const outcome = await play(context, "refresh faulty");
    expect(outcome).toMatchObject({ exitCode: 0, stdout: "" });
    expect(server.requests).toHaveLength(3);
    expect(waits(context)).toEqual([1, 2]);
    expect(outcome.stderr).toContain(
      "The provider answered with status 503. Trying again in 1 s.\nThe provider answered with status 503. Trying again in 2 s.\n",
    );
    expect(await storedCredential(context, "faulty")).toMatchObject({
      accessToken: rotated.access_token,
      refreshToken: rotated.refresh_token,
    });
  });

  it("lets others at the credential while it is waited for", async () => {
    const provider = await startFaultyProvider(inTurn(turnedAwayUntil("55"), jsonAnswer(fresh)));
    const { context } = provider;
    const key = await storeTokens(provider);
    const running = play(context, "refresh faulty");
    await context.clock.untilSleeping((milliseconds) => milliseconds === 55_000);
    let isFree = false;
    await storeOf(context).withLock(key, async () => {
      isFree = true;
    });
    expect(isFree).toBe(true);
    await context.clock.advance(55_000);
    expect((await running).exitCode).toBe(0);
  });

  it("is not asked again where another has refreshed while it was waited for", async () => {
    const provider = await startFaultyProvider(turnedAwayUntil("55"));
    const { server, context } = provider;
    await storeTokens(provider);
    const running = play(context, "refresh faulty");
    await context.clock.untilSleeping((milliseconds) => milliseconds === 55_000);
    await storeTokens(provider, {
      accessToken: new Secret(fresh.access_token),
      expiresAt: context.clock.now() + 3_600_000,
    });
    await context.clock.advance(55_000);
    expect((await running).stderr).toContain("Another process has just refreshed");
    expect(server.requests).toHaveLength(1);
  });

  it("is not asked a fourth time", async () => {
    const { server, context } = await start(turnedAway);
    const before = await storeSnapshot(context);
    expect(await playFailure(context, "token faulty")).toMatchObject({
      exitCode: 7,
      code: "http_503",
      stdout: "",
    });
    expect(server.requests).toHaveLength(3);
    expect(await storeSnapshot(context)).toEqual(before);
  });

  it("is waited for without a word with --quiet", async () => {
    const { context } = await start(inTurn(turnedAway, jsonAnswer(fresh)));
    expect(await play(context, "refresh faulty --quiet")).toMatchObject({
      exitCode: 0,
      stderr: "",
    });
  });

  it("is not asked again after 500, which tells nothing of what was done", async () => {
    const { server, context } = await start("server-error-500");
    expect(await playFailure(context, "refresh faulty")).toMatchObject({ code: "http_500" });
    expect(server.requests).toHaveLength(1);
  });

  it.each(["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"])(
    "is asked again for a client's own token, which nothing is spent on: %s",
    async (status) => {
      const away = rawAnswer({ status });
      const provider = await startFaultyProvider(inTurn(away, jsonAnswer(fresh)), {
        env: { FAULTY_CLIENT_SECRET: "faulty-secret-0f1e2d3c4b5a" },
      });
      const { server, context } = provider;
      await storeTokens(provider, { grant: "client_credentials" }, ["refreshToken"]);
      context.clock.passSleeps((milliseconds) => milliseconds !== requestLimit);
      expect(await play(context, "refresh faulty")).toMatchObject({ exitCode: 0 });
      expect(server.requests).toHaveLength(2);
    },
  );

  it("is asked again with a refresh token from the configuration", async () => {
    const { server, context } = await startFaultyProvider(inTurn(turnedAway, jsonAnswer(fresh)), {
      env: { FAULTY_REFRESH_TOKEN: "given-rt-3b7e0d94a6c25f18" },
    });
    context.clock.passSleeps((milliseconds) => milliseconds !== requestLimit);
    context.printsToken();
    expect(await play(context, "token faulty --allow-rotation-loss")).toMatchObject({
      exitCode: 0,
      stdout: `${fresh.access_token}\n`,
    });
    expect(server.requests).toHaveLength(2);
  });

  it("is asked for its metadata again, before any token is spent", async () => {
    const { server, context } = await startDiscovered((count) => count === 1);
    expect(await play(context, "refresh faulty")).toMatchObject({ exitCode: 0 });
    const paths = server.requests.map(({ path }) => path);
    const metadata = "/.well-known/openid-configuration";
    expect(paths).toEqual([metadata, metadata, "/token"]);
  });

  it("H06 leaves a token in use that still lives, also where its metadata cannot be had", async () => {
    const { context, accessToken } = await startDiscovered(() => true, 50_000);
    context.allow(accessToken.reveal());
    const outcome = await play(context, "token faulty");
    expect(outcome).toMatchObject({ exitCode: 0, stdout: `${accessToken.reveal()}\n` });
    expect(outcome.stderr).toContain("It was not refreshed and ends soon.");
    expect(waits(context)).toEqual([]);
  });
});

describe("D07 Retry-After", () => {
  it("is kept to, in seconds", async () => {
    const away = turnedAwayUntil("7", "429 Too Many Requests");
    const { context } = await start(inTurn(away, jsonAnswer(fresh)));
    const outcome = await play(context, "refresh faulty");
    expect(outcome.exitCode).toBe(0);
    expect(outcome.stderr).toContain("Trying again in 7 s.");
    expect(waits(context)).toEqual([7]);
  });

  it("is kept to as a date, by the server's own clock", async () => {
    const date = "date: Thu, 01 Jan 2026 00:00:00 GMT";
    const until = "retry-after: Thu, 01 Jan 2026 00:00:42 GMT";
    const away = rawAnswer({ status: "503 Service Unavailable", headers: [date, until] });
    const { context } = await start(inTurn(away, jsonAnswer(fresh)));
    expect((await play(context, "refresh faulty")).exitCode).toBe(0);
    expect(waits(context)).toEqual([42]);
  });

  it.each([
    ["0", 1],
    ["60", 60],
    ["soon", 1],
  ])("%s is a wait of %i s", async (retryAfter, seconds) => {
    const { context } = await start(inTurn(turnedAwayUntil(retryAfter), jsonAnswer(fresh)));
    expect((await play(context, "refresh faulty")).exitCode).toBe(0);
    expect(waits(context)).toEqual([seconds]);
  });

  it.each<[string, FaultName | Fault]>([
    ["that is longer than a minute is not waited for", turnedAwayUntil("61")],
    ["that a 429 lacks is not guessed", rawAnswer({ status: "429 Too Many Requests" })],
  ])("%s", async (_what, fault) => {
    const { server, context } = await start(fault);
    expect((await playFailure(context, "refresh faulty")).exitCode).toBe(7);
    expect(server.requests).toHaveLength(1);
    expect(waits(context)).toEqual([]);
  });

  it.each([
    ["", {}],
    [" --allow-rotation-loss", { FAULTY_REFRESH_TOKEN: "given-rt-3b7e0d94a6c25f18" }],
  ])("ends at once with Ctrl-C: token faulty%s", async (options, env) => {
    const provider = await startFaultyProvider(turnedAwayUntil("60"), { env });
    const { server, context } = provider;
    await storeTokens(provider);
    const running = playFailure(context, `token faulty${options}`);
    await context.clock.untilSleeping((milliseconds) => milliseconds === 60_000);
    context.interrupt();
    expect(await running).toMatchObject({ exitCode: 130, kind: "interrupted" });
    expect(server.requests).toHaveLength(1);
  });
});

describe("H08 a request", () => {
  it("that never left this machine is made once more", async () => {
    const { server, context } = await start("no-answer");
    await server.close();
    const before = await storeSnapshot(context);
    expect(await playFailure(context, "refresh faulty")).toMatchObject({
      exitCode: 7,
      code: "unreachable",
      message: `${new URL(server.url).host} could not be reached (ECONNREFUSED).`,
    });
    expect(context.exchanges).toHaveLength(2);
    expect(waits(context)).toEqual([1]);
    expect(await storeSnapshot(context)).toEqual(before);
  });

  it("that is cut off while the connection is made is an outage, whoever notices first", async () => {
    const provider = await startFaultyProvider("reset-on-connect");
    const { server, context } = provider;
    const outage = {
      exitCode: 7,
      kind: "unavailable",
      code: expect.stringMatching(/^(network|unreachable)$/),
    };
    expect(await playFailure(context, "login faulty")).toMatchObject(outage);
    await storeTokens(provider);
    context.clock.passSleeps((milliseconds) => milliseconds !== requestLimit);
    expect(await playFailure(context, "refresh faulty")).toMatchObject(outage);
    expect(server.requests).toEqual([]);
  });

  it.each<FaultName>(["reset-after-request", "closed-after-request", "closed-in-body"])(
    "that may have been processed is never replayed: %s",
    async (fault) => {
      const { server, context } = await start(fault);
      const failure = await playFailure(context, "refresh faulty");
      expect(failure).toMatchObject({ exitCode: 7, code: "network" });
      expect(failure.hint).toMatch(/^The refresh token may be used up, so it was not sent again\./);
      expect(server.requests).toHaveLength(1);
      expect(waits(context)).toEqual([]);
    },
  );

  it.each(["502 Bad Gateway", "504 Gateway Timeout"])(
    "that a gateway may have passed on is never replayed: %s",
    async (status) => {
      const { server, context } = await start(rawAnswer({ status, headers: ["retry-after: 1"] }));
      const failure = await playFailure(context, "refresh faulty");
      expect(failure).toMatchObject({ exitCode: 7, code: `http_${status.slice(0, 3)}` });
      expect(failure.hint).toMatch(/^The refresh token may be used up, so it was not sent again\./);
      expect(server.requests).toHaveLength(1);
      expect(waits(context)).toEqual([]);
    },
  );

  it("that was not answered in time is never replayed", async () => {
    const { server, context } = await start("no-answer");
    const running = playFailure(context, "refresh faulty");
    await server.untilRequests(1);
    await context.clock.advance(requestLimit);
    const failure = await running;
    expect(failure).toMatchObject({ exitCode: 7, code: "timeout" });
    expect(failure.hint).toMatch(/^The refresh token may be used up, so it was not sent again\./);
    expect(server.requests).toHaveLength(1);
  });
});

describe("H10 a run that is ended while the answer is on its way", () => {
  it("waits two seconds for it and no longer", async () => {
    const provider = await startFaultyProvider("no-answer");
    const { server, context } = provider;
    await storeTokens(provider);
    const before = await storeSnapshot(context);
    const running = playFailure(context, "refresh faulty");
    await server.untilRequests(1);
    context.interrupt();
    await context.clock.advance(2000);
    expect(await running).toMatchObject({ exitCode: 130, kind: "interrupted", stdout: "" });
    await server.untilDropped();
    expect(await storeSnapshot(context)).toEqual(before);
  });

  it("sends nothing any more where it was ended before", async () => {
    const { server, context } = await start(jsonAnswer(rotated));
    context.interrupt();
    expect((await playFailure(context, "refresh faulty")).exitCode).toBe(130);
    expect(server.requests).toEqual([]);
  });
});
