// The rules that every request goes by, whoever sends it.
import { describe, expect, it } from "vitest";
import type { OAuthLabError } from "../../src/errors.ts";
import { guardFetch, maxAnswerBytes } from "../../src/http/fetch.ts";
import { createTestContext, type TestContextOptions } from "../support/context.ts";
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

/** What a system call or a library fails with. */
function failure(parts: { readonly code: string; readonly syscall?: string }): Error {
  return Object.assign(new Error("the-secret-in-the-error"), parts);
}

/** What our fetch makes of Node's: a TypeError whose cause tells more. */
async function explained(cause: Error): Promise<OAuthLabError> {
  const context = await createTestContext();
  const error = new TypeError("fetch failed: the-secret-in-the-error", { cause });
  Object.assign(context, { fetch: () => Promise.reject(error) });
  const fetch = guardFetch({ timeoutSeconds: 30 }, context);
  return fetch("https://as.example/token").then(
    () => {
      throw new Error("did not fail");
    },
    (ours) => ours,
  );
}

describe("D16, D17 a connection that fails", () => {
  it.each([
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "unsafe", "tls_failed", "NODE_EXTRA_CA_CERTS"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "unsafe", "tls_failed", "NODE_EXTRA_CA_CERTS"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unsafe", "tls_failed", "NODE_EXTRA_CA_CERTS"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unsafe", "tls_failed", "NODE_EXTRA_CA_CERTS"],
    ["CERT_HAS_EXPIRED", "unsafe", "tls_failed", "clock"],
    ["CERT_NOT_YET_VALID", "unsafe", "tls_failed", "clock"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "unsafe", "tls_failed", "address"],
    ["ERR_SSL_UNSUPPORTED_PROTOCOL", "unsafe", "tls_failed", "TLS 1.2"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "unsafe", "tls_failed", "port"],
    ["ECONNRESET", "unavailable", "network", "network"],
    ["UND_ERR_SOCKET", "unavailable", "network", "network"],
    ["UND_ERR_CONNECT_TIMEOUT", "unavailable", "unreachable", "network"],
    ["HPE_INVALID_CONSTANT", "protocol", "not_http", "address"],
  ])("with %s is %s", async (code, kind, ours, hint) => {
    const explanation = await explained(failure({ code }));
    expect(explanation).toMatchObject({ kind, code: ours });
    expect(explanation.message).toContain("as.example");
    expect(explanation.message).toContain(code);
    expect(explanation.hint).toContain(hint);
    const text = `${explanation.message} ${explanation.hint}`;
    expect(text).not.toMatch(/the-secret|REJECT_UNAUTHORIZED/);
  });

  it.each([
    ["connect", "ECONNREFUSED"],
    ["connect", "EHOSTUNREACH"],
    ["connect", "ETIMEDOUT"],
    ["getaddrinfo", "ENOTFOUND"],
    ["getaddrinfo", "EAI_AGAIN"],
  ])("H08 before a byte was sent may be tried once more: %s %s", async (syscall, code) => {
    const failed = failure({ syscall, code });
    for (const cause of [failed, new AggregateError([failed, failed])]) {
      expect(await explained(cause)).toMatchObject({ code: "unreachable", repeat: { times: 1 } });
    }
  });

  it.each([
    ["read", "ECONNRESET"],
    ["write", "EPIPE"],
    ["read", "ETIMEDOUT"],
  ])("H08 once bytes may have gone is never tried again: %s %s", async (syscall, code) => {
    const explanation = await explained(failure({ syscall, code }));
    expect(explanation).toMatchObject({ kind: "unavailable", code: "network" });
    expect(explanation.repeat).toBeUndefined();
  });

  it("R29, I14 is not even tried where certificates are not checked", async () => {
    await expect(start({ env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" } })).rejects.toMatchObject({
      kind: "unsafe",
      code: "tls_unchecked",
    });
  });
});
