// Requests through a proxy's CONNECT (RFC 9110 §9.3.6), by undici, which only who has a proxy loads. Tells the proxy's failures from the provider's.
import { type Dispatcher, EnvHttpProxyAgent, fetch, Pool } from "undici";
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { networkCode, tlsCode } from "./connection-failure.ts";
import type { ProxySettings } from "./proxy.ts";

/** How long a proxy may take to reach the provider. */
const longestConnectMilliseconds = 20_000;

/** undici's own fetch: Node's takes only agents of its own version for sure. Its types are Node's own ones of another version. */
const send = fetch as unknown as (
  input: Parameters<Context["fetch"]>[0],
  init: Omit<RequestInit, "dispatcher"> & { dispatcher: Dispatcher },
) => Promise<Response>;

/** A fetch by way of the proxy. */
export function openTunnel(proxy: ProxySettings): Context["fetch"] {
  const { url, authorization, noProxy } = proxy;
  const open = () =>
    new EnvHttpProxyAgent({
      httpProxy: "",
      httpsProxy: url.href,
      noProxy,
      ...(authorization && { token: authorization.reveal() }),
      clientFactory: (origin, options) => new ProxyConnection(proxy, { origin, options }),
    });
  let agent: EnvHttpProxyAgent | undefined;
  return async (input, init) => {
    agent ??= open();
    try {
      return await send(input, { ...init, dispatcher: agent });
    } catch (error) {
      // A tunnel that nobody waits for any more would keep the process.
      void agent?.destroy();
      agent = undefined;
      throw proxyFailure(error) ?? error;
    }
  };
}

/** The connections to the proxy, on which CONNECT is asked: what goes wrong until it is granted is the proxy's doing. */
class ProxyConnection extends Pool {
  readonly #proxy: ProxySettings;

  constructor(proxy: ProxySettings, { origin, options }: { origin: URL; options: Pool.Options }) {
    super(origin, {
      ...options,
      headersTimeout: longestConnectMilliseconds,
    });
    this.#proxy = proxy;
  }

  override async connect(
    options: Omit<Dispatcher.ConnectOptions, "origin">,
  ): Promise<Dispatcher.ConnectData> {
    const answer = await super.connect(options).catch((error: unknown) => {
      throw unreachable(this.#proxy, networkCode(error));
    });
    if (answer.statusCode === 200) return answer;
    answer.socket.on("error", () => {}).destroy();
    throw refused(this.#proxy, { status: answer.statusCode, target: String(options.path) });
  }
}

/** Without a tunnel no byte of the request has left for the provider. */
const unsent = { repeat: { times: 1 } };

function unreachable({ variable, url }: ProxySettings, reason: string): OAuthLabError {
  const isTls = tlsCode.test(reason);
  return new OAuthLabError({
    kind: isTls ? "unsafe" : "unavailable",
    code: isTls ? "proxy_tls_failed" : "proxy_unreachable",
    message: `The proxy ${url.host} of ${variable} could not be ${isTls ? "trusted" : "reached"} (${reason}).`,
    hint: isTls
      ? "If it speaks plain http, write http:// in its address; for a certificate authority of its own set NODE_EXTRA_CA_CERTS."
      : `Check ${variable} and the network; NO_PROXY lists the hosts that need no proxy.`,
    ...(!isTls && unsent),
  });
}

/** What the proxy answered instead of opening the tunnel. */
function refused(
  { variable, url, authorization }: ProxySettings,
  { status, target }: { status: number; target: string },
): OAuthLabError {
  const proxy = `The proxy ${url.host} of ${variable}`;
  // tinyproxy says 401 of a wrong password.
  if (status === 407 || status === 401) {
    const problem = authorization ? "does not take the given" : "wants a";
    return new OAuthLabError({
      kind: "usage",
      code: "proxy_authentication",
      message: `${proxy} ${problem} user name and password (${status}).`,
      hint: `Write them into ${variable} as http://user:password@${url.host}, special characters percent-encoded.`,
    });
  }
  if (status >= 500) {
    return new OAuthLabError({
      kind: "unavailable",
      code: "proxy_gateway",
      message: `${proxy} could not reach ${target} (${status}).`,
      hint: "Check the address of the provider, then try again; NO_PROXY lists the hosts that need no proxy.",
      ...unsent,
    });
  }
  return new OAuthLabError({
    kind: "refused",
    code: "proxy_refused",
    message: `${proxy} does not let us through to ${target} (${status}).`,
    hint: `Check that ${variable} names a proxy for https, and ask who runs it to allow the provider.`,
  });
}

/** Our own failure in the causes of fetch's TypeError. */
function proxyFailure(error: unknown): OAuthLabError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof OAuthLabError) return cause;
  }
  return undefined;
}
