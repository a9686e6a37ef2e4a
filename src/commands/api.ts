// api: calls the provider's API with a valid access token and streams the body to stdout. The token goes to the origins of its sign-in only.
import type { Context } from "../context.ts";
import { type Credential, isRenewable } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import type { BoundSender } from "../flow/bound-request.ts";
import { printableToken } from "../flow/tokens.ts";
import { fetchStream, type StreamedAnswer } from "../http/stream.ts";
import { escapeLines, sanitise } from "../terminal/sanitise.ts";
import { answerFailure, findNextPage } from "./api-answer.ts";
import { type ApiOptions, type ApiRequest, checkOrigin, readRequest } from "./api-request.ts";
import { withProvider } from "./connection.ts";
import { refreshKey } from "./fresh-credential.ts";
import { keyOf, openSession, type Session } from "./session.ts";

export type { ApiOptions };

const minTtlSeconds = 10;
const maxRedirects = 3;

/** Prints the body of the answer, also of one that tells a failure, and then throws that: 401 as `login-required`, 429 and 5xx as `unavailable`, else `refused`. */
export async function api(
  { name, path }: { readonly name: string; readonly path: string },
  options: ApiOptions,
  context: Context,
): Promise<void> {
  const session = await openSession(options, context);
  await withProvider(name, session, async ({ provider }) => {
    const request = await readRequest(path, options, { provider, context });
    const key = keyOf(provider, session);
    const need = { force: false, minTtlSeconds, rotation: options };
    const first = await refreshKey(key, need, session);
    const caller = new Caller({ session, request, credential: first.credential });
    // A token that was refreshed just now is not refused for its age.
    caller.mayRefresh = first.outcome === "already-fresh" && isRenewable(first.credential);
    for (let url: URL | undefined = request.url; url; ) {
      const answer = await caller.call(url);
      await print(answer, options, context);
      if (!answer.response.ok) throw answerFailure(answer.response, url);
      url = options.paginate ? findNextPage(answer.response, url) : undefined;
    }
  });
}

/** Sends the request to one address after the other, with one credential. */
class Caller {
  readonly #session: Session;
  readonly #request: ApiRequest;
  #credential: Credential;
  #boundSender: Promise<BoundSender | undefined> | undefined;
  mayRefresh = false;

  constructor(parts: { session: Session; request: ApiRequest; credential: Credential }) {
    this.#session = parts.session;
    this.#request = parts.request;
    this.#credential = parts.credential;
  }

  /** The answer, after one refresh where the token was refused, and behind a few redirects within the origin. */
  async call(address: URL): Promise<StreamedAnswer> {
    let url = address;
    for (let hop = 0; ; ) {
      const answer = await this.#send(url);
      const { status, headers } = answer.response;
      if (status === 401 && this.mayRefresh) {
        this.mayRefresh = false;
        await answer.body.return();
        const need = { force: true, minTtlSeconds: 0, seen: this.#credential };
        this.#credential = (await refreshKey(this.#credential, need, this.#session)).credential;
        continue;
      }
      const location = status >= 300 && status < 400 ? headers.get("location") : null;
      if (location === null) return answer;
      await answer.body.return();
      hop += 1;
      url = this.#redirect({ from: url, location, hop });
    }
  }

  async #send(url: URL): Promise<StreamedAnswer> {
    checkOrigin(url, this.#credential);
    const { method, body: bytes } = this.#request;
    const body = bytes && { body: new Uint8Array(bytes) };
    const headers = new Headers(this.#request.headers);
    const { context, options } = this.#session;
    const send = (complete: Headers): Promise<StreamedAnswer> => {
      const init = { method, headers: complete, ...body };
      return fetchStream(url, init, { timeoutSeconds: options.timeout, context });
    };
    const token = printableToken(this.#credential);
    const boundSender = await this.#openBoundSender();
    if (boundSender) {
      return boundSender({ url, method, headers, ...body, accessToken: token }, send);
    }
    headers.set("authorization", `Bearer ${token}`);
    return send(headers);
  }

  /** A refresh changes the token, not the key that it is bound to. */
  async #openBoundSender(): Promise<BoundSender | undefined> {
    if (this.#credential.proofKey === undefined) return undefined;
    const { openBoundSender } = await import("../flow/bound-request.ts");
    this.#boundSender ??= openBoundSender(this.#credential);
    return this.#boundSender;
  }

  #redirect({ from, location, hop }: { from: URL; location: string; hop: number }): URL {
    const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    const { method } = this.#request;
    const harmless = method === "GET" || method === "HEAD";
    if (to !== undefined && harmless && to.origin === from.origin && hop <= maxRedirects) return to;
    throw new OAuthLabError({
      kind: "unsafe",
      code: "redirect_refused",
      message: `${from.host} answered with a redirect${to ? ` to ${sanitise(to.host, 200)}` : ""}, which is not followed.`,
      hint: "The token goes only where it was meant to go. Ask for the new address itself.",
    });
  }
}

async function print(
  { response, body }: StreamedAnswer,
  { include, paginate }: ApiOptions,
  context: Context,
): Promise<void> {
  const { stdout } = context;
  const forTerminal = new TextDecoder();
  const write = async (bytes: Uint8Array): Promise<void> => {
    if (stdout.isTTY) stdout.write(escapeLines(forTerminal.decode(bytes, { stream: true })));
    else await stdout.writeBytes(bytes);
  };
  if (include) await write(Buffer.from(headOf(response)));
  let last: number | undefined;
  for await (const piece of body) {
    last = piece.at(-1) ?? last;
    await write(piece);
  }
  const lineOpen = last !== undefined && last !== 0x0a;
  if (lineOpen && (stdout.isTTY || paginate)) await write(Buffer.from("\n"));
}

function headOf({ status, statusText, headers }: Response): string {
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`);
  return [`HTTP ${status} ${statusText}`.trim(), ...lines, "", ""].join("\n");
}
