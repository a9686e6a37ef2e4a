// The OAuth client: begin, exchange, refresh, revoke, whose token. With server-metadata.ts the only importer of openid-client, behind which its errors end.
import * as oidc from "openid-client";
import type { Context } from "../context.ts";
import type { Binding, Credential } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import { type Fetch, guardFetch } from "../http/fetch.ts";
import { straighten } from "../http/quirks.ts";
import { isLoopback, type Provider, reservedParameters } from "../providers/provider.ts";
import type { Registration } from "../registration.ts";
import { Secret } from "../secret.ts";
import { pinnedAlgorithm } from "./id-token.ts";
import { fetchIdentity, type Identity } from "./identity.ts";
import { type FailedRequest, type Step, translateError } from "./library-errors.ts";
import { type Expected, isVerifiedRedirect, type VerifiedRedirect } from "./redirect.ts";
import { watchTokenAnswer } from "./rotation.ts";
import { readServerMetadata } from "./server-metadata.ts";
import type { TokenSet } from "./tokens.ts";
import { readLoginTokens, readRefreshedTokens } from "./verified-tokens.ts";

/** One authorization request: what was sent, and what its answer must match. Used once. */
export interface AuthorizationRequest extends Expected {
  readonly url: URL;
  readonly codeVerifier: Secret;
  readonly nonce?: string;
  readonly scopes: readonly string[];
}

/** What a refresh brought: tokens, or a failure that may still have used up the old refresh token. */
export type RefreshOutcome =
  | { readonly kind: "refreshed"; readonly tokens: TokenSet }
  | { readonly kind: "failed"; readonly failure: OAuthLabError; readonly rotated?: Secret };

/** Opens the client of a provider: reads its metadata, sends nothing secret. */
export async function openClient(
  options: {
    readonly provider: Provider;
    readonly registration: Registration;
    readonly timeoutSeconds: number;
  },
  context: Context,
): Promise<OAuthClient> {
  const { provider, registration } = options;
  const fetch = straighten(guardFetch(options, context), provider.quirks);
  const metadata = await readServerMetadata(provider, fetch);
  const secret = registration.clientSecret?.reveal();
  const algorithm = pinnedAlgorithm(metadata.id_token_signing_alg_values_supported);
  const config = new oidc.Configuration(
    metadata,
    registration.clientId,
    { id_token_signed_response_alg: algorithm },
    secret === undefined ? oidc.None() : clientAuthentication(secret, { metadata, provider }),
  );
  config.timeout = 0; // guardFetch bounds the time
  config[oidc.customFetch] = fetch as oidc.CustomFetch;
  if (metadata.jwks_uri) oidc.enableNonRepudiationChecks(config);
  if (isLoopback(new URL(metadata.token_endpoint ?? metadata.issuer))) {
    oidc.allowInsecureRequests(config); // guardFetch allows http on this machine only
  }
  return new OAuthClient({ config, provider, registration, fetch, context });
}

/** Basic unless the provider's row or the server's list has only the body form: every server must know Basic (RFC 6749 §2.3.1). */
function clientAuthentication(
  secret: string,
  { metadata, provider }: { metadata: oidc.ServerMetadata; provider: Provider },
): oidc.ClientAuth {
  const methods = provider.clientAuthentication
    ? [provider.clientAuthentication]
    : (metadata.token_endpoint_auth_methods_supported ?? ["client_secret_basic"]);
  return methods.includes("client_secret_post") && !methods.includes("client_secret_basic")
    ? oidc.ClientSecretPost(secret)
    : oidc.ClientSecretBasic(secret);
}

/** What a request at the authorization server is made with. For the files of this folder only: it holds the client's secret. */
export interface Wire {
  readonly config: oidc.Configuration;
  readonly provider: Provider;
  readonly registration: Registration;
  readonly fetch: Fetch;
  readonly context: Context;
}

/** A registered client at one authorization server. All methods throw OAuthLabErrors only. */
export class OAuthClient {
  readonly wire: Wire;

  constructor(wire: Wire) {
    this.wire = wire;
  }

  /** Where this client's credentials may be shown again. */
  get binding(): Binding {
    const metadata = this.wire.config.serverMetadata();
    const tokenEndpoint = this.#endpoint("token_endpoint");
    const { userinfo_endpoint, revocation_endpoint, introspection_endpoint } = metadata;
    const endpoints = [
      tokenEndpoint,
      userinfo_endpoint,
      revocation_endpoint,
      introspection_endpoint,
    ];
    const origins = endpoints
      .filter((endpoint) => endpoint !== undefined)
      .map((url) => new URL(url).origin);
    return {
      issuer: metadata.issuer,
      tokenEndpoint,
      clientId: this.wire.registration.clientId,
      origins: [...new Set([...origins, ...this.wire.provider.apiOrigins])].sort(),
    };
  }

  /** The authorization endpoint, for telling a person's slips apart. */
  get authorizationEndpoint(): string {
    return this.#endpoint("authorization_endpoint");
  }

  /** An authorization request with fresh state, verifier and, with `openid`, nonce (RFC 6749 §4.1.1, RFC 7636 §4, OIDC Core §3.1.2.1). */
  async begin(options: {
    readonly redirectUri: string;
    readonly scopes: readonly string[];
    readonly parameters: Readonly<Record<string, string>>;
  }): Promise<AuthorizationRequest> {
    const { redirectUri, scopes, parameters } = options;
    const endpoint = new URL(this.authorizationEndpoint);
    const reserved = [...endpoint.searchParams.keys(), ...Object.keys(parameters)].find((name) =>
      reservedParameters.has(name),
    );
    if (reserved !== undefined) throw reservedParameter(reserved);
    const codeVerifier = oidc.randomPKCECodeVerifier();
    const state = oidc.randomState();
    const nonce = scopes.includes("openid") ? oidc.randomNonce() : undefined;
    const url = oidc.buildAuthorizationUrl(this.wire.config, {
      response_type: "code",
      client_id: this.wire.registration.clientId,
      redirect_uri: redirectUri,
      ...(scopes.length > 0 && { scope: scopes.join(" ") }),
      state,
      ...(nonce !== undefined && { nonce }),
      code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: "S256",
      ...parameters,
    });
    const { issuer, authorization_response_iss_parameter_supported: issRequired } =
      this.wire.config.serverMetadata();
    return {
      url,
      redirectUri,
      state,
      issuer,
      issRequired: issRequired === true,
      codeVerifier: new Secret(codeVerifier),
      ...(nonce !== undefined && { nonce }),
      scopes,
    };
  }

  /** Exchanges the code (RFC 6749 §4.1.3). The library would go on without a verifier or a state, so their absence ends it here. */
  async exchange(request: AuthorizationRequest, redirect: VerifiedRedirect): Promise<TokenSet> {
    const verifier = request.codeVerifier.reveal();
    if (
      !/^[\w.~-]{43,128}$/.test(verifier) ||
      request.state.length < 22 ||
      !isVerifiedRedirect(redirect)
    ) {
      throw new OAuthLabError({
        kind: "bug",
        code: "unchecked_exchange",
        message: "The code was not exchanged, because a check before it is missing.",
        hint: "Please report it.",
      });
    }
    try {
      const answer = await oidc.authorizationCodeGrant(this.wire.config, redirect.url, {
        pkceCodeVerifier: verifier,
        expectedState: request.state,
        ...(request.nonce !== undefined && { expectedNonce: request.nonce, idTokenExpected: true }),
      });
      const tokens = readLoginTokens(answer, this.wire);
      if (tokens.idToken) this.#traceIdToken();
      return tokens;
    } catch (error) {
      throw translateError(error, this.#at("code"));
    }
  }

  /** Spends the refresh token (RFC 6749 §6). Never throws: a failed answer may still carry the rotated token, which must be kept. */
  async refresh(credential: Credential, refreshToken: Secret): Promise<RefreshOutcome> {
    const watched = watchTokenAnswer(this.wire.fetch);
    this.wire.config[oidc.customFetch] = watched.fetch as oidc.CustomFetch;
    try {
      const answer = await oidc.refreshTokenGrant(this.wire.config, refreshToken.reveal());
      const tokens = readRefreshedTokens(answer, { wire: this.wire, credential });
      if (tokens.idToken) this.#traceIdToken();
      return { kind: "refreshed", tokens };
    } catch (error) {
      const rotated = watched.refreshToken();
      return {
        kind: "failed",
        failure: translateError(error, this.#at("refresh")),
        ...(rotated && { rotated }),
      };
    } finally {
      this.wire.config[oidc.customFetch] = this.wire.fetch as oidc.CustomFetch;
    }
  }

  /** Whether the server has a revocation endpoint (RFC 7009). */
  get canRevoke(): boolean {
    return this.wire.config.serverMetadata().revocation_endpoint !== undefined;
  }

  /** Ends a token's life at the server (RFC 7009 §2.1); an unknown token counts as success. */
  async revoke(token: Secret, hint: "access_token" | "refresh_token"): Promise<void> {
    try {
      await oidc.tokenRevocation(this.wire.config, token.reveal(), { token_type_hint: hint });
    } catch (error) {
      throw translateError(error, this.#at("revocation"));
    }
  }

  /** Whose token it is, asked at the API; undefined where the provider has no way to ask. */
  async identify(credential: Credential): Promise<Identity | undefined> {
    try {
      return await fetchIdentity(credential, {
        config: this.wire.config,
        provider: this.wire.provider,
      });
    } catch (error) {
      throw translateError(error, this.#at("userinfo"));
    }
  }

  #traceIdToken(): void {
    const signature = this.wire.config.serverMetadata().jwks_uri !== undefined;
    this.wire.context.trace?.({ kind: "id-token-verified", signature });
  }

  #at(step: Step): FailedRequest {
    return { step, provider: this.wire.provider.name };
  }

  #endpoint(name: "authorization_endpoint" | "token_endpoint"): string {
    const address = this.wire.config.serverMetadata()[name];
    if (address !== undefined) return address;
    const key = name.toUpperCase();
    throw new OAuthLabError({
      kind: "usage",
      code: "endpoint_missing",
      message: `The provider's metadata has no ${name.replaceAll("_", " ")}.`,
      hint: `Set it by hand with <NAME>_${key}.`,
    });
  }
}

function reservedParameter(name: string): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "reserved_parameter",
    message: `The parameter ${name} belongs to the protocol and cannot be set by hand.`,
    hint: "Remove it from --param or from the authorization endpoint.",
  });
}
