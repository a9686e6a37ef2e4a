// The listener against real connections: whatever is not our answer changes nothing, and the page tells the truth.
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import type { OAuthLabError } from "../../src/errors.ts";
import { LoopbackReceiver, listenOnLoopback } from "../../src/flow/loopback.ts";
import { type Expected, type VerifiedRedirect, verifyRedirect } from "../../src/flow/redirect.ts";
import { TestBrowser } from "../support/browser.ts";
import { FakeClock } from "../support/fake-clock.ts";

const state = "right-state-0123456789-abcdefghijklmnopqrst";
const right = `code=code-4f1c2b7a9d0e8f6a&state=${state}`;
const forged = "code=code-4f1c2b7a9d0e8f6a&state=wrong-state-9876543210";

/** A listener and what became of it. */
interface Scene {
  readonly receiver: LoopbackReceiver;
  readonly uri: URL;
  readonly clock: FakeClock;
  readonly interrupt: () => void;
  /** Each address that was verified. */
  readonly looked: string[];
  readonly foreign: OAuthLabError[];
  /** The login's answer; undefined while the listener waits. */
  readonly answer: Promise<VerifiedRedirect>;
  answered(): boolean;
}

const open: { receiver: LoopbackReceiver; interrupt: () => void }[] = [];
afterEach(async () => {
  for (const { receiver, interrupt } of open.splice(0)) {
    interrupt(); // nobody fetches the last page any more
    await receiver.close("failed");
  }
});

async function listen(redirectUri = "http://127.0.0.1:0/callback/github"): Promise<Scene> {
  const ending = new AbortController();
  const clock = new FakeClock(0);
  const receiver = await listenOnLoopback(new URL(redirectUri), { clock, signal: ending.signal });
  if (!(receiver instanceof LoopbackReceiver)) throw new Error(receiver.reason);
  const interrupt = () => ending.abort();
  open.push({ receiver, interrupt });
  const uri = new URL(receiver.redirectUri);
  const expected: Expected = {
    redirectUri: uri.href,
    state,
    issuer: "https://as.example",
    issRequired: false,
  };
  const [looked, foreign]: [string[], OAuthLabError[]] = [[], []];
  let settled = false;
  const answer = receiver.receive({
    verify: (address) => {
      looked.push(address);
      return verifyRedirect(address, expected);
    },
    onForeign: (failure) => foreign.push(failure),
  });
  const note = () => {
    settled = true;
  };
  answer.then(note, note);
  return {
    receiver,
    uri,
    clock,
    interrupt,
    looked,
    foreign,
    answer,
    answered: () => settled,
  };
}

function dial({ hostname, port }: { hostname: string; port: string }): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true }, () =>
      resolve(socket),
    );
    socket.on("error", reject);
    onTestFinished(() => void socket.destroy());
  });
}

/** Sends bytes and gives all that comes back until the other side closes; this side never does. */
async function converse(uri: URL, bytes: string | Buffer): Promise<string> {
  const socket = await dial(uri);
  let answer = "";
  return new Promise((resolve) => {
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer));
    socket.on("end", () => socket.end());
    socket.write(bytes);
  });
}

/** A request as a browser sends it, with other headers where given; an undefined one is left out. */
async function send(
  uri: URL,
  {
    method = "GET",
    target,
    headers = {},
  }: { method?: string; target: string; headers?: Record<string, string | undefined> },
): Promise<{ status: number; headers: Headers; body: string; text: string }> {
  const all = { host: uri.host, "sec-fetch-mode": "navigate", ...headers };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  const text = await converse(uri, `${method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  const [head = "", body = ""] = text.split(/\r\n\r\n(.*)/s);
  const [status = "", ...rest] = head.split("\r\n");
  const pairs = rest.map((line) => line.split(/: (.*)/).slice(0, 2) as [string, string]);
  return { status: Number(status.split(" ")[1]), headers: new Headers(pairs), body, text };
}

const callback = (uri: URL, query: string) => ({ target: `${uri.pathname}?${query}` });

/** The login still works after whatever was tried. */
async function expectStillWaiting({ uri, answer, answered }: Scene): Promise<void> {
  expect(answered()).toBe(false);
  expect((await send(uri, callback(uri, right))).status).toBe(303);
  expect((await answer).code.reveal()).toBe("code-4f1c2b7a9d0e8f6a");
}

describe("where it listens", () => {
  it("B01 is reached from this machine only", async () => {
    const scene = await listen();
    const others = Object.values(networkInterfaces()).flatMap((list) =>
      (list ?? [])
        .filter(({ internal, family }) => !internal && family === "IPv4")
        .map(({ address }) => address),
    );
    // Another loopback address answers too when a listener is bound to all addresses.
    for (const hostname of [...others, "127.0.0.2"])
      await expect(dial({ hostname, port: scene.uri.port })).rejects.toThrow();
    await expectStillWaiting(scene);
  });

  it("B02 takes a free port for port 0 and names it", async () => {
    const [one, other] = [await listen(), await listen()];
    expect(Number(one.uri.port)).toBeGreaterThan(0);
    expect(one.uri.port).not.toBe(other.uri.port);
    expect(one.uri.pathname).toBe("/callback/github");
  });

  it("B02 says which port is in use", async () => {
    const { uri } = await listen();
    const second = await listenOnLoopback(uri, {
      clock: new FakeClock(0),
      signal: AbortSignal.abort(),
    });
    expect(second).toEqual({ reason: `port ${uri.port} is in use by another program` });
  });

  it("B03 listens on [::1] where the redirect URI says so", async ({ skip }) => {
    const probe = createServer();
    const hasIPv6 = await new Promise((resolve) => {
      probe.once("error", () => resolve(false)).listen(0, "::1", () => resolve(true));
    });
    probe.close();
    if (!hasIPv6) skip();
    const { uri, answer } = await listen("http://[::1]:0/callback/github");
    const { port } = uri;
    const socket = connect({ host: "::1", port: Number(port) });
    socket.end(`GET ${uri.pathname}?${right} HTTP/1.1\r\nHost: [::1]:${port}\r\n\r\n`);
    expect((await answer).url.hostname).toBe("[::1]");
    await expect(dial({ hostname: "127.0.0.1", port })).rejects.toThrow();
  });

  it.runIf(process.platform === "linux" && process.getuid?.() !== 0)(
    "B04 says why it may not listen",
    async () => {
      const result = await listenOnLoopback(new URL("http://127.0.0.1/callback"), {
        clock: new FakeClock(0),
        signal: AbortSignal.abort(),
      });
      expect(result).toEqual({ reason: "port 80 is not open to this user" });
    },
  );

  it("does not listen for https", async () => {
    const result = await listenOnLoopback(new URL("https://localhost:8000/callback"), {
      clock: new FakeClock(0),
      signal: AbortSignal.abort(),
    });
    expect(result).toEqual({
      reason: "https://localhost:8000 is https, which needs a certificate to listen with",
    });
  });
});

describe("what is not a browser coming back from the provider", () => {
  it.each([
    ["B05 a name that was made to point here", {}, { host: "evil.example" }, 421],
    ["B05 localhost for 127.0.0.1", {}, { host: "localhost" }, 421],
    ["B05 our host without the port", {}, { host: "127.0.0.1" }, 421],
    ["B08 a page's request, which has an origin", {}, { origin: "https://evil.example" }, 403],
    ["B08 a request of an opaque page", {}, { origin: "null" }, 403],
    ["B08 a page's script", {}, { "sec-fetch-mode": "cors" }, 403],
    ["B08 a page's image", {}, { "sec-fetch-mode": "no-cors" }, 403],
    [
      "B08 a web socket",
      {},
      { "sec-fetch-mode": "websocket", upgrade: "websocket", connection: "upgrade" },
      403,
    ],
    ["B09 the icon", { target: "/favicon.ico" }, {}, 404],
    ["B09 the root", { target: "/" }, {}, 404],
    ["B09 robots.txt", { target: "/robots.txt" }, {}, 404],
    ["R17 another path", { target: `/callback/google?${right}` }, {}, 404],
    ["R17 more path", { target: `/callback/github/?${right}` }, {}, 404],
    ["R17 an escaped path", { target: `/%63allback/github?${right}` }, {}, 404],
    [
      "R17 an absolute address",
      { target: `http://evil.example/callback/github?${right}` },
      {},
      404,
    ],
    ["B11 the last page before there is an answer", { target: "/done" }, {}, 404],
    ["B15 POST", { method: "POST" }, {}, 405],
    ["B15 HEAD", { method: "HEAD" }, {}, 405],
    ["B15 OPTIONS", { method: "OPTIONS" }, {}, 405],
    ["B15 PUT", { method: "PUT" }, {}, 405],
    ["B15 DELETE", { method: "DELETE" }, {}, 405],
  ])("%s is refused, unseen, and changes nothing", async (_what, request, headers, status) => {
    const scene = await listen();
    const target = callback(scene.uri, right).target;
    const answer = await send(scene.uri, { target, ...request, headers });
    expect(answer.status).toBe(status);
    if (status === 405) expect(answer.headers.get("allow")).toBe("GET");
    expect(scene.looked).toEqual([]);
    await expectStillWaiting(scene);
  });

  it("B15 a tunnel is closed without an answer", async () => {
    const scene = await listen();
    expect(
      await converse(
        scene.uri,
        `CONNECT evil.example:443 HTTP/1.1\r\nHost: ${scene.uri.host}\r\n\r\n`,
      ),
    ).toBe("");
    await expectStillWaiting(scene);
  });

  it.each([
    ["B21 a TLS greeting", Buffer.from("16030100c8010000c40303", "hex")],
    ["B21 garbage", Buffer.from([0, 255, 254, 13, 10, 13, 10, 7])],
    ["B21 a header without end", `GET / HTTP/1.1\r\nX: ${"x".repeat(70_000)}`],
    [
      "B21 two lengths",
      "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ],
  ])("%s is answered with 400 and cut off", async (_what, bytes) => {
    const scene = await listen();
    expect(await converse(scene.uri, bytes)).toMatch(/^HTTP\/1\.1 400 /);
    await expectStillWaiting(scene);
  });

  it("B21 connections of garbage are cut, although their other ends stay open: there is room for the browser", async () => {
    const scene = await listen();
    for (let count = 0; count < 20; count += 1) {
      const socket = await dial(scene.uri);
      const ended = new Promise((resolve) => socket.once("end", resolve).resume());
      socket.write("garbage\r\n\r\n");
      await ended;
    }
    await expectStillWaiting(scene);
  });

  it("B16 silent and slow connections hold nobody", async () => {
    const scene = await listen();
    const sockets = await Promise.all([dial(scene.uri), dial(scene.uri), dial(scene.uri)]);
    sockets[1]?.write("G");
    sockets[2]?.write(`GET ${scene.uri.pathname}?${right} HTTP/1.1\r\nHost: `);
    await expectStillWaiting(scene);
  });

  it("B19 a body is not read: the connection is cut", async () => {
    const scene = await listen();
    const socket = await dial(scene.uri);
    socket.on("error", () => undefined);
    const cut = new Promise((resolve) => socket.once("close", resolve));
    socket.write(
      `POST ${scene.uri.pathname} HTTP/1.1\r\nHost: ${scene.uri.host}\r\nContent-Length: 1000000000\r\n\r\n`,
    );
    const block = Buffer.alloc(1024 * 1024);
    let sent = 0;
    const pump = (error?: Error | null) => {
      if (error || sent > 900) return;
      sent += 1;
      socket.write(block, pump);
    };
    pump();
    await cut;
    expect(sent).toBeLessThan(100);
    await expectStillWaiting(scene);
  });

  it("B20 more connections than a browser opens are dropped, and it goes on", async () => {
    const scene = await listen();
    const flood = await Promise.all(Array.from({ length: 40 }, () => dial(scene.uri)));
    const dropped = await new Promise<number>((resolve) => {
      let count = 0;
      for (const socket of flood)
        socket.on("end", () => {
          count += 1;
          if (count === 24) resolve(count);
        });
      for (const socket of flood) socket.resume();
    });
    expect(dropped).toBe(24);
    for (const socket of flood) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expectStillWaiting(scene);
  });
});

describe("an answer that is not ours", () => {
  it.each([
    ["B10 a wrong state", forged, "state_mismatch"],
    ["B11 no parameters", "", "state_missing"],
    ["B12 a forged denial without a state", "error=access_denied", "state_missing"],
    ["B12 a forged denial with a wrong state", "error=access_denied&state=wrong", "state_mismatch"],
    ["a token", `${right}&access_token=x`, "token_in_redirect"],
    ["two states", `${right}&state=wrong`, "duplicate_parameter"],
  ])("%s is told, and waiting goes on", async (_what, query, code) => {
    const scene = await listen();
    expect((await send(scene.uri, callback(scene.uri, query))).status).toBe(400);
    expect(scene.foreign.map((failure) => failure.code)).toEqual([code]);
    await expectStillWaiting(scene);
  });

  it("B10 is borne 19 times; the twentieth ends the login", async () => {
    const scene = await listen();
    for (let count = 1; count < 20; count += 1) await send(scene.uri, callback(scene.uri, forged));
    expect(scene.answered()).toBe(false);
    await send(scene.uri, callback(scene.uri, forged));
    await expect(scene.answer).rejects.toMatchObject({ kind: "unsafe", code: "forged_answers" });
    expect(scene.foreign).toHaveLength(19);
  });

  it("is not looked at before the request is out", async () => {
    const receiver = await listenOnLoopback(new URL("http://127.0.0.1:0/callback"), {
      clock: new FakeClock(0),
      signal: AbortSignal.abort(),
    });
    if (!(receiver instanceof LoopbackReceiver)) throw new Error(receiver.reason);
    open.push({ receiver, interrupt: () => undefined });
    const uri = new URL(receiver.redirectUri);
    expect((await send(uri, callback(uri, right))).status).toBe(404);
  });
});

describe("our answer", () => {
  it("B23 leaves the address bar at once", async () => {
    const { uri, answer } = await listen();
    const { status, headers, body } = await send(uri, callback(uri, right));
    expect(status).toBe(303);
    expect(headers.get("location")).toBe("/done");
    expect(body).toBe("");
    expect((await answer).url.href).toBe(`${uri.href}?${right}`);
  });

  it("says that it worked only once the exchange has", async () => {
    const { uri, receiver, answer } = await listen();
    let shown = false;
    const visit = new TestBrowser().open(`${uri.href}?${right}`).then((result) => {
      shown = true;
      return result;
    });
    await answer;
    // Several round trips later the page still waits.
    for (let count = 0; count < 3; count += 1) await send(uri, { target: "/favicon.ico" });
    expect(shown).toBe(false);
    const closed = receiver.close("signed-in");
    const { address, page } = await visit;
    await closed;
    expect(address.href).toBe(`${uri.origin}/done`);
    expect(page?.status).toBe(200);
    expect(page?.html).toContain("You are signed in");
  });

  it("says so when the exchange has failed", async () => {
    const { uri, receiver, answer } = await listen();
    const visit = new TestBrowser().open(`${uri.href}?${right}`);
    await answer;
    await receiver.close("failed");
    expect((await visit).page?.html).toContain("did not succeed");
  });

  it("waits for the browser to fetch the last page", async () => {
    const { uri, receiver, answer } = await listen();
    await send(uri, callback(uri, right));
    await answer;
    const closed = receiver.close("signed-in");
    expect((await send(uri, { target: "/done" })).body).toContain("You are signed in");
    await closed;
    await expect(dial(uri)).rejects.toThrow("ECONNREFUSED");
  });

  it("waits a second for it, no longer, and not at all after Ctrl-C", async () => {
    const [patient, interrupted] = [await listen(), await listen()];
    for (const { uri } of [patient, interrupted]) {
      await send(uri, callback(uri, right));
    }
    const closed = patient.receiver.close("failed");
    expect(await patient.clock.untilSleeping()).toBe(1000);
    await patient.clock.advance(1000);
    await closed;
    interrupted.interrupt();
    await interrupted.receiver.close("failed");
  });

  it("ends the login when it is a denial", async () => {
    const { uri, answer } = await listen();
    const denied = expect(answer).rejects.toMatchObject({ kind: "refused", code: "access_denied" });
    expect((await send(uri, callback(uri, `error=access_denied&state=${state}`))).status).toBe(303);
    await denied;
  });

  it("B13 counts once: of two at the same time one is told that it came late", async () => {
    const { uri, looked, answer } = await listen();
    const answers = await Promise.all([1, 2, 3].map(() => send(uri, callback(uri, right))));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 400, 400]);
    expect(answers.filter(({ body }) => body.includes("Already answered"))).toHaveLength(2);
    expect(looked).toHaveLength(1);
    await answer;
  });

  it("works where the registered path is that of the last page", async () => {
    const { uri, receiver, answer } = await listen("http://127.0.0.1:0/done");
    expect((await send(uri, { target: "/done" })).status).toBe(400);
    const visit = new TestBrowser().open(`${uri.href}?${right}`);
    await answer;
    await receiver.close("signed-in");
    expect((await visit).page?.html).toContain("You are signed in");
  });
});

describe("every page", () => {
  it("B14 B22 has strict headers and nothing of the request in it", async () => {
    const { uri } = await listen();
    const markup = encodeURIComponent(`<script>alert(1)</script></title>"onload="x`);
    const hostile = `error_description=${markup}&state=${markup}&error=${markup}`;
    const answers = [
      await send(uri, callback(uri, hostile)),
      await send(uri, { target: `/${markup}?${hostile}` }),
      await send(uri, {
        ...callback(uri, hostile),
        headers: { host: "<script>alert(1)</script>" },
      }),
      await send(uri, {
        ...callback(uri, hostile),
        headers: { origin: "<script>alert(1)</script>" },
      }),
      await send(uri, { ...callback(uri, hostile), method: "POST" }),
      await send(uri, callback(uri, `error=${markup}&error_description=${markup}&state=${state}`)),
      await send(uri, callback(uri, right)),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 404, 421, 403, 405, 303, 400]);
    for (const { text, headers, status } of answers) {
      expect(text).not.toMatch(/alert|onload|script>/);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
      expect(headers.get("connection")).toBe("close");
      expect(headers.get("set-cookie")).toBeNull();
      if (status === 303) continue;
      expect(headers.get("content-security-policy")).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; form-action 'none'; base-uri 'none'; frame-ancestors 'none'$/,
      );
    }
  });
});

describe("closing", () => {
  it("B17 B24 B25 frees the port at once, whoever is still connected", async () => {
    const { uri, receiver } = await listen();
    const idle = await dial(uri);
    const keepAlive = await dial(uri);
    const gone = [idle, keepAlive].map(
      (socket) =>
        new Promise((resolve) => {
          socket.on("error", () => undefined).once("close", resolve);
          socket.once("end", () => socket.end()).resume();
        }),
    );
    keepAlive.write(`GET /favicon.ico HTTP/1.1\r\nHost: ${uri.host}\r\nConnection: keep-alive\r\n`);
    await receiver.close("failed");
    await Promise.all(gone);
    await expect(dial(uri)).rejects.toThrow("ECONNREFUSED");
    const next = createServer();
    await new Promise<void>((resolve) => next.listen(Number(uri.port), "127.0.0.1", resolve));
    expect((next.address() as AddressInfo).port).toBe(Number(uri.port));
    next.close();
  });
});
