// The user of the demo: a browser of forms and cookies that goes through the sandbox's own pages, as a person would.
// Over node:http, because fetch says of itself that it is a script, and our listener answers to a browser only.
import { type IncomingMessage, request } from "node:http";

/** What the browser shows; `url` alone where a redirect led away. */
export interface Shown {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** How a browser's address bar asks. */
const navigation = {
  accept: "text/html",
  "sec-fetch-mode": "navigate",
  "sec-fetch-dest": "document",
};

interface Cookie {
  readonly path: string;
  readonly value: string;
}

/** One browser profile. Follows redirects within one origin and stops where they leave it. */
export class FormBrowser {
  readonly #cookies = new Map<string, Cookie>();
  readonly #headers: Record<string, string>;

  /** Sends these headers with each request beside its own. */
  constructor(headers: Record<string, string> = {}) {
    this.#headers = { ...navigation, ...headers };
  }

  /** Opens an address. */
  async visit(address: string | URL): Promise<Shown> {
    return this.#request(new URL(address), {});
  }

  /** Submits the page's form with its hidden fields and these. */
  async submit(page: Shown, fields: Record<string, string>, headers = {}): Promise<Shown> {
    const action = /<form method="post" action="([^"]+)"/.exec(page.text)?.[1];
    if (action === undefined) throw new Error(`there is no form on ${page.url.pathname}`);
    const hidden = page.text.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g);
    const all = Object.fromEntries([...hidden].map(([, name, value]) => [name, value]));
    const body = new URLSearchParams({ ...all, ...fields });
    return this.#request(new URL(action, page.url), { method: "POST", body, headers });
  }

  /** Signs in and answers the consent page; returns the redirect to the client. */
  async approve(authorizationUrl: string | URL, user: string): Promise<URL> {
    const consent = await this.submit(await this.visit(authorizationUrl), { user });
    return (await this.submit(consent, { answer: "allow" })).url;
  }

  async #request(
    url: URL,
    init: { method?: string; body?: URLSearchParams; headers?: object },
  ): Promise<Shown> {
    const shown = await send(url, {
      ...init,
      headers: { ...this.#headers, cookie: this.cookiesFor(url.pathname), ...init.headers },
    });
    for (const cookie of shown.headers.getSetCookie()) this.#keep(cookie);
    const location = shown.headers.get("location");
    if (location === null) return shown;
    const next = new URL(location, url);
    return next.origin === url.origin ? this.#request(next, {}) : { ...shown, url: next };
  }

  /** The cookies that go with a request for this path. */
  cookiesFor(pathname: string): string {
    const sent = [...this.#cookies].filter(([, { path }]) => pathname.startsWith(path));
    return sent.map(([key, { value }]) => `${key.split(" ")[0]}=${value}`).join("; ");
  }

  #keep(header: string): void {
    const [, name, value, rest] = /^([^=]+)=([^;]*)(.*)$/.exec(header) ?? [];
    const path = /path=([^;]+)/i.exec(rest ?? "")?.[1] ?? "/";
    const key = `${name} ${path}`;
    if (value === "") this.#cookies.delete(key);
    else this.#cookies.set(key, { path, value: value ?? "" });
  }
}

function send(
  url: URL,
  {
    method = "GET",
    body,
    headers,
  }: { method?: string; body?: URLSearchParams; headers: Record<string, string> },
): Promise<Shown> {
  const form = body && { "content-type": "application/x-www-form-urlencoded" };
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method, headers: { ...form, ...headers }, agent: false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({ url, status: answer.statusCode ?? 0, headers: headersOf(answer), text });
        });
      },
    );
    sent.on("error", reject);
    sent.end(body?.toString());
  });
}

function headersOf({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  return headers;
}
