// Receives the redirect by listening on this machine (RFC 8252 §7.3, §8.3). Whatever is not our answer is refused and changes nothing.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { OAuthLabError } from "../errors.ts";
import { html, type Page, quietHeaders, renderPage } from "../http/page.ts";
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
export async function listenOnLoopback(redirectUri: URL): Promise<LoopbackReceiver | NotListening> {
  if (redirectUri.protocol !== "http:") {
    return { reason: `${redirectUri.origin} is https, which needs a certificate to listen with` };
  }
  const server = createServer({
    headersTimeout: 5000,
    requestTimeout: 5000,
    connectionsCheckingInterval: 1000,
    maxHeaderSize: 64 * 1024,
    keepAlive: false,
  });
  server.maxConnections = 16;
  try {
    await listen(server, redirectUri);
  } catch (error) {
    return { reason: whyNot(error, redirectUri) };
  }
  const bound = new URL(redirectUri);
  bound.port = String((server.address() as AddressInfo).port);
  return new LoopbackReceiver(server, bound);
}

function listen(server: Server, { hostname, port }: URL): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // Port 80 is the one that a URL does not name.
    server.listen(
      { host: hostname === "[::1]" ? "::1" : "127.0.0.1", port: Number(port || 80) },
      resolve,
    );
  });
}

function whyNot(error: unknown, { port }: URL): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
  if (code === "EADDRINUSE") return `port ${port} is in use by another program`;
  if (code === "EACCES") return `port ${port || 80} is not open to this user`;
  return `listening on port ${port || 80} failed (${code})`;
}

/** A listener bound to its port. The redirect URI to send names that port. */
export class LoopbackReceiver {
  readonly #server: Server;
  readonly #uri: URL;
  #ending: Promise<Outcome>;
  #settle: (outcome: Outcome) => void = () => {};
  #answered = false;
  #lastPage: Promise<void> | undefined;

  constructor(server: Server, uri: URL) {
    this.#server = server;
    this.#uri = uri;
    this.#ending = new Promise((resolve) => {
      this.#settle = resolve;
    });
    // Until receive() is called no request is out that could be answered.
    server.on("request", (_request, response) => {
      if (server.listenerCount("request") === 1) send(response, notFound);
    });
    server.on("clientError", (_error, socket) => {
      socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
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
      this.#server.on("request", (request, response) => {
        const refusal = this.#refuse(request);
        if (refusal) return send(response, refusal);
        if (request.url === donePath) return this.#showEnding(response);
        if (this.#answered) return send(response, alreadyUsed);
        const verdict = verify(`${this.#uri.origin}${request.url}`);
        if (verdict.kind === "foreign") {
          send(response, notOurs);
          foreignAnswers += 1;
          onForeign(verdict.failure);
          if (foreignAnswers >= maxForeignAnswers) reject(verdict.failure);
          return;
        }
        this.#answered = true;
        // The code leaves the address bar at once; the page there waits for the exchange.
        response.writeHead(303, { ...quietHeaders, location: donePath, connection: "close" }).end();
        if (verdict.kind === "verified") resolve(verdict.redirect);
        else reject(verdict.failure);
      });
    });
  }

  /** Tells the waiting page how it ended, lets it be fetched, and frees the port. */
  async close(outcome: Outcome): Promise<void> {
    this.#settle(outcome);
    if (this.#answered) await this.#lastPageShown();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Host (against DNS rebinding), method, path and origin, in this order; undefined where the request may be looked at. */
  #refuse(request: IncomingMessage): Page | undefined {
    const { host, origin, "sec-fetch-mode": mode } = request.headers;
    if (host !== this.#uri.host) return misdirected;
    if (request.method !== "GET") return methodNotAllowed;
    const path = request.url?.split("?")[0];
    if (path === donePath && this.#answered) return undefined;
    if (path !== this.#uri.pathname) return notFound;
    if (origin !== undefined || (mode !== undefined && mode !== "navigate")) return notNavigated;
    return undefined;
  }

  #showEnding(response: ServerResponse): void {
    const shown = new Promise<void>((resolve) => {
      response.once("close", resolve);
    });
    this.#lastPage = shown;
    void this.#ending.then((outcome) =>
      send(response, outcome === "signed-in" ? signedIn : failed),
    );
  }

  async #lastPageShown(): Promise<void> {
    const giveUp = new Promise<void>((resolve) => {
      setTimeout(resolve, lastPageMilliseconds).unref();
    });
    const asked =
      this.#lastPage ??
      new Promise<void>((resolve) => {
        this.#server.on("request", (_request, response) => response.once("close", resolve));
      });
    await Promise.race([asked, giveUp]);
  }
}

function send(response: ServerResponse, page: Page): void {
  const { status, headers, body } = renderPage(page);
  response.writeHead(status, { ...headers, connection: "close" }).end(body);
}

function message(status: number, title: string, text: string): Page {
  return { status, title, body: html`<h1>${title}</h1><p>${text}</p>` };
}

const signedIn = message(
  200,
  "You are signed in",
  "oauth-lab has its token. You can close this tab and go back to the terminal.",
);
const failed = message(
  200,
  "The sign-in did not succeed",
  "The terminal says why. You can close this tab.",
);
const notOurs = message(
  400,
  "Not the answer to this sign-in",
  "oauth-lab did not ask for this and ignored it. It is still waiting for its own answer.",
);
const alreadyUsed = message(
  400,
  "Already answered",
  "This sign-in has its answer. You can close this tab.",
);
const notFound = message(
  404,
  "Nothing here",
  "oauth-lab listens here for the answer to a sign-in, and for nothing else.",
);
const methodNotAllowed = message(
  405,
  "Not like this",
  "Only a browser's plain request is answered here.",
);
const misdirected = message(421, "Not this address", "oauth-lab is not known under this name.");
const notNavigated = message(
  403,
  "Not from another page",
  "The answer to a sign-in comes from the browser itself, not from a page's script.",
);
