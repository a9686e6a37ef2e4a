// The rules that every request goes by, whoever sends it.
import { describe, expect, it } from "vitest";
import { guardFetch, maxAnswerBytes } from "../../src/http/fetch.ts";
import {
  createTestContext,
  type TestContext,
  type TestContextOptions,
} from "../support/context.ts";
import { startFaultServer } from "../support/fault-server.ts";
import { type FaultName, rawAnswer } from "../support/faults.ts";
import { type Answer, startProviderServer } from "../support/provider-server.ts";

async function start(options: TestContextOptions = {}) {
  const context = await createTestContext(options);
  return { context, fetch: guardFetch({ timeoutSeconds: 30 }, context) };
}

/** A server on which `/hop` leads on as the answers say, `/end` being the goal. */
function startHops(answers: Readonly<Record<string, Answer>>) {
  const routes = Object.entries({ ...answers, "/end": { body: { reached: true } } }).map(
    ([path, answer]) => [`GET ${path}`, { name: path, respond: () => answer }] as const,
  );
  return startProviderServer(() => Object.fromEntries(routes));
}
const to = (location: string, status = 301): Answer => ({ status, headers: { location } });

describe("R30 a redirect", () => {
  it("of a plain GET is followed within its origin", async () => {
    const { fetch } = await start();
    const server = await startHops({ "/1": to("/2", 308), "/2": to("3", 302), "/3": to("/end") });
    const response = await fetch(`${server.url}/1`);
    expect(await response.json()).toEqual({ reached: true });
  });

  it("is followed three times at most", async () => {
    const { fetch } = await start();
    const server = await startHops({ "/1": to("/1") });
    await expect(fetch(`${server.url}/1`)).rejects.toMatchObject({ code: "redirect_refused" });
    expect(server.requests).toHaveLength(4);
  });

  it.each([
    "https://evil.example/",
    "//evil.example/",
    "http://localhost:1/",
    "http://[",
    "ftp://x/",
  ])("to %s is refused", async (location) => {
    const { fetch } = await start();
    const server = await startHops({ "/1": to(location) });
    await expect(fetch(`${server.url}/1`)).rejects.toMatchObject({
      kind: "unsafe",
      code: "redirect_refused",
    });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ["a POST", { method: "POST", body: "secret=1" }],
    ["a GET with a token", { headers: { Authorization: "Bearer guarded-token" } }],
  ])("of %s is not followed, not even within its origin", async (_what, init) => {
    const { fetch } = await start();
    const fault = rawAnswer({ status: "307 Temporary Redirect", headers: ["location: /end"] });
    const server = await startFaultServer(fault);
    await expect(fetch(`${server.url}/1`, init)).rejects.toMatchObject({
      code: "redirect_refused",
    });
    expect(server.requests).toHaveLength(1);
  });

  it("without a location is an answer like any other", async () => {
    const { fetch } = await start();
    const server = await startHops({ "/1": { status: 304 } });
    expect((await fetch(`${server.url}/1`)).status).toBe(304);
  });
});

describe("an address", () => {
  it.each([
    "http://example.com/",
    "http://127.0.0.1.evil.example/",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
  ])("F03 %s gets nothing", async (address) => {
    const { fetch, context } = await start();
    await expect(fetch(address)).rejects.toMatchObject({ kind: "unsafe", code: "not_https" });
    expect(context.exchanges).toEqual([]);
  });
});

describe("D14 the size of an answer", () => {
  it("may be a mebibyte, and no byte more", async () => {
    const { fetch } = await start();
    const [fits, tooLarge] = await Promise.all(
      [maxAnswerBytes, maxAnswerBytes + 1].map((size) =>
        startFaultServer(rawAnswer({ body: "x".repeat(size) })),
      ),
    );
    expect((await (await fetch(fits?.url ?? "")).text()).length).toBe(maxAnswerBytes);
    await expect(fetch(tooLarge?.url ?? "")).rejects.toMatchObject({
      kind: "protocol",
      code: "answer_too_large",
    });
  });

  it.each<FaultName>(["huge-body", "endless-chunks", "gzip-bomb"])(
    "is not waited for: %s",
    async (fault) => {
      const { fetch } = await start();
      const server = await startFaultServer(fault);
      await expect(fetch(server.url)).rejects.toMatchObject({ code: "answer_too_large" });
      await server.untilDropped();
    },
  );
});

describe("the time of an exchange", () => {
  it("leaves no timer behind once it is over", async () => {
    const { fetch, context } = await start();
    const server = await startFaultServer("json-empty-object");
    await fetch(server.url);
    let slept = 0;
    void context.clock.untilSleeping().then(() => {
      slept += 1;
    });
    await context.clock.advance(60_000);
    expect(slept).toBe(0);
  });

  it("ends with the run", async () => {
    const { fetch, context } = await start();
    const server = await startFaultServer("no-answer");
    const request = fetch(server.url);
    await server.untilRequests(1);
    context.interrupt();
    await expect(request).rejects.toMatchObject({ kind: "interrupted" });
    await server.untilDropped();
  });
});

/** What Node's fetch throws: a TypeError whose cause has the code. */
function failing(context: TestContext, code: string): TestContext {
  const error = new TypeError("fetch failed: the-secret-in-the-error", {
    cause: Object.assign(new Error("the-secret-in-the-error"), { code }),
  });
  return Object.assign(context, { fetch: () => Promise.reject(error) });
}

describe("D16, D17 a connection that fails", () => {
  it.each([
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "unsafe", "tls_failed"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "unsafe", "tls_failed"],
    ["CERT_HAS_EXPIRED", "unsafe", "tls_failed"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "unsafe", "tls_failed"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unsafe", "tls_failed"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unsafe", "tls_failed"],
    ["ERR_SSL_UNSUPPORTED_PROTOCOL", "unsafe", "tls_failed"],
    ["ENOTFOUND", "unavailable", "network"],
    ["ECONNREFUSED", "unavailable", "network"],
    ["EHOSTUNREACH", "unavailable", "network"],
    ["UND_ERR_CONNECT_TIMEOUT", "unavailable", "network"],
    ["HPE_INVALID_CONSTANT", "protocol", "not_http"],
  ])("with %s is %s", async (code, kind, ours) => {
    const context = failing(await createTestContext(), code);
    const fetch = guardFetch({ timeoutSeconds: 30 }, context);
    const failure = await fetch("https://as.example/token").catch((error) => error);
    expect(failure).toMatchObject({ kind, code: ours });
    expect(failure.message).toContain("as.example");
    expect(failure.message).toContain(code);
    expect(`${failure.message} ${failure.hint}`).not.toMatch(/the-secret|REJECT_UNAUTHORIZED/);
    if (kind === "unsafe") expect(failure.hint).toContain("NODE_EXTRA_CA_CERTS");
  });

  it("R29, I14 is not even tried where certificates are not checked", async () => {
    await expect(start({ env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" } })).rejects.toMatchObject({
      kind: "unsafe",
      code: "tls_unchecked",
    });
  });
});
