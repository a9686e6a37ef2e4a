// Receives the redirect by listening on this machine (RFC 8252 §7.3, §8.3). Whatever is not our answer is refused and changes nothing.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { type Page, quietHeaders, renderPage } from "../http/page.ts";
import * as pages from "./loopback-pages.ts";
import type { Verdict, VerifiedRedirect } from "./redirect.ts";

/** A forged answer costs nothing to send; so many of them are an attack, not a mistake. */
const maxForeignAnswers = 20;
const donePath = "/done";
/** How long the browser may take to fetch the last page once the login is over. */
const lastPageMilliseconds = 1000;

/** How the login ended, for the page that the user sees. */
export type Outcome = "signed-in" | "failed";

/** Why there is no listener. */
export interface NotListening {
  readonly reason: string;
}

/** What the listener tells about answers that were not ours. */
export interface Listeners {
  readonly verify: (address: string) => Verdict;
  readonly onForeign: (failure: OAuthLabError) => void;
}

/** Listens where the redirect URI points. Port 0 takes a free one. Never throws: where it cannot listen, it says why. */
export async function listenOnLoopback(
  redirectUri: URL,
  context: Pick<Context, "clock" | "signal">,
): Promise<LoopbackReceiver | NotListening> {
  if (redirectUri.protocol !== "http:") {
    return { reason: `${redirectUri.origin} is https, which needs a certificate to listen with` };
  }
  const server = createServer({
    headersTimeout: 5000,
    requestTimeout: 5000,
    connectionsCheckingInterval: 1000,
    maxHeaderSize: 64 * 1024,
  });
  server.maxConnections = 16;
  try {
    await listen(server, redirectUri);
  } catch (error) {
    return { reason: whyNot(error, redirectUri) };
  }
  const uri = new URL(redirectUri);
  uri.port = String((server.address() as AddressInfo).port);
  return new LoopbackReceiver(server, { uri, context });
}

function listen(server: Server, { hostname, port }: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    // A later error is of one connection, whose browser sees it too.
    server.on("error", reject);
    server.listen(
      { host: hostname === "[::1]" ? "::1" : "127.0.0.1", port: Number(port || defaultPort) },
      resolve,
    );
  });
}

/** The one that a URL with http does not name. */
const defaultPort = "80";

function whyNot(error: unknown, { port }: URL): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
  const name = `port ${port || defaultPort}`;
  if (code === "EADDRINUSE") return `${name} is in use by another program`;
  if (code === "EACCES") return `${name} is not open to this user`;
  return `listening on ${name} failed (${code})`;
}

/** A listener bound to its port. The redirect URI to send names that port. */
export class LoopbackReceiver {
  readonly #server: Server;
  readonly #uri: URL;
  readonly #context: Pick<Context, "clock" | "signal">;
  /** Until receive() is called no request is out that could be answered. */
  #judge: ((address: string) => Page | undefined) | undefined;
  #answered = false;
  readonly #outcome: Promise<Outcome>;
  #settle: (outcome: Outcome) => void = () => {};
  readonly #lastPageShown = new AbortController();

  constructor(
    server: Server,
    { uri, context }: { uri: URL; context: Pick<Context, "clock" | "signal"> },
  ) {
    this.#server = server;
    this.#uri = uri;
    this.#context = context;
    this.#outcome = new Promise((resolve) => {
      this.#settle = resolve;
    });
    server.on("request", (request, response) => this.#handle(request, response));
    server.on("clientError", (_error, socket) => {
      socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", () => socket.destroy());
    });
  }

  /** The redirect URI with the port that was bound, exactly as it has to be sent. */
  get redirectUri(): string {
    return this.#uri.href;
  }

  /** Resolves with the first answer that is ours; rejects when it is a refusal, or after many forged ones. */
  receive({ verify, onForeign }: Listeners): Promise<VerifiedRedirect> {
    return new Promise((resolve, reject) => {
      let foreignAnswers = 0;
      this.#judge = (address) => {
        const verdict = verify(address);
        if (verdict.kind === "foreign") {
          foreignAnswers += 1;
          if (foreignAnswers < maxForeignAnswers) onForeign(verdict.failure);
          else reject(forged(this.#uri));
          return pages.notOurs;
        }
        this.#answered = true;
        if (verdict.kind === "verified") resolve(verdict.redirect);
        else reject(verdict.failure);
        return undefined;
      };
    });
  }

  /** Tells the waiting page how it ended, lets it be fetched, and frees the port. */
  async close(outcome: Outcome): Promise<void> {
    this.#settle(outcome);
    if (this.#answered) {
      const { clock, signal } = this.#context;
      const shown = AbortSignal.any([this.#lastPageShown.signal, signal]);
      await clock.sleep(lastPageMilliseconds, shown).catch(() => {});
    }
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const refusal = this.#refuse(request);
    if (refusal) send(response, refusal);
    else if (this.#answered && request.url === donePath) this.#showOutcome(response);
    else if (this.#answered) send(response, pages.alreadyUsed);
    else this.#receive(`${this.#uri.origin}${request.url}`, response);
  }

  #receive(address: string, response: ServerResponse): void {
    const page = this.#judge?.(address);
    if (page) send(response, page);
    // The code leaves the address bar at once; the page there waits for the exchange.
    else
      response
        .writeHead(303, {
          ...quietHeaders,
          location: donePath,
          "content-length": 0,
          connection: "close",
        })
        .end();
  }

  /** Host (against DNS rebinding), method, path and origin, in this order; undefined where the request may be looked at. */
  #refuse({ headers, method, url }: IncomingMessage): Page | undefined {
    const { host, origin, "sec-fetch-mode": mode } = headers;
    if (host !== this.#uri.host) return pages.misdirected;
    if (method !== "GET") return pages.methodNotAllowed;
    if (url === donePath && this.#answered) return undefined;
    if (this.#judge === undefined || url?.split("?")[0] !== this.#uri.pathname)
      return pages.notFound;
    if (origin !== undefined || (mode !== undefined && mode !== "navigate"))
      return pages.notNavigated;
    return undefined;
  }

  #showOutcome(response: ServerResponse): void {
    response.once("close", () => this.#lastPageShown.abort());
    void this.#outcome.then((outcome) =>
      send(response, outcome === "signed-in" ? pages.signedIn : pages.failed),
    );
  }
}

function send(response: ServerResponse, page: Page): void {
  const { status, headers, body } = renderPage(page);
  const allow = status === pages.methodNotAllowed.status && { allow: "GET" };
  response.writeHead(status, { ...headers, ...allow, connection: "close" }).end(body);
}

function forged({ host }: URL): OAuthLabError {
  return new OAuthLabError({
    kind: "unsafe",
    code: "forged_answers",
    message: `${maxForeignAnswers} answers that were not ours arrived at ${host}, so the login was ended.`,
    hint: "Close old sign-in pages and start again; --paste signs in without listening.",
  });
}
