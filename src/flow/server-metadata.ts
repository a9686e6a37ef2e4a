// The authorization server's metadata: discovered or static, checked, with the configured endpoints laid over it (RFC 8414, OpenID Connect Discovery).
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
  for (const [name, member] of Object.entries(endpointNames)) {
    const address = provider.endpoints[name as keyof Endpoints] ?? metadata[member];
    if (address === undefined) continue;
    metadata[member] = checkEndpoint(String(address), member.replaceAll("_", " ")).href;
  }
  for (const member of discoveredOnly) {
    if (metadata[member] === undefined) continue;
    metadata[member] = checkEndpoint(String(metadata[member]), member.replaceAll("_", " ")).href;
  }
  return metadata as oidc.ServerMetadata;
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
    hint: "If that is the provider you mean, use the issuer exactly as it writes it.",
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
