// The authorization server's metadata: discovered or static, checked, with the configured endpoints laid over it (RFC 8414, OpenID Connect Discovery).
import * as oidc from "openid-client";
import { OAuthLabError } from "../errors.ts";
import type { Fetch } from "../http/fetch.ts";
import { checkEndpoint, type Endpoints, isLoopback, type Provider } from "../providers/provider.ts";
import { sanitise } from "../terminal/sanitise.ts";
import { isPrivateHost, isSameSite } from "./hosts.ts";
import { translateError } from "./library-errors.ts";

const endpointNames = {
  authorization: "authorization_endpoint",
  token: "token_endpoint",
  deviceAuthorization: "device_authorization_endpoint",
  userinfo: "userinfo_endpoint",
  revocation: "revocation_endpoint",
  introspection: "introspection_endpoint",
  jwks: "jwks_uri",
} as const satisfies Record<keyof Endpoints, keyof oidc.ServerMetadata>;

/** Those that only metadata names: who must set endpoints by hand has neither. */
const discoveredOnly = ["pushed_authorization_request_endpoint", "registration_endpoint"] as const;

/** Where the client says who it is: its secret, a code or a refresh token goes there. */
const trustedEndpoints: ReadonlySet<string> = new Set([
  "token_endpoint",
  "device_authorization_endpoint",
  "revocation_endpoint",
  "introspection_endpoint",
  "pushed_authorization_request_endpoint",
]);

/** The metadata to work with. Throws `unsafe` for another issuer, an endpoint that is not https, and one where it should not be. */
export async function readServerMetadata(
  provider: Provider,
  fetch: Fetch,
): Promise<oidc.ServerMetadata> {
  const discovered =
    provider.metadata === "discovery" ? await discover(provider.issuer, fetch) : {};
  const metadata: Record<string, unknown> = { ...discovered, issuer: provider.issuer };
  const configured: Readonly<Record<string, string | undefined>> = Object.fromEntries(
    Object.entries(endpointNames).map(([name, member]) => [
      member,
      provider.endpoints[name as keyof Endpoints],
    ]),
  );
  const homes = [provider.issuer, ...(provider.endpointsAt ?? []), ...Object.values(configured)]
    .filter((address) => address !== undefined)
    .map((address) => new URL(address));
  for (const member of [...Object.values(endpointNames), ...discoveredOnly]) {
    const byHand = configured[member];
    if (byHand !== undefined) metadata[member] = checkEndpoint(byHand, words(member)).href;
    else if (metadata[member] !== undefined)
      metadata[member] = checkDiscovered(String(metadata[member]), { member, provider, homes });
  }
  return metadata as oidc.ServerMetadata;
}

const words = (member: string) => member.replaceAll("_", " ");

/** An endpoint as the metadata names it: a server on the internet does not send our requests into the user's own network, nor what is secret to another's domain. */
function checkDiscovered(
  address: string,
  { member, provider, homes }: { member: string; provider: Provider; homes: readonly URL[] },
): string {
  const url = checkEndpoint(address, words(member));
  if (isPrivateHost(url)) {
    if (isPrivateHost(new URL(provider.issuer))) return url.href;
    throw privateEndpoint(url, { member, provider });
  }
  if (trustedEndpoints.has(member) && !homes.some((home) => isSameSite(home, url)))
    throw endpointElsewhere(url, { member, provider });
  return url.href;
}

interface Named {
  readonly member: string;
  readonly provider: Provider;
}

function privateEndpoint(url: URL, { member, provider }: Named): OAuthLabError {
  return new OAuthLabError({
    kind: "unsafe",
    code: "endpoint_private",
    message: `The metadata of ${new URL(provider.issuer).host} names an address in your own network as its ${words(member)}: ${url.host}.`,
    hint: "If that is meant, set the endpoint by hand.",
  });
}

function endpointElsewhere(url: URL, { member, provider }: Named): OAuthLabError {
  const canBeSet = Object.values<string>(endpointNames).includes(member);
  return new OAuthLabError({
    kind: "unsafe",
    code: "endpoint_elsewhere",
    message: `The metadata of ${new URL(provider.issuer).host} names its ${words(member)} at another domain: ${sanitise(url.href, 200)}.`,
    hint: canBeSet
      ? `Nothing was sent there. If the provider's documentation names it too, set <NAME>_${member.toUpperCase()} to it, in the environment or in a file that --env-file names.`
      : "Nothing was sent there.",
  });
}

/** OpenID Connect Discovery, then RFC 8414 where the server has no such document. */
async function discover(issuer: string, fetch: Fetch): Promise<oidc.ServerMetadata> {
  let last: unknown;
  for (const algorithm of ["oidc", "oauth2"] as const) {
    try {
      const options: oidc.DiscoveryRequestOptions = {
        algorithm,
        [oidc.customFetch]: fetch as oidc.CustomFetch,
        ...(isLoopback(new URL(issuer)) && { execute: [oidc.allowInsecureRequests] }),
      };
      // The client named here is never used: discovery asks for one, the document does not depend on it.
      const found = await oidc.discovery(
        new URL(issuer),
        "discovery",
        undefined,
        undefined,
        options,
      );
      return checkIssuerExactly(found.serverMetadata(), issuer);
    } catch (error) {
      last = error;
      if (!isNotFound(error)) break;
    }
  }
  throw isNotFound(last) ? noMetadata(issuer) : translateError(last, { step: "discovery" });
}

/** Simple string comparison, as RFC 8414 §3.3 and RFC 9207 §2.4 ask: the library lets a trailing slash pass. */
function checkIssuerExactly(metadata: oidc.ServerMetadata, issuer: string): oidc.ServerMetadata {
  if (metadata.issuer === issuer) return metadata;
  throw new OAuthLabError({
    kind: "unsafe",
    code: "issuer_mismatch",
    message: `The server calls itself ${sanitise(metadata.issuer, 200)}, not ${sanitise(issuer, 200)}.`,
    // Entra's `common` and `organizations`: a placeholder that no answer could be compared with.
    hint: metadata.issuer.includes("{tenantid}")
      ? "Use the issuer of your own tenant, with its id in place of {tenantid}."
      : "If that is the provider you mean, use the issuer exactly as it writes it.",
  });
}

function isNotFound(error: unknown): boolean {
  const response = error instanceof Error ? error.cause : undefined;
  return response instanceof Response && (response.status === 404 || response.status === 405);
}

function noMetadata(issuer: string): OAuthLabError {
  return new OAuthLabError({
    kind: "protocol",
    code: "no_metadata",
    message: `${new URL(issuer).host} publishes no metadata for this issuer.`,
    hint: "Check the issuer, or give the endpoints by hand: <NAME>_AUTHORIZATION_ENDPOINT and <NAME>_TOKEN_ENDPOINT.",
  });
}
