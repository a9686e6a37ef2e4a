import { expect, it } from "vitest";
import { startFaultServer } from "./fault-server.ts";
import type { FaultName } from "./faults.ts";

const post = (url: string, init: RequestInit = {}) =>
  fetch(url, { method: "POST", body: "secret=1", redirect: "manual", ...init });

it.each<[FaultName, number, RegExp]>([
  ["html-502", 502, /nginx/],
  ["empty-200", 200, /^$/],
  ["no-content-204", 204, /^$/],
  ["cut-json", 200, /^\{"access_token":"[\w-]+$/],
  ["json-array", 200, /^\[\]$/],
  ["too-many-requests", 429, /rate_limited/],
  ["invalid-client-challenge", 401, /invalid_client/],
  ["form-encoded", 200, /^access_token=/],
  ["duplicate-keys", 200, /first-access.*fault-access/],
  ["early-hints", 200, /fault-access-token/],
  ["trailers", 200, /fault-access-token/],
  ["drips", 200, /x/],
])("%s", async (name, status, body) => {
  const server = await startFaultServer(name);
  const answer = await post(server.url);
  expect(answer.status).toBe(status);
  if (name === "drips") return answer.body?.cancel();
  expect(await answer.text()).toMatch(body);
  expect(server.requests[0]).toMatchObject({ method: "POST", path: "/", body: "secret=1" });
});

it.each<FaultName>([
  "reset-on-connect",
  "reset-after-request",
  "closed-after-request",
  "bad-chunk-size",
  "continue-100",
  "two-lengths",
  "huge-header",
  "not-http",
  "closed-in-body",
])("%s breaks the exchange", async (name) => {
  const { url } = await startFaultServer(name);
  await expect(post(url).then((answer) => answer.text())).rejects.toThrow();
});

it.each<FaultName>(["no-answer", "stalls-after-headers"])("%s waits for ever", async (name) => {
  const server = await startFaultServer(name);
  const abort = new AbortController();
  const answer = post(server.url, { signal: abort.signal }).then((response) => response.text());
  await server.untilRequests(1);
  abort.abort(new Error("given up"));
  await expect(answer).rejects.toThrow("given up");
  await server.untilDropped();
});

it.each<FaultName>(["huge-body", "endless-chunks", "gzip-bomb"])(
  "%s gives more than a megabyte",
  async (name) => {
    const server = await startFaultServer(name);
    let bytes = 0;
    for await (const chunk of (await post(server.url)).body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > 1024 * 1024) break;
    }
    expect(bytes).toBeGreaterThan(1024 * 1024);
    await server.untilDropped();
  },
);

it("records what a followed redirect carries to another origin", async () => {
  const server = await startFaultServer("redirect-307-elsewhere");
  await post(server.url);
  expect(server.elsewhereRequests).toEqual([]);
  await post(server.url, { redirect: "follow" });
  expect(server.elsewhereRequests[0]?.body).toBe("secret=1");
});
