// A browser of forms and cookies: follows redirects within one origin and stops where they leave it.

/** What the browser shows; `url` alone where a redirect led away. */
export interface Shown {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

interface Cookie {
  readonly path: string;
  readonly value: string;
}

/** One browser profile. */
export class FormBrowser {
  readonly #cookies = new Map<string, Cookie>();
  readonly #headers: Record<string, string>;

  /** Sends these headers with each request beside its own. */
  constructor(headers: Record<string, string> = {}) {
    this.#headers = { accept: "text/html", ...headers };
  }

  /** Opens an address. */
  async visit(address: string | URL): Promise<Shown> {
    return this.#request(new URL(address), {});
  }

  /** Submits the page's form with its hidden fields and these. */
  async submit(page: Shown, fields: Record<string, string>, headers = {}): Promise<Shown> {
    const action = /<form method="post" action="([^"]+)"/.exec(page.text)?.[1];
    if (action === undefined) throw new Error(`No form on ${page.url.pathname}: ${page.text}`);
    const hidden = page.text.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g);
    const all = Object.fromEntries([...hidden].map(([, name, value]) => [name, value]));
    const body = new URLSearchParams({ ...all, ...fields });
    return this.#request(new URL(action, page.url), { method: "POST", body, headers });
  }

  async #request(
    url: URL,
    init: { method?: string; body?: URLSearchParams; headers?: object },
  ): Promise<Shown> {
    const response = await fetch(url, {
      ...init,
      redirect: "manual",
      headers: { ...this.#headers, cookie: this.cookiesFor(url.pathname), ...init.headers },
    });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    const shown = {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
    };
    const location = response.headers.get("location");
    if (location === null) return { url, ...shown };
    const next = new URL(location, url);
    return next.origin === url.origin ? this.#request(next, {}) : { url: next, ...shown };
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
