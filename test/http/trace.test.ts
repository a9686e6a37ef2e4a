import { expect, test } from "vitest";
import type { Context } from "../../src/context.ts";
import { type HttpExchange, recordExchanges } from "../../src/http/trace.ts";
import { FakeClock } from "../support/fake-clock.ts";

function record(fetch: () => Promise<Response>) {
  const exchanges: HttpExchange[] = [];
  const clock = new FakeClock(1000);
  const context = { fetch: fetch as Context["fetch"], clock };
  return { exchanges, recorder: recordExchanges(context, (exchange) => exchanges.push(exchange)) };
}

const request = { method: "POST", headers: { accept: "text/plain" }, body: "a=b" };

test("hands an exchange over when its answer has been read, and changes nothing of it", async () => {
  const { exchanges, recorder } = record(async () => {
    return new Response("hello", { status: 201, headers: { "x-one": "1" } });
  });
  const answer = await recorder.fetch("https://a.example/x?y=z", request);
  expect(exchanges).toEqual([]);
  expect([answer.status, answer.headers.get("x-one"), await answer.text()]).toEqual([
    201,
    "1",
    "hello",
  ]);
  expect(exchanges).toEqual([
    {
      kind: "http",
      method: "POST",
      url: "https://a.example/x?y=z",
      requestHeaders: { accept: "text/plain" },
      requestBody: "a=b",
      status: 201,
      responseHeaders: expect.objectContaining({ "x-one": "1" }),
      responseBody: "hello",
      startedAt: 1000,
      milliseconds: 0,
    },
  ]);
});

test("hands over a request that got no answer, and lets its failure pass", async () => {
  const failure = new TypeError("fetch failed");
  const { exchanges, recorder } = record(() => Promise.reject(failure));
  await expect(recorder.fetch("https://a.example/")).rejects.toBe(failure);
  expect(exchanges).toHaveLength(1);
  expect(exchanges[0]).not.toHaveProperty("status");
});

test("tells the whole length of an answer of which it keeps the beginning, and of no other", async () => {
  for (const [bytes, whole] of [
    [64 * 1024, undefined],
    [64 * 1024 + 1, 64 * 1024 + 1],
    [300_000, 300_000],
  ] as const) {
    const { exchanges, recorder } = record(async () => new Response("a".repeat(bytes)));
    await (await recorder.fetch("https://a.example/")).text();
    expect(exchanges[0]?.responseBody).toHaveLength(64 * 1024);
    expect(exchanges[0]?.wholeResponseChars).toBe(whole);
  }
});

test("keeps a part of a body without end, and hands it over when the run ends", async () => {
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(50_000).fill(97)),
  });
  const { exchanges, recorder } = record(async () => new Response(endless));
  const answer = await recorder.fetch("https://a.example/");
  const reader = answer.body?.getReader();
  for (let chunk = 0; chunk < 4; chunk += 1) await reader?.read();
  recorder.finish();
  recorder.finish();
  expect(exchanges).toHaveLength(1);
  expect(exchanges[0]?.responseBody).toHaveLength(64 * 1024);
  expect(exchanges[0]?.wholeResponseChars).toBe(4 * 50_000);
  await reader?.cancel();
});

test("hands over an answer that broke off, or that nobody reads on", async () => {
  const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) });
  const unread = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1)),
  });
  for (const body of [broken, unread]) {
    const { exchanges, recorder } = record(async () => new Response(body));
    const answer = await recorder.fetch("https://a.example/");
    if (body === broken) await expect(answer.text()).rejects.toThrow("reset");
    else await answer.body?.cancel();
    expect(exchanges).toHaveLength(1);
  }
});

test("hands over an answer without a body at once", async () => {
  const { exchanges, recorder } = record(async () => new Response(null, { status: 204 }));
  await recorder.fetch("https://a.example/");
  expect(exchanges[0]?.status).toBe(204);
});
