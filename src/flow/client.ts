// The OAuth client: begin, exchange, refresh, revoke, whose token. What its requests are made with is wire.ts's; openid-client's errors end here and in this folder.
import * as oidc from "openid-client";
import type { Context } from "../context.ts";
import type { Binding, Credential } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import {
  type AuthorizationRequest,
  type AuthorizationWishes,
  makeAuthorizationRequest,
} from "./authorization-request.ts";
import { fetchIdentity, type Identity } from "./identity.ts";
import { type FailedRequest, type Step, translateError } from "./library-errors.ts";
import { isVerifiedRedirect, type VerifiedRedirect } from "./redirect.ts";
import { watchTokenAnswer } from "./rotation.ts";
import type { TokenSet } from "./tokens.ts";
import { readLoginTokens, readRefreshedTokens } from "./verified-tokens.ts";
import { openWire, proofOf, type Wire, type WireOptions } from "./wire.ts";

/** What a refresh brought: tokens, or a failure that may still have used up the old refresh token. */
export type RefreshOutcome =
  | { readonly kind: "refreshed"; readonly tokens: TokenSet }
  | { readonly kind: "failed"; readonly failure: OAuthLabError; readonly rotated?: Secret };

/** Opens the client of a provider: reads its metadata, sends nothing secret. */
export async function openClient(options: WireOptions, context: Context): Promise<OAuthClient> {
  return new OAuthClient(await openWire(options, context));
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

  /** The key that its tokens are bound to, as a private JWK (RFC 9449); to be kept with them. */
  get proofKey(): Secret | undefined {
    return this.wire.proofKey?.privateKey;
  }

  /** The authorization endpoint, for telling a person's slips apart. */
  get authorizationEndpoint(): string {
    return this.#endpoint("authorization_endpoint");
  }

  /** An authorization request of this client, used once. */
  async begin(wishes: AuthorizationWishes): Promise<AuthorizationRequest> {
    const endpoint = this.authorizationEndpoint;
    return makeAuthorizationRequest(this.wire, { ...wishes, endpoint });
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
      const answer = await oidc.authorizationCodeGrant(
        this.wire.config,
        redirect.url,
        {
          pkceCodeVerifier: verifier,
          expectedState: request.state,
          ...(request.nonce !== undefined && {
            expectedNonce: request.nonce,
            idTokenExpected: true,
          }),
        },
        undefined,
        proofOf(this.wire),
      );
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
      const answer = await oidc.refreshTokenGrant(
        this.wire.config,
        refreshToken.reveal(),
        this.#refreshParameters(),
        proofOf(this.wire),
      );
      const tokens = readRefreshedTokens(answer, { wire: this.wire, credential });
      if (tokens.idToken) this.#traceIdToken();
      return { kind: "refreshed", tokens };
    } catch (error) {
      const failure = translateError(error, this.#at("refresh"));
      const rotated = watched.refreshToken();
      return rotated
        ? { kind: "failed", failure: failure.final(), rotated }
        : { kind: "failed", failure };
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
      return await fetchIdentity(credential, this.wire);
    } catch (error) {
      throw translateError(error, this.#at("userinfo"));
    }
  }

  /** GitLab wants the redirect URI of the login again. */
  #refreshParameters(): Record<string, string> {
    const { provider, registration } = this.wire;
    return provider.refreshWantsRedirectUri ? { redirect_uri: registration.redirectUri.href } : {};
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
