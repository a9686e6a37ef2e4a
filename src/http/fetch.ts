// The one door to the network: https (http only on this machine), no redirect with a secret, capped bytes, bounded time.
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { isLoopback } from "../providers/provider.ts";
import { explainFailure } from "./connection-failure.ts";

/** The most that is read of any answer, after decompression. */
export const maxAnswerBytes = 1024 * 1024;
const maxRedirects = 3;

export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** A fetch that holds to the rules of this file; `timeoutSeconds` bounds the whole exchange, body included. All its failures are OAuthLabErrors. */
export function guardFetch(
  { timeoutSeconds }: { readonly timeoutSeconds: number },
  context: Context,
): Fetch {
  refuseUncheckedTls(context.env);
  return async (address, init = {}) => {
    const url = checkedUrl(address);
    const limit = new AbortController();
    const done = new AbortController();
    const timeout = context.clock
      .sleep(timeoutSeconds * 1000, done.signal)
      .then(() => limit.abort(timedOut(url, timeoutSeconds)))
      .catch(() => {});
    const signals = [context.signal, limit.signal, ...(init.signal ? [init.signal] : [])];
    try {
      return await exchange(url, { ...init, signal: AbortSignal.any(signals) }, context);
    } catch (error) {
      throw explainFailure(error, { url, reason: context.signal.reason ?? limit.signal.reason });
    } finally {
      done.abort();
      await timeout;
    }
  };
}

/** Sends the request and reads the whole answer. A GET without a secret may be redirected within its origin. */
async function exchange(url: URL, init: RequestInit, context: Context): Promise<Response> {
  let target = url;
  for (let hop = 0; ; hop += 1) {
    const response = await context.fetch(target.href, { ...init, redirect: "manual" });
    const location =
      response.status >= 300 && response.status < 400 ? response.headers.get("location") : null;
    if (location === null) return readCapped(response, target);
    await response.body?.cancel();
    target = redirectTarget({ from: target, location, init, hop });
  }
}

function redirectTarget(step: {
  from: URL;
  location: string;
  init: RequestInit;
  hop: number;
}): URL {
  const { from, location, init, hop } = step;
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const bare = (init.method ?? "GET") === "GET" && !new Headers(init.headers).has("authorization");
  if (to === undefined || !bare || to.origin !== from.origin || hop >= maxRedirects) {
    throw new OAuthLabError({
      kind: "unsafe",
      code: "redirect_refused",
      message: `${from.host} answered with a redirect${to ? ` to ${to.host}` : ""}, which is not followed.`,
      hint: "A request that carries a secret goes only where it was meant to go. Check the endpoint's address.",
    });
  }
  return to;
}

async function readCapped(response: Response, url: URL): Promise<Response> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxAnswerBytes) {
      throw new OAuthLabError({
        kind: "protocol",
        code: "answer_too_large",
        message: `The answer of ${url.host} is larger than 1 MiB and was not read on.`,
        hint: "Check that the address is that of an OAuth endpoint.",
      });
    }
    chunks.push(chunk);
  }
  const headers = new Headers(response.headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  const empty = [101, 204, 205, 304].includes(response.status);
  return new Response(empty ? null : Buffer.concat(chunks), {
    status: response.status,
    statusText: response.statusText,
    headers,
  });
}

/** The address as a URL. Throws `unsafe` for plain http to another machine. */
export function checkedUrl(address: string | URL): URL {
  const url = new URL(address);
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url))) return url;
  throw new OAuthLabError({
    kind: "unsafe",
    code: "not_https",
    message: `${url.protocol}//${url.host} is not https, so nothing was sent there.`,
    hint: "http is used only on 127.0.0.1.",
  });
}

/** Throws `unsafe` where certificates would not be checked. */
export function refuseUncheckedTls(env: Context["env"]): void {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED !== "0") return;
  throw new OAuthLabError({
    kind: "unsafe",
    code: "tls_unchecked",
    message: "NODE_TLS_REJECT_UNAUTHORIZED=0 switches certificate checks off, so nothing was sent.",
    hint: "Unset it. For a private certificate authority set NODE_EXTRA_CA_CERTS to its file.",
  });
}

/** The failure where a server takes longer than it may. */
export function timedOut(url: URL, seconds: number): OAuthLabError {
  return new OAuthLabError({
    kind: "unavailable",
    code: "timeout",
    message: `${url.host} did not answer within ${seconds} seconds.`,
    hint: "Try again; --timeout gives it longer.",
  });
}
