// What we hold after a login, and the states it can be in. Wire and disk names stay outside of it.
import type { Secret } from "../secret.ts";

/** Which credential: a provider's name and a profile's. */
export interface CredentialKey {
  readonly provider: string;
  readonly profile: string;
}

/** Whom the credential may be shown to again: it is never sent anywhere else (RFC 9700 §4.4). */
export interface Binding {
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly clientId: string;
  /** The origins of all endpoints and of the API that may see one of its tokens. */
  readonly origins: readonly string[];
}

/** The tokens of one login and what they are bound to. Times are milliseconds since 1970. */
export interface Credential extends CredentialKey {
  readonly binding: Binding;
  readonly accessToken: Secret;
  /** `bearer`, as the provider's answer says (RFC 6749 §7.1); `dpop` for a sender-constrained one (RFC 9449). */
  readonly tokenType: string;
  readonly obtainedAt: number;
  /** Undefined where the provider names no lifetime: the token may end at any time. */
  readonly expiresAt?: number;
  readonly refreshToken?: Secret;
  readonly refreshExpiresAt?: number;
  readonly requestedScopes: readonly string[];
  readonly grantedScopes: readonly string[];
  readonly idToken?: Secret;
  /** The subject that the ID token or the API named, and what to call them. Outside text: sanitise before showing. */
  readonly subject?: string;
  readonly login?: string;
  /** How it was obtained: a client credential has no user and is renewed by asking again (RFC 6749 §4.4). */
  readonly grant: "authorization_code" | "device_code" | "client_credentials";
  /** The private key that the tokens are bound to, as a JWK (RFC 9449): without it they are worth nothing. */
  readonly proofKey?: Secret;
  /** The client, where it was registered for this credential and not by hand. */
  readonly client?: RegisteredClient;
}

/** What dynamic registration gave beside the client's id, which is the binding's (RFC 7591 §3.2.1). */
export interface RegisteredClient {
  readonly clientAuthentication: ClientAuthentication;
  readonly redirectUri: string;
  readonly secret?: Secret;
  /** Where the registration is ended, and by what (RFC 7592 §2.3). */
  readonly management?: { readonly uri: string; readonly accessToken: Secret };
}

/** How a client says who it is (OIDC Core §9), by the names of the IANA registry. */
export const clientAuthentications = [
  "client_secret_basic",
  "client_secret_post",
  "private_key_jwt",
  "none",
] as const;
export type ClientAuthentication = (typeof clientAuthentications)[number];

/** Whether a new access token can be had without a user: by a refresh token, or by asking again as the client itself. */
export function isRenewable({ grant, refreshToken }: Credential): boolean {
  return grant === "client_credentials" || refreshToken !== undefined;
}

/** Where a credential stands at a moment. */
export type CredentialState =
  | { readonly state: "active"; readonly secondsLeft: number | undefined }
  | { readonly state: "expired"; readonly refreshable: boolean };

/** Whether the access token is good for so many more seconds at this moment (milliseconds since 1970). */
export function credentialState(
  credential: Credential,
  { now, minTtlSeconds }: { now: number; minTtlSeconds: number },
): CredentialState {
  if (credential.expiresAt === undefined) return { state: "active", secondsLeft: undefined };
  const secondsLeft = Math.floor((credential.expiresAt - now) / 1000);
  if (secondsLeft > minTtlSeconds) return { state: "active", secondsLeft };
  const refreshExpired =
    credential.refreshExpiresAt !== undefined && credential.refreshExpiresAt <= now;
  return { state: "expired", refreshable: isRenewable(credential) && !refreshExpired };
}
