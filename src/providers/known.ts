// From a name to a provider: the known rows, the ones that the settings name, or an issuer URL.
import { OAuthLabError } from "../errors.ts";
import type { Settings } from "../settings.ts";
import { sanitise } from "../terminal/sanitise.ts";
import { discovered } from "./discovered.ts";
import { github } from "./github.ts";
import { gitlab } from "./gitlab.ts";
import { google } from "./google.ts";
import {
  checkEndpoint,
  checkIssuer,
  type Endpoints,
  type MakeProvider,
  type Provider,
} from "./provider.ts";
import { sandbox } from "./sandbox.ts";
import { isIssuerUrl, settingsPrefix } from "./settings-prefix.ts";

/** The known providers, one line each: called and not handed on, so that the build can load each file when it is used. */
const knownProviders: Readonly<Record<string, MakeProvider>> = {
  github: (own) => github(own),
  google: (own) => google(own),
  gitlab: (own) => gitlab(own),
  sandbox: (own) => sandbox(own),
};

/** The names that can be used with these settings, the known ones first. */
export function providerNames(settings: Settings): string[] {
  const configured = ["_ISSUER", "_TOKEN_ENDPOINT"]
    .flatMap((suffix) => settings.keysEndingWith(suffix).map((key) => key.slice(0, -suffix.length)))
    .map((prefix) => prefix.toLowerCase().replaceAll("_", "-"));
  return [...new Set([...Object.keys(knownProviders), ...configured])];
}

/** The provider of this name with the endpoints that the settings give. Throws `usage` for an unknown name, `unsafe` for an endpoint that is not https. */
export function resolveProvider(name: string, settings: Settings): Provider {
  const provider = findProvider(name, settings);
  const overrides = configuredEndpoints(settings, settingsPrefix(name));
  const address = name === "github" ? undefined : settings.value(`${settingsPrefix(name)}_API_URL`);
  const apiUrl = address && checkEndpoint(address, "API address");
  return {
    ...provider,
    endpoints: { ...provider.endpoints, ...overrides },
    ...(apiUrl && {
      apiUrl: apiUrl.href.replace(/\/$/, ""),
      apiOrigins: [...provider.apiOrigins, apiUrl.origin],
    }),
  };
}

function findProvider(name: string, settings: Settings): Provider {
  if (isIssuerUrl(name)) {
    checkIssuer(name);
    return discovered({ name, issuer: name });
  }
  const prefix = settingsPrefix(name);
  const issuer = settings.value(`${prefix}_ISSUER`);
  if (issuer !== undefined) checkIssuer(issuer);
  const make = Object.hasOwn(knownProviders, name) ? knownProviders[name] : undefined;
  return make
    ? make({ issuer, value: settings.value })
    : configuredProvider({ name, prefix, issuer }, settings);
}

function configuredProvider(
  { name, prefix, issuer }: { name: string; prefix: string; issuer: string | undefined },
  settings: Settings,
): Provider {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) throw unknownProvider(name, settings);
  if (issuer !== undefined) return discovered({ name, issuer });
  const tokenEndpoint = settings.value(`${prefix}_TOKEN_ENDPOINT`);
  if (tokenEndpoint === undefined) throw unknownProvider(name, settings);
  // Without an issuer the token endpoint's origin names the server: it is compared only with itself.
  const origin = checkEndpoint(tokenEndpoint, "token endpoint").origin;
  return { ...discovered({ name, issuer: origin }), metadata: "static", defaultScopes: [] };
}

function configuredEndpoints(settings: Settings, prefix: string): Endpoints {
  const keys = {
    authorization: "AUTHORIZATION_ENDPOINT",
    token: "TOKEN_ENDPOINT",
    deviceAuthorization: "DEVICE_AUTHORIZATION_ENDPOINT",
    userinfo: "USERINFO_ENDPOINT",
    revocation: "REVOCATION_ENDPOINT",
    introspection: "INTROSPECTION_ENDPOINT",
  } as const;
  const endpoints: Record<string, string> = {};
  for (const [endpoint, suffix] of Object.entries(keys)) {
    const address = settings.value(`${prefix}_${suffix}`);
    if (address !== undefined)
      endpoints[endpoint] = checkEndpoint(address, `${prefix}_${suffix}`).href;
  }
  return endpoints;
}

function unknownProvider(name: string, settings: Settings): OAuthLabError {
  const names = providerNames(settings);
  const near = names.find((candidate) => isNear(name, candidate));
  return new OAuthLabError({
    kind: "usage",
    code: "unknown_provider",
    message: `There is no provider called "${sanitise(name, 64)}".`,
    hint: near
      ? `Did you mean ${near}?`
      : `Use one of ${names.join(", ")}, an issuer URL, or set ${sanitise(settingsPrefix(name), 64)}_ISSUER.`,
  });
}

/** At most two letters added, dropped, changed or swapped. */
function isNear(typed: string, name: string): boolean {
  return editDistance(typed.toLowerCase(), name) <= 2;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const changed = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(changed, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
