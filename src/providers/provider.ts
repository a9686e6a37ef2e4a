// What a provider is: data. Each provider is one file that fills this in, and one line in known.ts.
import type { Credential } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";

/** Ways in which a provider departs from the RFCs; each is handled once, in http/quirks.ts. */
export type Quirk =
  /** Errors of the token and device endpoints come with status 200 (GitHub). */
  | "errors-with-200"
  /** `scope` in the answer is separated by commas (GitHub). */
  | "comma-scopes"
  /** The device answer says `verification_url` (Google). */
  | "verification-url"
  /** Some refusals name the error `error_code` (Google's device endpoint). */
  | "error-code";

/** The endpoints of RFC 8414, as far as the provider has them. */
export interface Endpoints {
  readonly authorization?: string | undefined;
  readonly token?: string | undefined;
  readonly deviceAuthorization?: string | undefined;
  readonly userinfo?: string | undefined;
  readonly revocation?: string | undefined;
  readonly introspection?: string | undefined;
  readonly jwks?: string | undefined;
}

/** How the API says whose token it is. */
export type IdentitySource =
  | { readonly kind: "userinfo" }
  /** A plain GET whose JSON answer names the user. */
  | { readonly kind: "api"; readonly url: string; readonly accept: string };

/** GitHub's REST calls about a token, which stand in for RFC 7009 and RFC 7662. */
export interface ApplicationsApi {
  /** `…/applications`, followed by `/{client_id}/token`. */
  readonly url: string;
  /** Ends any token, for anyone who holds it. */
  readonly revokeUrl?: string;
}

/** An authorization server with its API. */
export interface Provider {
  readonly name: string;
  /** What people call it. */
  readonly label: string;
  /** The issuer identifier, compared exactly (RFC 8414 §2, RFC 9207 §2.4). */
  readonly issuer: string;
  /** `static`: the endpoints below are all there is; `discovery`: the issuer's metadata is fetched, and the endpoints below win over it. */
  readonly metadata: "static" | "discovery";
  readonly endpoints: Endpoints;
  /** Where its discovered endpoints may lie beside the issuer's own domain: origins. */
  readonly endpointsAt?: readonly string[];
  readonly identity: IdentitySource;
  /** What a path of the API begins with. */
  readonly apiUrl?: string;
  /** The origins of the API: an access token goes nowhere else. */
  readonly apiOrigins: readonly string[];
  readonly defaultScopes: readonly string[];
  /** Parameters of every authorization request to it. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** What asks for a refresh token: the provider's own way. */
  readonly offline: {
    readonly scopes: readonly string[];
    readonly parameters: Readonly<Record<string, string>>;
  };
  /** A refresh names the redirect URI of the login again (GitLab). */
  readonly refreshWantsRedirectUri?: true;
  /** A refresh leaves the refresh token as it is; of any other provider it may end the old one. */
  readonly keepsRefreshToken?: true;
  readonly quirks: ReadonlySet<Quirk>;
  /** The grants for which the provider wants a client secret where the RFCs do not. */
  readonly needsSecret: ReadonlySet<Credential["grant"]>;
  /** How it wants the client secret, where its metadata does not say. */
  readonly clientAuthentication?: "client_secret_post";
  /** The client to use where none is configured; only the sandbox has one. */
  readonly builtInClient?: { readonly clientId: string };
  /** The same for a client without a user; its secret guards nothing. */
  readonly builtInServiceClient?: { readonly clientId: string; readonly clientSecret: string };
  /** What else a person should know before, one sentence each. */
  readonly notes?: readonly string[];
  /** Where to register a client, and what the provider's own documentation says. */
  readonly registration: { readonly page?: string; readonly documentation: string };
  /** Google's endpoint that says what an access token is worth. */
  readonly tokeninfo?: string;
  readonly applicationsApi?: ApplicationsApi;
  /** What a revocation ends beyond the one credential, one sentence. */
  readonly revocationReach?: string;
  /** Where the user ends a grant by hand; CLIENT_ID in it stands for the client's id. */
  readonly grantsPage?: string;
}

/** Fills in a provider's row from the settings that are its own; `issuer` has been checked. */
export type MakeProvider = (own: {
  readonly issuer: string | undefined;
  value(key: string): string | undefined;
}) => Provider;

const loopbackHosts = new Set(["127.0.0.1", "[::1]", "localhost"]);

/** Whether a URL's host is this machine; `http` is allowed to nowhere else. */
export function isLoopback(url: URL): boolean {
  return loopbackHosts.has(url.hostname);
}

/** Parameters of an authorization request that belong to the protocol: neither an endpoint nor `--param` may set them. */
export const reservedParameters: ReadonlySet<string> = new Set([
  "response_type",
  "response_mode",
  "client_id",
  "client_secret",
  "redirect_uri",
  "scope",
  "state",
  "nonce",
  "code_challenge",
  "code_challenge_method",
  "code_verifier",
  "request",
  "request_uri",
  // RFC 9126 §2: a pushed request authenticates the client; RFC 9449 §10: the key that the code is bound to.
  "client_assertion",
  "client_assertion_type",
  "dpop_jkt",
]);

/** A checked endpoint address: https, or http on this machine; no user name, no fragment, plain ASCII. Throws `unsafe`. */
export function checkEndpoint(address: string, what: string): URL {
  const url =
    /^[\u0021-\u007e]+$/.test(address) && URL.canParse(address) ? new URL(address) : undefined;
  const problem = problemOf(url);
  if (url === undefined || problem !== undefined) {
    throw new OAuthLabError({
      kind: "unsafe",
      code: "endpoint_refused",
      message: `The ${what} cannot be used: it ${problem}.`,
      hint: "An endpoint must be an https address (http only on 127.0.0.1) without a user name or a fragment.",
    });
  }
  return url;
}

function problemOf(url: URL | undefined): string | undefined {
  if (url === undefined) return "is not an address";
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url))) {
    return "is not https";
  }
  if (url.username !== "" || url.password !== "") return "carries a user name";
  if (url.hash !== "") return "has a fragment";
  return undefined;
}

/** The issuer as an identifier: no query, and not the address of a metadata document, which would skip the issuer check. Throws `usage`. */
export function checkIssuer(issuer: string): URL {
  const url = checkEndpoint(issuer, "issuer");
  if (url.search !== "" || url.pathname.includes("/.well-known/")) {
    throw new OAuthLabError({
      kind: "usage",
      code: "issuer_invalid",
      message: "The issuer is not an issuer identifier.",
      hint: "Give the issuer itself, without /.well-known/… and without a query.",
    });
  }
  return url;
}
