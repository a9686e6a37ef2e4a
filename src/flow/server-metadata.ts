// The authorization server's metadata: discovered or static, checked, with the configured endpoints laid over it (RFC 8414, OpenID Connect Discovery).
import { BlockList, isIP } from "node:net";
import * as oidc from "openid-client";
import { OAuthLabError } from "../errors.ts";
import type { Fetch } from "../http/fetch.ts";
import { checkEndpoint, type Endpoints, isLoopback, type Provider } from "../providers/provider.ts";
import { sanitise } from "../terminal/sanitise.ts";
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

/** The metadata to work with. Throws `unsafe` for another issuer or an endpoint that is not https. */
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
  for (const member of [...Object.values(endpointNames), ...discoveredOnly]) {
    const byHand = configured[member];
    if (byHand !== undefined) metadata[member] = checkEndpoint(byHand, words(member)).href;
    else if (metadata[member] !== undefined)
      metadata[member] = checkDiscovered(String(metadata[member]), { member, provider });
  }
  return metadata as oidc.ServerMetadata;
}

const words = (member: string) => member.replaceAll("_", " ");

/** An endpoint as the metadata names it: a server on the internet does not send our requests into the user's own network. Host names are taken as they are. */
function checkDiscovered(
  address: string,
  { member, provider }: { member: string; provider: Provider },
): string {
  const url = checkEndpoint(address, words(member));
  if (!isPrivateHost(url) || isPrivateHost(new URL(provider.issuer))) return url.href;
  throw new OAuthLabError({
    kind: "unsafe",
    code: "endpoint_private",
    message: `The metadata of ${new URL(provider.issuer).host} names an address in your own network as its ${words(member)}: ${url.host}.`,
    hint: "If that is meant, set the endpoint by hand.",
  });
}

/** Loopback, private, shared, link-local and unspecified addresses (RFC 6890). */
const privateAddresses = new BlockList();
for (const [address, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  // RFC 6598: behind a provider's or a VPN's address translation.
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  privateAddresses.addSubnet(address, bits, "ipv4");
}
for (const [address, bits] of [
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
] as const) {
  privateAddresses.addSubnet(address, bits, "ipv6");
}

function isPrivateHost({ hostname }: URL): boolean {
  if (/(^|\.)localhost$/.test(hostname)) return true;
  const address = hostname.replace(/^\[|\]$/g, "");
  const family = isIP(address);
  return family !== 0 && privateAddresses.check(address, family === 4 ? "ipv4" : "ipv6");
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
