// The real fetch, with each request and answer kept for the leak check and for tests to look at.

/** One request and what came back. Bodies are text, cut at the cap. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly requestBody: string;
  /** Undefined when no answer came. */
  status?: number;
  responseHeaders: Readonly<Record<string, string>>;
  responseBody: string;
}

const bodyCapChars = 256 * 1024;
const withoutBody = new Set([204, 205, 304]);

/** Passes an answer on and copies what is read of it, without reading ahead of its reader. */
function tap(
  response: Response,
  { exchange, headers }: { exchange: Exchange; headers: Headers },
): Response {
  if (response.body === null || withoutBody.has(response.status)) return response;
  const decoder = new TextDecoder();
  const copy = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      if (exchange.responseBody.length < bodyCapChars)
        exchange.responseBody += decoder.decode(chunk, { stream: true });
      controller.enqueue(chunk);
    },
  });
  const { status, statusText, url } = response;
  const tapped = new Response(response.body.pipeThrough(copy), { status, statusText, headers });
  return Object.defineProperty(tapped, "url", { value: url });
}

/** A server's Date told by the test's clock, as if the server lived by it too: what it is off by stays as it is. */
function dateByTestClock(headers: Headers, now: number): Headers {
  const date = Date.parse(headers.get("date") ?? "");
  const wholeMinutes = Math.round((now - Date.now()) / 60_000) * 60_000;
  if (!Number.isNaN(date)) headers.set("date", new Date(date + wholeMinutes).toUTCString());
  return headers;
}

/** A fetch that writes each exchange to the given list before it returns. `now` is the test's clock, in milliseconds since 1970. */
export function recordFetch(exchanges: Exchange[], now: () => number): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input instanceof Request ? input.clone() : input, init);
    const exchange: Exchange = {
      method: request.method,
      url: request.url,
      requestHeaders: Object.fromEntries(request.headers),
      requestBody: request.body === null ? "" : await request.clone().text(),
      responseHeaders: {},
      responseBody: "",
    };
    exchanges.push(exchange);
    const response = await fetch(input, init);
    exchange.status = response.status;
    exchange.responseHeaders = Object.fromEntries(response.headers);
    return tap(response, {
      exchange,
      headers: dateByTestClock(new Headers(response.headers), now()),
    });
  };
}
