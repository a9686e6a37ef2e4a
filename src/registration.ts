// The client that the user registered at a provider, as the settings give it.
import { isAbsolute } from "node:path";
import {
  type ClientAuthentication,
  type Credential,
  clientAuthentications,
  type RegisteredClient,
} from "./credentials/credential.ts";
import { OAuthLabError } from "./errors.ts";
import { isLoopback, type Provider } from "./providers/provider.ts";
import { settingsPrefix } from "./providers/settings-prefix.ts";
import { Secret } from "./secret.ts";
import type { Settings } from "./settings.ts";
import { checkUnaskedAddresses } from "./unasked-addresses.ts";

/** A registered client (RFC 6749 §2). */
export interface Registration {
  readonly clientId: string;
  readonly clientSecret?: Secret;
  /** The file of the key that it signs its assertions with (RFC 7523). */
  readonly privateKeyFile?: string;
  /** How it says who it is; where undefined, as what it has and what the server takes say. */
  readonly clientAuthentication?: ClientAuthentication;
  /** Exactly as registered; `http` only on loopback. Port 0 stands for any free one. */
  readonly redirectUri: URL;
  readonly scopes: readonly string[];
}

/** How a login goes about it; where its answer goes and what it asks for, if not what the settings say. */
export interface RegistrationOverrides {
  readonly grant?: Credential["grant"];
  readonly redirectUri?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
}

/** What stands in examples; `my-app` and `todo-list` are names that people give. */
export const placeholder =
  /^<.*>$|^your[-_ ]|^(x{3,}|\.{3,}|todo|change[-_]?me)$|client[-_ ]?(id|secret)[-_ ]?here/i;

/** What is registered at this provider. Throws `usage`, naming the key, for what is missing or was never filled in. */
export function readRegistration(
  provider: Provider,
  settings: Settings,
  overrides: RegistrationOverrides = {},
): Registration {
  const { grant = "authorization_code" } = overrides;
  const prefix = settingsPrefix(provider.name);
  const wishes = readWishes(provider, settings, overrides);
  const builtIn = builtInClient(provider, grant);
  const configuredId = filledIn(settings, `${prefix}_CLIENT_ID`);
  const clientId = configuredId ?? builtIn?.clientId;
  if (clientId === undefined) throw missing(provider, `${prefix}_CLIENT_ID`);
  const clientSecret =
    filledIn(settings, `${prefix}_CLIENT_SECRET`) ??
    (configuredId === undefined ? builtIn?.clientSecret : undefined);
  const authentication = readClientAuthentication(prefix, settings);
  const isProven = clientSecret !== undefined || Object.keys(authentication).length > 0;
  if (!isProven && provider.needsSecret.has(grant)) {
    throw missing(provider, `${prefix}_CLIENT_SECRET`);
  }
  return {
    clientId,
    ...(clientSecret !== undefined && { clientSecret: new Secret(clientSecret) }),
    ...authentication,
    ...wishes,
  };
}

/** What a login asks for and where its answer goes, whoever the client is. No client is made without it, so where the addresses come from is checked here. Throws `usage` for a redirect URI that cannot be, `unsafe` for a stranger's address. */
export function readWishes(
  provider: Provider,
  settings: Settings,
  { grant = "authorization_code", redirectUri, scopes }: RegistrationOverrides,
): Pick<Registration, "redirectUri" | "scopes"> {
  checkUnaskedAddresses(provider, settings);
  const configured = settings.value(`${settingsPrefix(provider.name)}_SCOPE`);
  return {
    redirectUri: readRedirectUri(provider, settings, redirectUri),
    scopes: scopes ?? splitScopes(configured) ?? defaultScopes(provider, grant),
  };
}

/** The client that was registered for a credential, and not by hand. */
export function registeredRegistration(
  { clientId, client }: { readonly clientId: string; readonly client: RegisteredClient },
  { scopes }: Pick<Registration, "scopes">,
): Registration {
  const { clientAuthentication, redirectUri, secret: clientSecret } = client;
  const base = { clientId, clientAuthentication, redirectUri: new URL(redirectUri), scopes };
  return { ...base, ...(clientSecret && { clientSecret }) };
}

function readClientAuthentication(
  prefix: string,
  settings: Settings,
): Pick<Registration, "clientAuthentication" | "privateKeyFile"> {
  const key = `${prefix}_CLIENT_AUTHENTICATION`;
  const given = settings.value(key);
  const method = clientAuthentications.find((name) => name === given);
  if (given !== undefined && method === undefined) {
    throw new OAuthLabError({
      kind: "usage",
      code: "client_authentication_unknown",
      message: `${key} names no way to authenticate that oauth-lab knows.`,
      hint: `Use one of ${clientAuthentications.join(", ")}, or leave it out.`,
    });
  }
  const privateKeyFile = readKeyPath(`${prefix}_PRIVATE_KEY_FILE`, settings);
  return {
    ...(method !== undefined && { clientAuthentication: method }),
    ...(privateKeyFile !== undefined && { privateKeyFile }),
  };
}

/** A path in a file means the same wherever one works. */
function readKeyPath(key: string, settings: Settings): string | undefined {
  const path = filledIn(settings, key);
  const { origin = "" } = settings.get(key) ?? {};
  if (path === undefined || origin === "environment" || isAbsolute(path)) return path;
  throw new OAuthLabError({
    kind: "usage",
    code: "private_key_elsewhere",
    message: `${key} (from ${origin}) was not followed: it is not an absolute path.`,
    hint: `Write an absolute path, or set ${key} in the environment.`,
  });
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
  const orRegister = page === undefined ? " Some servers take `login --register` instead." : "";
  return new OAuthLabError({
    kind: "usage",
    code: "not_configured",
    message: `${key} is not set, in the environment or in .env.`,
    hint: `Register a client at ${page ?? documentation} and put its values into .env (see .env.example).${orRegister}`,
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
