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
function tap(response: Response, exchange: Exchange): Response {
  if (response.body === null || withoutBody.has(response.status)) return response;
  const decoder = new TextDecoder();
  const copy = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      if (exchange.responseBody.length < bodyCapChars)
        exchange.responseBody += decoder.decode(chunk, { stream: true });
      controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers, url } = response;
  const tapped = new Response(response.body.pipeThrough(copy), { status, statusText, headers });
  return Object.defineProperty(tapped, "url", { value: url });
}

/** A fetch that writes each exchange to the given list before it returns. */
export function recordFetch(exchanges: Exchange[]): typeof globalThis.fetch {
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
    return tap(response, exchange);
  };
}
