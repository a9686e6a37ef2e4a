// One request whose answer is read as it comes: for an API, whose answers may be larger than memory. Follows no redirect.
import type { Context } from "../context.ts";
import { explainFailure } from "./connection-failure.ts";
import { checkedUrl, refuseUncheckedTls, timedOut } from "./fetch.ts";

/** An answer whose body has not been read. */
export interface StreamedAnswer {
  readonly response: Response;
  /** The body, once; each piece is waited for as long as the answer was. Ending early closes the connection. */
  readonly body: AsyncGenerator<Uint8Array, void, void>;
}

/** Sends a request to an https address (http on this machine only). `timeoutSeconds` bounds the wait for the answer and for each piece of it. Throws OAuthLabErrors only. */
export async function fetchStream(
  address: URL,
  init: RequestInit,
  { timeoutSeconds, context }: { readonly timeoutSeconds: number; readonly context: Context },
): Promise<StreamedAnswer> {
  refuseUncheckedTls(context.env);
  const url = checkedUrl(address);
  const limit = new AbortController();
  const signal = AbortSignal.any([context.signal, limit.signal]);
  const inTime = async <T>(work: Promise<T>): Promise<T> => {
    const done = new AbortController();
    const timeout = context.clock
      .sleep(timeoutSeconds * 1000, done.signal)
      .then(() => limit.abort(timedOut(url, timeoutSeconds)))
      .catch(() => {});
    try {
      return await work;
    } catch (error) {
      throw explainFailure(error, { url, reason: context.signal.reason ?? limit.signal.reason });
    } finally {
      done.abort();
      await timeout;
    }
  };
  const sent = context.fetch(url.href, { ...init, redirect: "manual", signal });
  const response = await inTime(sent);
  return { response, body: readPieces(response, inTime) };
}

async function* readPieces(
  { body }: Response,
  inTime: <T>(work: Promise<T>) => Promise<T>,
): AsyncGenerator<Uint8Array, void, void> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read());
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
