// A browser's cookies: by host and path, as Chromium keeps them. Ports do not part cookies (RFC 6265 §8.5).

interface Cookie {
  readonly host: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
  readonly secure: boolean;
}

const isTrustworthy = (url: URL) =>
  url.protocol === "https:" || ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);

function pathMatches(requestPath: string, cookiePath: string): boolean {
  if (requestPath === cookiePath || cookiePath === "/") return true;
  return requestPath.startsWith(cookiePath.endsWith("/") ? cookiePath : `${cookiePath}/`);
}

function parse(header: string, url: URL): { cookie: Cookie; expired: boolean } | undefined {
  const [pair = "", ...attributes] = header.split(";").map((part) => part.trim());
  const [name, ...value] = pair.split("=");
  if (!name) return undefined;
  const named = new Map(
    attributes.map((attribute) => {
      const [key = "", ...rest] = attribute.split("=");
      return [key.toLowerCase(), rest.join("=")] as const;
    }),
  );
  const expires = Date.parse(named.get("expires") ?? "");
  const expired = Number(named.get("max-age") ?? 1) <= 0 || expires <= Date.now();
  const folder = url.pathname.slice(0, Math.max(1, url.pathname.lastIndexOf("/")));
  const path = named.get("path")?.startsWith("/") ? (named.get("path") ?? "/") : folder;
  const secure = named.has("secure");
  return { cookie: { host: url.hostname, path, name, value: value.join("="), secure }, expired };
}

export class CookieJar {
  #cookies: readonly Cookie[] = [];

  /** Takes the Set-Cookie headers of an answer from this URL. */
  store(url: URL, setCookie: readonly string[]): void {
    for (const header of setCookie) {
      const parsed = parse(header, url);
      if (parsed === undefined) continue;
      const { cookie, expired } = parsed;
      this.#cookies = this.#cookies.filter(
        ({ host, path, name }) =>
          host !== cookie.host || path !== cookie.path || name !== cookie.name,
      );
      if (!expired && (!cookie.secure || isTrustworthy(url)))
        this.#cookies = [...this.#cookies, cookie];
    }
  }

  /** The Cookie header for a request, longest path first; undefined where there is none to send. */
  header(url: URL): string | undefined {
    const fitting = this.#cookies
      .filter(({ host, path }) => host === url.hostname && pathMatches(url.pathname, path))
      .filter(({ secure }) => !secure || isTrustworthy(url))
      .sort((one, other) => other.path.length - one.path.length);
    if (fitting.length === 0) return undefined;
    return fitting.map(({ name, value }) => `${name}=${value}`).join("; ");
  }
}
