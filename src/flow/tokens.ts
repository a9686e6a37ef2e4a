// From the token endpoint's answer (RFC 6749 §5.1) to what we keep. Wire names end here.
import type {
  Binding,
  Credential,
  CredentialKey,
  RegisteredClient,
} from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import { Secret } from "../secret.ts";

/** One answer of a token endpoint. */
export interface TokenSet {
  readonly accessToken: Secret;
  readonly tokenType: string;
  /** Undefined where the server names no lifetime, or an unusable one. */
  readonly expiresInSeconds?: number;
  readonly refreshToken?: Secret;
  readonly refreshExpiresInSeconds?: number;
  /** Undefined where the answer has none: then it is as requested (RFC 6749 §5.1). */
  readonly scopes?: readonly string[];
  readonly idToken?: Secret;
  /** The subject of a verified ID token. */
  readonly subject?: string;
}

/** The members of the answer that are read; the rest is left alone. */
export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: string;
  readonly expires_in?: number | undefined;
  readonly refresh_token?: string | undefined;
  /** GitHub's and Google's own; 0 where there is no end. A number by http/quirks.ts. */
  readonly refresh_token_expires_in?: unknown;
  readonly scope?: string | undefined;
  readonly id_token?: string | undefined;
}

const maxTokenLength = 16 * 1024;

/** Takes the answer over; `bound`: the request carried a proof of possession (RFC 9449 §5). Throws `protocol` for a token of a type that was not asked for, or that could not be sent in a header (RFC 6750 §2.1). */
export function readTokenAnswer(
  answer: TokenAnswer,
  { bound }: { readonly bound: boolean } = { bound: false },
): TokenSet {
  if (answer.token_type !== (bound ? "dpop" : "bearer")) throw wrongTokenType(bound);
  const refreshSeconds = Number(answer.refresh_token_expires_in);
  return {
    accessToken: checkedToken(answer.access_token, "access token"),
    tokenType: answer.token_type,
    ...(answer.expires_in !== undefined && { expiresInSeconds: answer.expires_in }),
    ...(answer.refresh_token !== undefined && {
      refreshToken: checkedToken(answer.refresh_token, "refresh token"),
    }),
    ...(refreshSeconds > 0 && { refreshExpiresInSeconds: refreshSeconds }),
    ...(answer.scope !== undefined && { scopes: splitScopes(answer.scope) }),
    ...(answer.id_token !== undefined && { idToken: new Secret(answer.id_token) }),
  };
}

/** The names in a scope string (RFC 6749 §3.3), each once. */
function splitScopes(scope: string): string[] {
  return [...new Set(scope.split(/\s+/).filter((name) => name !== ""))];
}

/** Whether a token can be sent again: printable ASCII without spaces (RFC 6750 §2.1), of a sane length. */
export function isSendable(token: string): boolean {
  return token.length <= maxTokenLength && /^[\u0021-\u007e]+$/.test(token);
}

/** The access token on its way out of here, if it can be sent. Throws `protocol`: anything else could add a line, a header or an output of its own. */
export function printableToken({ accessToken }: Credential): string {
  const token = accessToken.reveal();
  if (isSendable(token)) return token;
  throw new OAuthLabError({
    kind: "protocol",
    code: "token_malformed",
    message: "The access token is not printable ASCII, so it was not printed.",
    hint: "Sign in again with `oauth-lab login`.",
  });
}

function checkedToken(token: string, what: string): Secret {
  if (isSendable(token)) return new Secret(token);
  throw new OAuthLabError({
    kind: "protocol",
    code: "token_malformed",
    message: `The provider's ${what} is ${token.length > maxTokenLength ? "longer than 16 KiB" : "not printable ASCII"} and was not stored.`,
    hint: "Check that the token endpoint is the provider's own.",
  });
}

function wrongTokenType(bound: boolean): OAuthLabError {
  if (bound) {
    return new OAuthLabError({
      kind: "protocol",
      code: "token_not_bound",
      message: "The provider issued a token that is not bound to the key, so it was not stored.",
      hint: "Sign in without --dpop if a Bearer token will do.",
    });
  }
  return new OAuthLabError({
    kind: "protocol",
    code: "token_type_unknown",
    message: "The provider issued a token of a type that was not asked for, so it was not stored.",
    hint: "Only Bearer tokens are used, and DPoP tokens with --dpop (RFC 6749 §7.1).",
  });
}

/** What a login asked for and knows beside the tokens. */
export interface Origin extends CredentialKey {
  readonly binding: Binding;
  readonly requestedScopes: readonly string[];
  readonly grant: Credential["grant"];
  readonly proofKey?: Secret | undefined;
  readonly client?: RegisteredClient | undefined;
}

/** A new credential from a login's tokens; `now` in milliseconds since 1970. */
export function newCredential(tokens: TokenSet, origin: Origin, now: number): Credential {
  return {
    provider: origin.provider,
    profile: origin.profile,
    binding: origin.binding,
    requestedScopes: origin.requestedScopes,
    grantedScopes: tokens.scopes ?? origin.requestedScopes,
    grant: origin.grant,
    ...lifetimes(tokens, now),
    ...(tokens.refreshToken && { refreshToken: tokens.refreshToken }),
    ...(tokens.idToken && { idToken: tokens.idToken }),
    ...(tokens.subject !== undefined && { subject: tokens.subject }),
    ...(origin.proofKey && { proofKey: origin.proofKey }),
    ...(origin.client && { client: origin.client }),
  };
}

/** The credential after a refresh: what the answer leaves out stays as it was (RFC 6749 §6). */
export function refreshedCredential(
  credential: Credential,
  tokens: TokenSet,
  now: number,
): Credential {
  const { expiresAt: _ended, refreshExpiresAt, ...kept } = credential;
  return {
    ...kept,
    // A new refresh token has a life of its own.
    ...(tokens.refreshToken === undefined &&
      refreshExpiresAt !== undefined && { refreshExpiresAt }),
    ...lifetimes(tokens, now),
    ...(tokens.refreshToken && { refreshToken: tokens.refreshToken }),
    ...(tokens.scopes && { grantedScopes: tokens.scopes }),
    ...(tokens.idToken && { idToken: tokens.idToken }),
  };
}

function lifetimes(
  tokens: TokenSet,
  now: number,
): Pick<Credential, "accessToken" | "tokenType" | "obtainedAt" | "expiresAt" | "refreshExpiresAt"> {
  return {
    accessToken: tokens.accessToken,
    tokenType: tokens.tokenType,
    obtainedAt: now,
    ...(tokens.expiresInSeconds !== undefined && {
      expiresAt: now + tokens.expiresInSeconds * 1000,
    }),
    ...(tokens.refreshExpiresInSeconds !== undefined && {
      refreshExpiresAt: now + tokens.refreshExpiresInSeconds * 1000,
    }),
  };
}
