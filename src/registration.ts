// The client that the user registered at a provider, as the settings give it.
import type { Credential } from "./credentials/credential.ts";
import { OAuthLabError } from "./errors.ts";
import { settingsPrefix } from "./providers/known.ts";
import { isLoopback, type Provider } from "./providers/provider.ts";
import { Secret } from "./secret.ts";
import type { Settings } from "./settings.ts";

/** A registered client (RFC 6749 §2). */
export interface Registration {
  readonly clientId: string;
  readonly clientSecret?: Secret;
  /** Exactly as registered; `http` only on loopback. Port 0 stands for any free one. */
  readonly redirectUri: URL;
  readonly scopes: readonly string[];
}

/** What stands in examples; `my-app` and `todo-list` are names that people give. */
const placeholder =
  /^<.*>$|^your[-_ ]|^(x{3,}|\.{3,}|todo|change[-_]?me)$|client[-_ ]?(id|secret)[-_ ]?here/i;

/** What is registered at this provider. Throws `usage`, naming the key, for what is missing or was never filled in. */
export function readRegistration(
  provider: Provider,
  settings: Settings,
  overrides: {
    readonly grant?: Credential["grant"];
    readonly redirectUri?: string | undefined;
    readonly scopes?: readonly string[] | undefined;
  } = {},
): Registration {
  const { grant = "authorization_code" } = overrides;
  const prefix = settingsPrefix(provider.name);
  checkSecretDestination(prefix, settings);
  const builtIn = builtInClient(provider, grant);
  const configuredId = filledIn(settings, `${prefix}_CLIENT_ID`);
  const clientId = configuredId ?? builtIn?.clientId;
  if (clientId === undefined) throw missing(provider, `${prefix}_CLIENT_ID`);
  const clientSecret =
    filledIn(settings, `${prefix}_CLIENT_SECRET`) ??
    (configuredId === undefined ? builtIn?.clientSecret : undefined);
  if (clientSecret === undefined && provider.needsSecret.has(grant)) {
    throw missing(provider, `${prefix}_CLIENT_SECRET`);
  }
  const scope = settings.value(`${prefix}_SCOPE`);
  return {
    clientId,
    ...(clientSecret !== undefined && { clientSecret: new Secret(clientSecret) }),
    redirectUri: readRedirectUri(provider, settings, overrides.redirectUri),
    scopes: overrides.scopes ?? splitScopes(scope) ?? defaultScopes(provider, grant),
  };
}

/** The redirect URI that is to be registered, or given instead of it. Throws `usage` for one that cannot be. */
export function readRedirectUri(provider: Provider, settings: Settings, given?: string): URL {
  const key = `${settingsPrefix(provider.name)}_REDIRECT_URI`;
  return checkRedirectUri(given ?? settings.value(key) ?? defaultRedirectUri(provider), key);
}

function builtInClient(
  provider: Provider,
  grant: Credential["grant"],
): { readonly clientId: string; readonly clientSecret?: string } | undefined {
  return grant === "client_credentials" ? provider.builtInServiceClient : provider.builtInClient;
}

function splitScopes(scope: string | undefined): string[] | undefined {
  return scope?.split(/[\s,]+/).filter(Boolean);
}

/** The default scopes speak of a user, whom a client's own token does not have. */
function defaultScopes(provider: Provider, grant: Credential["grant"]): readonly string[] {
  return grant === "client_credentials" ? [] : provider.defaultScopes;
}

/** A path of its own for each provider, so that one server's answer cannot pass for another's (RFC 8252 §8.10). */
function defaultRedirectUri(provider: Provider): string {
  const name = /^[a-z0-9-]+$/.test(provider.name) ? provider.name : "oidc";
  const port = provider.builtInClient ? 0 : 8000;
  return `http://127.0.0.1:${port}/callback/${name}`;
}

function filledIn(settings: Settings, key: string): string | undefined {
  const setting = settings.get(key);
  if (setting === undefined) return undefined;
  const value = setting.value.trim();
  if (!placeholder.test(value) && value !== "") return value;
  throw new OAuthLabError({
    kind: "usage",
    code: "placeholder",
    message: `${key} (from ${setting.origin}) still holds a placeholder.`,
    hint: "Put in the value that the provider showed when you registered the client.",
  });
}

function missing(provider: Provider, key: string): OAuthLabError {
  const { page, documentation } = provider.registration;
  return new OAuthLabError({
    kind: "usage",
    code: "not_configured",
    message: `${key} is not set, in the environment or in .env.`,
    hint: `Register a client at ${page ?? documentation} and put its values into .env (see .env.example).`,
  });
}

/** A redirect URI with a path, without query and fragment; plain http on this machine only (RFC 8252 §7.3). */
function checkRedirectUri(address: string, key: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const problem = redirectUriProblem(url, address);
  if (url !== undefined && problem === undefined) return url;
  throw new OAuthLabError({
    kind: "usage",
    code: "redirect_uri_invalid",
    message: `${key} cannot be used: it ${problem}.`,
    hint: "Use an address such as http://127.0.0.1:8000/callback, exactly as registered at the provider.",
  });
}

function redirectUriProblem(url: URL | undefined, address: string): string | undefined {
  if (url === undefined) return "is not an address";
  if (/[?#]/.test(address)) return "has a query or a fragment";
  if (url.username !== "" || url.password !== "") return "carries a user name";
  if (url.pathname === "/") return "has no path";
  if (url.protocol === "http:" && !isLoopback(url)) return "is http, but not on this machine";
  if (url.protocol !== "https:" && url.protocol !== "http:") return "is neither https nor http";
  return url.href === address ? undefined : `is not in its normal form, which is ${url.href}`;
}

/** What is sent to a provider, and where to: the parts of the keys behind the provider's prefix. */
const secretNames = ["CLIENT_SECRET", "REFRESH_TOKEN"];
const endpointNames = [
  "ISSUER",
  "AUTHORIZATION_ENDPOINT",
  "TOKEN_ENDPOINT",
  "DEVICE_AUTHORIZATION_ENDPOINT",
  "USERINFO_ENDPOINT",
  "REVOCATION_ENDPOINT",
  "INTROSPECTION_ENDPOINT",
  "API_URL",
  "SERVER_URL",
];

/** A secret that the user keeps elsewhere is not sent where a .env points that merely lies in the current folder. Throws `unsafe`. */
function checkSecretDestination(prefix: string, settings: Settings): void {
  const find = (names: readonly string[], unasked: boolean) =>
    names.map((name) => `${prefix}_${name}`).find((key) => settings.get(key)?.unasked === unasked);
  const secret = find(secretNames, false);
  const endpoint = find(endpointNames, true);
  if (secret === undefined || endpoint === undefined) return;
  throw new OAuthLabError({
    kind: "unsafe",
    code: "endpoint_unasked",
    message: `${secret} (from ${settings.get(secret)?.origin}) was not sent where ${endpoint} in ${settings.get(endpoint)?.origin} points.`,
    hint: "If that file is yours, name it with --env-file, or keep both values in one place.",
  });
}
