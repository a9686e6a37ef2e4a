// A browser for tests: cookies, redirects, forms and the headers that Chromium sends, over real connections.
// It also enforces what bites in a real one: the form-action of a page's CSP holds for the redirects after it too.
import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { CookieJar } from "./cookie-jar.ts";
import { type Form, type Page, parseForms } from "./page.ts";

/** What the user picks in a form: a button by its text or value, choices by theirs, fields by name. */
export interface FormInput {
  readonly press?: RegExp;
  readonly choose?: RegExp;
  readonly fields?: Readonly<Record<string, string>>;
}

/** Where a navigation came to its end; without a page when the address could not be loaded. */
export interface Visit {
  readonly address: URL;
  readonly page: Page | undefined;
  /** Each address on the way, the first included. */
  readonly path: readonly URL[];
}

export interface BrowserOptions {
  /** Told each address that the browser asks for; a test context's `watch` belongs here. */
  readonly watch?: (address: string) => void;
}

interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly body?: string;
  readonly from?: Page;
}

const mostRedirects = 20;
const unloadable = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EPROTO",
  "HPE_INVALID_CONSTANT",
]);

/** Whether a page's form may lead to this address (CSP form-action, which Chromium applies to redirects as well). */
function formMayLeadTo(page: Page, target: URL): boolean {
  const policy = String(page.headers["content-security-policy"] ?? "");
  const [, sources] = /(?:^|;)\s*form-action\s+([^;]*)/.exec(policy) ?? [];
  if (sources === undefined) return true;
  return sources.split(/\s+/).some((source) => {
    if (source === "*" || source === target.protocol) return true;
    if (source === "'self'") return target.origin === page.url.origin;
    if (source.endsWith(":*")) return `${target.protocol}//${target.hostname}:*` === source;
    return (
      target.href === source || target.origin === source || target.href.startsWith(`${source}/`)
    );
  });
}

function fetchSite(url: URL, from: Page | undefined): string {
  if (from === undefined) return "none";
  if (from.url.origin === url.origin) return "same-origin";
  return from.url.hostname === url.hostname ? "same-site" : "cross-site";
}

export class TestBrowser {
  readonly #cookies = new CookieJar();
  readonly #agent = new Agent({ keepAlive: true });
  readonly #sockets: Socket[] = [];
  readonly #watch: (address: string) => void;

  constructor({ watch = () => undefined }: BrowserOptions = {}) {
    this.#watch = watch;
    onTestFinished(() => {
      this.#agent.destroy();
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  /** Goes to an address as if typed or opened from outside, and follows where it leads. */
  open(address: string | URL): Promise<Visit> {
    return this.#follow({ url: new URL(address), method: "GET" });
  }

  /** Fills a form in and sends it. */
  submit(page: Page, form: Form, input: FormInput = {}): Promise<Visit> {
    const data = new URLSearchParams(filledIn(form, input)).toString();
    const action = new URL(form.action || page.url.href, page.url);
    if (form.method === "POST")
      return this.#follow({ url: action, method: "POST", body: data, from: page });
    action.search = data;
    return this.#follow({ url: action, method: "GET", from: page });
  }

  /** What a browser asks for on its own once it shows a page; resolves with the status. */
  async requestFavicon(origin: string | URL): Promise<number> {
    const url = new URL("/favicon.ico", origin);
    const { status } = await this.#load({ url, method: "GET" }, "image");
    return status;
  }

  /** Opens a connection and says nothing on it, as Chromium does ahead of a request. Stays open until the test ends. */
  preconnect(origin: string | URL): Promise<Socket> {
    const { hostname, port } = new URL(origin);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ""), () => resolve(socket));
      socket.once("error", reject);
      this.#sockets.push(socket);
    });
  }

  async #follow(first: Hop): Promise<Visit> {
    const path: URL[] = [];
    for (let hop = first; path.length <= mostRedirects; ) {
      path.push(hop.url);
      this.#watch(hop.url.href);
      const page = await this.#tryLoad(hop);
      const next = page && nextHop(page, hop);
      if (next === undefined) return { address: hop.url, page, path };
      if (hop.from && first.method === "POST" && !formMayLeadTo(hop.from, next.url))
        throw new Error(`form-action of ${hop.from.url.pathname} forbids ${next.url.origin}`);
      hop = next;
    }
    throw new Error(`more than ${mostRedirects} redirects: ${path.map((url) => url.pathname)}`);
  }

  async #tryLoad(hop: Hop): Promise<Page | undefined> {
    if (hop.url.protocol !== "http:") return undefined;
    try {
      return await this.#load(hop);
    } catch (error) {
      if (error instanceof Error && "code" in error && unloadable.has(String(error.code)))
        return undefined;
      throw error;
    }
  }

  #load(hop: Hop, destination: "document" | "image" = "document"): Promise<Page> {
    const { url, method, body } = hop;
    const headers = this.#headers(hop, destination);
    return new Promise((resolve, reject) => {
      const sent = httpRequest(url, { method, headers, agent: this.#agent }, (answer) => {
        this.#cookies.store(url, answer.headers["set-cookie"] ?? []);
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const html = Buffer.concat(chunks).toString();
          const status = answer.statusCode ?? 0;
          resolve({ url, status, headers: answer.headers, html, forms: parseForms(html) });
        });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  }

  #headers({ url, method, body, from }: Hop, destination: string): IncomingHttpHeaders {
    const cookie = this.#cookies.header(url);
    const isPage = destination === "document";
    const hidesReferrer = /no-referrer\b/.test(String(from?.headers["referrer-policy"] ?? ""));
    return {
      accept: isPage ? "text/html,application/xhtml+xml,*/*;q=0.8" : "image/*,*/*;q=0.8",
      "accept-language": "en-GB,en;q=0.9",
      "user-agent":
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36",
      "sec-fetch-dest": destination,
      "sec-fetch-mode": isPage ? "navigate" : "no-cors",
      "sec-fetch-site": isPage ? fetchSite(url, from) : "same-origin",
      ...(isPage ? { "sec-fetch-user": "?1", "upgrade-insecure-requests": "1" } : {}),
      ...(cookie === undefined ? {} : { cookie }),
      ...(method === "POST" ? { origin: hidesReferrer || !from ? "null" : from.url.origin } : {}),
      ...(body === undefined
        ? {}
        : {
            "content-type": "application/x-www-form-urlencoded",
            "content-length": String(Buffer.byteLength(body)),
          }),
    };
  }
}

/** The next request of a redirect: 303, and 301 or 302 after a POST, become a GET without the body. */
function nextHop(page: Page, { url, method, body, from }: Hop): Hop | undefined {
  const { location } = page.headers;
  if (![301, 302, 303, 307, 308].includes(page.status) || typeof location !== "string")
    return undefined;
  const origin = { url: new URL(location, url), from: from ?? page };
  if (page.status < 307) return { ...origin, method: "GET" };
  return { ...origin, method, ...(body === undefined ? {} : { body }) };
}

function filledIn(form: Form, { press, choose, fields = {} }: FormInput): [string, string][] {
  const fits = (pattern: RegExp, { value, label }: { value: string; label: string }) =>
    pattern.test(value) || pattern.test(label);
  const choices = form.controls.filter(({ kind }) => kind === "choice");
  const chosen = choose ? choices.filter((choice) => fits(choose, choice)) : [];
  const chosenNames = new Set(chosen.map(({ name }) => name));
  const buttons = form.controls.filter(({ kind }) => kind === "button");
  const pressed = press ? buttons.find((button) => fits(press, button)) : buttons[0];
  if (press && pressed === undefined) throw new Error(`no button ${press}`);
  return form.controls.flatMap((control): [string, string][] => {
    const { kind, name, value, checked } = control;
    if (name === undefined) return [];
    if (kind === "button") return control === pressed ? [[name, value]] : [];
    if (kind === "field") return [[name, fields[name] ?? value]];
    const isChosen = chosenNames.has(name) ? chosen.includes(control) : checked;
    return isChosen ? [[name, value]] : [];
  });
}
