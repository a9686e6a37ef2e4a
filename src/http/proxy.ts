// The proxy that the environment names, and a fetch by way of it. Its address may carry a password: only its host and the variable are ever shown.
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { isLoopback } from "../providers/provider.ts";
import { Secret } from "../secret.ts";

/** Where requests go instead of straight to the provider. */
export interface ProxySettings {
  /** The variable that names it. */
  readonly variable: string;
  /** Its address, without what was before the `@`. */
  readonly url: URL;
  /** The Proxy-Authorization that its address asks for (RFC 9110 §11.7.2). */
  readonly authorization?: Secret;
  /** The hosts that are reached without it, separated by commas. */
  readonly noProxy: string;
}

/** In the order in which they count. We speak https only, for which HTTP_PROXY serves too where HTTPS_PROXY is not set: so Node and npm have it. */
const variables = ["https_proxy", "http_proxy", "all_proxy"].flatMap((name) => [
  name,
  name.toUpperCase(),
]);
/** This machine is never reached by way of another one. */
const loopbackHosts = "127.0.0.1,localhost,[::1]";

/** The proxy of the environment; undefined where there is none, or `NO_PROXY=*`. Throws `usage` for what is no proxy's address. */
export function readProxy(env: Context["env"]): ProxySettings | undefined {
  const variable = variables.find((name) => env[name] && !isFromClient(name, env));
  const noProxy = env.no_proxy || env.NO_PROXY || "";
  if (variable === undefined || noProxy.trim() === "*") return undefined;
  const { url, authorization } = readAddress(variable, env[variable] ?? "");
  return {
    variable,
    url,
    ...(authorization && { authorization }),
    noProxy: `${noProxy},${loopbackHosts}`,
  };
}

/** In a CGI program HTTP_PROXY is the `Proxy:` header of whoever asks (CVE-2016-5385). */
function isFromClient(name: string, env: Context["env"]): boolean {
  return name === "HTTP_PROXY" && env.REQUEST_METHOD !== undefined;
}

function readAddress(
  variable: string,
  value: string,
): Pick<ProxySettings, "url" | "authorization"> {
  const address = value.includes("://") ? value : `http://${value}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.pathname.length > 1 || /[?#]/.test(address)) {
    throw invalid(variable, "holds no address of a proxy");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw invalid(variable, "names a proxy that speaks neither http nor https");
  }
  const bare = new URL(url.origin);
  if (url.username === "" && url.password === "") return { url: bare };
  return { url: bare, authorization: readCredentials(variable, url) };
}

function readCredentials(variable: string, { username, password }: URL): Secret {
  try {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return new Secret(`Basic ${Buffer.from(pair).toString("base64")}`);
  } catch {
    throw invalid(variable, "has a user name or password that is not percent-encoded");
  }
}

function invalid(variable: string, problem: string): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "proxy_invalid",
    message: `${variable} ${problem}.`,
    hint: "Write it as http://host:port or http://user:password@host:port, special characters percent-encoded.",
  });
}

/** A fetch that goes by way of the proxy of the environment, and to this machine directly. Rejects with an OAuthLabError where it is the proxy that fails. */
export function createProxiedFetch(env: Context["env"]): Context["fetch"] {
  let tunnel: Promise<Context["fetch"]> | undefined;
  return async (input, init) => {
    const proxy = readProxy(env);
    const url = new URL(input instanceof Request ? input.url : input);
    if (proxy === undefined || (isLoopback(url) && !isNodesAffair(env))) {
      return globalThis.fetch(input, init);
    }
    tunnel ??= import("./tunnel.ts").then(({ openTunnel }) => openTunnel(proxy));
    return (await tunnel)(input, init);
  };
}

/** Node's own fetch would take the proxy even to this machine. */
function isNodesAffair({ NODE_USE_ENV_PROXY, NODE_OPTIONS }: Context["env"]): boolean {
  return NODE_USE_ENV_PROXY === "1" || (NODE_OPTIONS ?? "").includes("--use-env-proxy");
}
