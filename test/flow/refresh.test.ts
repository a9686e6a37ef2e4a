// A refresh is decided and done inside the lock, and never begun when its result could not be kept.
import * as fs from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { OAuthClient } from "../../src/flow/client.ts";
import { freshCredential } from "../../src/flow/refresh.ts";
import { Secret } from "../../src/secret.ts";
import {
  type FaultyProvider,
  startFaultyProvider,
  storeTokens,
} from "../commands/faulty-provider.ts";
import {
  createSecondContext,
  play,
  playFailure,
  storedCredential,
  storeOf,
  storeSnapshot,
} from "../commands/scene.ts";
import { jsonAnswer } from "../support/faults.ts";

const fresh = jsonAnswer({
  access_token: "fresh-at-5d2c8e1f7b3a9046",
  token_type: "bearer",
  expires_in: 60,
});

it("H04 asks for nothing while another holds the lock, and gives up after a while, or goes on with a token that still lives", async () => {
  const provider = await startFaultyProvider(fresh);
  const { server, context } = provider;
  const key = await storeTokens(provider);
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let holding = () => {};
  const locked = new Promise<void>((resolve) => {
    holding = resolve;
  });
  const holder = storeOf(context).withLock(key, () => {
    holding();
    return held;
  });
  await locked;
  context.clock.passSleeps((milliseconds) => milliseconds < 1000);
  const failure = await playFailure(context, "refresh faulty");
  expect(failure).toMatchObject({ exitCode: 8, kind: "store", stdout: "" });
  expect(server.requests).toEqual([]);
  const { accessToken } = await storeTokens(provider, { expiresAt: context.clock.now() + 50_000 });
  context.allow(accessToken.reveal());
  const token = await play(context, "token faulty");
  expect(token).toMatchObject({ exitCode: 0, stdout: `${accessToken.reveal()}\n` });
  expect(token.stderr).toContain("It was not refreshed and ends soon.");
  expect(server.requests).toEqual([]);
  release();
  await holder;
  expect((await play(context, "refresh faulty")).exitCode).toBe(0);
});

it("does not spend a refresh token whose successor could not be stored", async () => {
  let isFull = false;
  const provider = await startFaultyProvider(fresh, {
    files: {
      open: (path, flags, mode) =>
        isFull && flags === "wx" && !String(path).includes(".lock")
          ? Promise.reject(Object.assign(new Error("no space"), { code: "ENOSPC" }))
          : fs.open(path, flags, mode),
    },
  });
  const { server, context } = provider;
  await storeTokens(provider);
  const before = await storeSnapshot(context);
  isFull = true;
  const failure = await playFailure(context, "refresh faulty");
  isFull = false;
  expect(failure).toMatchObject({ exitCode: 8, kind: "store", stdout: "" });
  expect(server.requests).toEqual([]);
  expect(await storeSnapshot(context)).toEqual(before);
});

describe("G11 a disk that fills up while the provider answers", () => {
  const rotated = "rotated-rt-6c1e84f09b7d2a35";

  /** A provider that rotates; from its answer on, so many new files cannot be made. */
  async function startFilling(failures: number) {
    let [isAnswered, left] = [false, failures];
    const provider = await startFaultyProvider(
      {
        answer: (socket, seen) => {
          isAnswered = true;
          const access_token = "g11-at-5d2c8e1f7b3a9046";
          const answer = { access_token, token_type: "bearer", refresh_token: rotated };
          jsonAnswer(answer).answer?.(socket, seen);
        },
      },
      {
        files: {
          open: (path, flags, mode) => {
            const isFull = isAnswered && flags === "wx" && left > 0;
            if (!isFull) return fs.open(path, flags, mode);
            left -= 1;
            return Promise.reject(Object.assign(new Error("no space"), { code: "ENOSPC" }));
          },
        },
      },
    );
    await storeTokens(provider);
    provider.context.clock.passSleeps((milliseconds) => milliseconds <= 1000);
    return provider;
  }

  it("is tried three times more with the tokens in memory, and they are saved", async () => {
    const { context, server } = await startFilling(3);
    expect((await play(context, "refresh faulty")).exitCode).toBe(0);
    expect((await storedCredential(context, "faulty"))?.refreshToken).toBe(rotated);
    expect(server.requests).toHaveLength(1);
  });

  it("ends the command when it stays so: the old file as it was, the new tokens nowhere, and what to do", async () => {
    const { context, server } = await startFilling(Number.POSITIVE_INFINITY);
    const before = await storeSnapshot(context);
    const failure = await playFailure(context, "token faulty");
    expect(failure).toMatchObject({ exitCode: 8, kind: "store", code: "enospc", stdout: "" });
    expect(failure.hint).toContain("if the next refresh is refused, sign in again.");
    expect(await storeSnapshot(context)).toEqual(before);
    expect(server.requests).toHaveLength(1);
  });
});

it("H05 uses what another process stored meanwhile, though it would have refreshed itself", async () => {
  const provider = await startFaultyProvider("invalid-grant");
  const { server, context } = provider;
  const stored = await storeTokens(provider);
  const store = storeOf(context);
  let started = () => {};
  const underWay = new Promise<void>((resolve) => {
    started = resolve;
  });
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const other = store.withLock(stored, async () => {
    started();
    await finished;
    await storeTokens(provider, {
      obtainedAt: context.clock.now(),
      expiresAt: context.clock.now() + 3_600_000,
    });
  });
  await underWay;
  const running = play(context, "refresh faulty");
  await context.clock.untilSleeping();
  finish();
  await other;
  await context.clock.advance(1000);
  const outcome = await running;
  expect(outcome).toMatchObject({ exitCode: 0, stdout: "" });
  expect(outcome.stderr).toMatch(/^Another process has just refreshed faulty/);
  expect(server.requests).toEqual([]);
  expect((await storedCredential(context, "faulty"))?.refreshToken).toBe(
    stored.refreshToken?.reveal(),
  );
});

it("H05 goes on as soon as another has stored a good token, though it still holds the lock", async () => {
  const provider = await startFaultyProvider("invalid-grant");
  const { server, context } = provider;
  const stored = await storeTokens(provider);
  const store = storeOf(context);
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let isStored = () => {};
  const storing = new Promise<void>((resolve) => {
    isStored = resolve;
  });
  const other = store.withLock(stored, async () => {
    const expiresAt = context.clock.now() + 3_600_000;
    await storeTokens(provider, { obtainedAt: context.clock.now(), expiresAt });
    isStored();
    await finished;
  });
  await storing;
  const outcome = await freshCredential(
    {
      ...{ key: stored, store: storeOf(context), minTtlSeconds: 60, force: true, seen: stored },
      reconnect: () => Promise.reject(new Error("nobody is asked")),
      waiting: { say: () => {}, ...context },
    },
    context,
  );
  expect(outcome.outcome).toBe("already-fresh");
  expect(server.requests).toEqual([]);
  finish();
  await other;
});

it("H02 a hundred callers in one process make one request", async () => {
  const provider = await startFaultyProvider(fresh);
  const key = await storeTokens(provider);
  const store = storeOf(provider.context);
  let requests = 0;
  const client = {
    refresh: async () => {
      requests += 1;
      const tokens = {
        accessToken: new Secret("h02-at"),
        tokenType: "bearer",
        expiresInSeconds: 600,
      };
      return { kind: "refreshed", tokens };
    },
  };
  const reconnect = async () => client as unknown as OAuthClient;
  const waiting = { say: () => {}, ...provider.context };
  const request = { key, store, minTtlSeconds: 60, force: false, reconnect, waiting };
  const results = await Promise.all(
    Array.from({ length: 100 }, () => freshCredential(request, provider.context)),
  );
  expect(requests).toBe(1);
  expect(new Set(results.map(({ credential }) => credential.accessToken.reveal()))).toEqual(
    new Set(["h02-at"]),
  );
  expect(results.filter(({ outcome }) => outcome === "refreshed")).toHaveLength(1);
});

it("H10 a rotated token is saved, at the second attempt if need be, although the run is ended meanwhile", async () => {
  const rotated = "rotated-rt-91e4b07d5c2f8a36";
  /** True once the run was ended. */
  let end = () => true;
  const provider = await startFaultyProvider(
    jsonAnswer({
      access_token: "h10-at-5d2c8e1f7b3a9046",
      token_type: "bearer",
      refresh_token: rotated,
    }),
    {
      files: {
        rename: (from, to) => {
          if (!String(to).endsWith("@faulty.json") || end()) return fs.rename(from, to);
          return Promise.reject(Object.assign(new Error("defect"), { code: "EIO" }));
        },
      },
    },
  );
  await storeTokens(provider);
  end = () => {
    const isEnded = provider.context.signal.aborted;
    provider.context.terminate();
    return isEnded;
  };
  provider.context.clock.passSleeps((milliseconds) => milliseconds < 2000);
  expect((await play(provider.context, "refresh faulty")).exitCode).toBe(143);
  expect((await storedCredential(provider.context, "faulty"))?.refreshToken).toBe(rotated);
});

it.each([
  ["interrupt", 130],
  ["terminate", 143],
] as const)(
  "H10 %s while the provider answers: what it answers is saved, and then %i",
  async (end, exitCode) => {
    const rotated = "rotated-rt-40c7e2d91f8b5a36";
    const body = JSON.stringify({
      access_token: "h10-at-7f1d3b9e5a2c8046",
      token_type: "bearer",
      refresh_token: rotated,
    });
    const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    let finish = () => {};
    const provider = await startFaultyProvider({
      answer: (socket) => {
        socket.write(head + body.slice(0, 10));
        finish = () => void socket.end(body.slice(10));
      },
    });
    await storeTokens(provider);
    const running = playFailure(provider.context, "token faulty");
    await provider.server.untilRequests(1);
    provider.context[end]();
    await provider.context.clock.untilSleeping((milliseconds) => milliseconds === 2000);
    finish();
    expect(await running).toMatchObject({ exitCode, stdout: "" });
    expect((await storedCredential(provider.context, "faulty"))?.refreshToken).toBe(rotated);
  },
);

it("G27 a logout while another process waits to refresh leaves no token, and none comes back", async () => {
  const provider = await startFaultyProvider(fresh);
  const { server, context } = provider;
  const stored = await storeTokens(provider);
  const store = storeOf(context);
  let started = () => {};
  const underWay = new Promise<void>((resolve) => {
    started = resolve;
  });
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const logout = store.withLock(stored, async () => {
    started();
    await finished;
    await store.remove(stored);
  });
  await underWay;
  const late = await createSecondContext(context);
  const running = playFailure(late, "refresh faulty");
  await late.clock.untilSleeping();
  finish();
  await logout;
  await late.clock.advance(1000);
  expect(await running).toMatchObject({ exitCode: 4, code: "nothing_stored", stdout: "" });
  expect(server.requests).toEqual([]);
  expect(await storeSnapshot(context)).toEqual([]);
});

describe("G27, H05 while a login asks whose token it got", () => {
  /** A login during which `meanwhile` happens in another process. */
  async function loginWhile(meanwhile: (provider: FaultyProvider) => Promise<unknown>) {
    const provider: FaultyProvider = await startFaultyProvider({
      answer: async (socket, seen) => {
        const isToken = seen.request.path === "/token";
        if (!isToken) await meanwhile(provider);
        const answer = isToken ? fresh : jsonAnswer({ sub: "ada" });
        answer.answer?.(socket, seen);
      },
    });
    provider.context.env.FAULTY_USERINFO_ENDPOINT = `${provider.server.url}/userinfo`;
    expect(await play(provider.context, "login faulty")).toMatchObject({ exitCode: 0 });
    return provider;
  }

  it("its name is kept with the token", async () => {
    const { context } = await loginWhile(async () => {});
    expect(await storedCredential(context, "faulty")).toMatchObject({ subject: "ada" });
  });

  it("a refresh token that replaced its own is not overwritten", async () => {
    const { context } = await loginWhile((provider) => storeTokens(provider));
    expect((await storedCredential(context, "faulty"))?.refreshToken).toBe(
      "stored-rt-3b7e0d94a6c25f18",
    );
  });

  it("a logout is not undone", async () => {
    const { context } = await loginWhile((provider) =>
      storeOf(provider.context).remove({ provider: "faulty", profile: "default" }),
    );
    expect(await storeSnapshot(context)).toEqual([]);
  });
});
