// Whose token it is: OpenID Connect's userinfo, or the provider's own API (GitHub's GET /user).
import * as oidc from "openid-client";
import type { Credential } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import type { Provider } from "../providers/provider.ts";
import { proofOf, type Wire } from "./wire.ts";

/** The user as the provider's API names them. Outside text, already cut to a sane length: sanitise before showing. */
export interface Identity {
  readonly subject: string;
  readonly login?: string;
  readonly name?: string;
  readonly email?: string;
}

/** Asks the API, at the provider's own origins only (RFC 6750 §5.3). Undefined where there is nothing to ask. */
export async function fetchIdentity(
  credential: Credential,
  wire: Wire,
): Promise<Identity | undefined> {
  const { config, provider } = wire;
  const { accessToken, grantedScopes, idToken, subject } = credential;
  if (provider.identity.kind === "userinfo") {
    const { userinfo_endpoint: endpoint, jwks_uri: keys } = config.serverMetadata();
    if (endpoint === undefined) return undefined;
    if (keys !== undefined && !grantedScopes.includes("openid")) throw openidNotGranted(provider);
    const claims = await oidc.fetchUserInfo(
      config,
      accessToken.reveal(),
      (idToken && subject) ?? oidc.skipSubjectCheck,
      proofOf(wire),
    );
    return readIdentity({ ...claims, login: claims.preferred_username }, claims.sub);
  }
  const url = new URL(provider.identity.url);
  if (!provider.apiOrigins.includes(url.origin)) throw foreignOrigin(url);
  const response = await oidc.fetchProtectedResource(
    config,
    accessToken.reveal(),
    url,
    "GET",
    undefined,
    new Headers({ accept: provider.identity.accept }),
    proofOf(wire),
  );
  if (!response.ok) throw apiFailure(response.status, url);
  const user = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  return readIdentity(user, user.id);
}

function readIdentity(user: Record<string, unknown>, subject: unknown): Identity {
  if (typeof subject !== "string" && typeof subject !== "number") {
    throw new OAuthLabError({
      kind: "protocol",
      code: "identity_missing",
      message: "The API's answer does not say whose token it is.",
      hint: "Check the API's address.",
    });
  }
  const text = (name: string): Record<string, string> => {
    const value = user[name];
    return typeof value === "string" && value !== "" ? { [name]: value.slice(0, 320) } : {};
  };
  return {
    subject: String(subject).slice(0, 255),
    ...text("login"),
    ...text("name"),
    ...text("email"),
  };
}

/** An OpenID provider answers such a token as it answers a dead one (OIDC Core §5.3). */
function openidNotGranted({ label }: Provider): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "openid_not_granted",
    message: `The token has not the scope openid, without which ${label} does not say whose it is.`,
    hint: "Sign in with openid among the scopes if you want to know.",
  });
}

function foreignOrigin(url: URL): OAuthLabError {
  return new OAuthLabError({
    kind: "unsafe",
    code: "foreign_origin",
    message: `The access token was not sent to ${url.host}, which is not the provider's API.`,
    hint: "Check <NAME>_API_URL.",
  });
}

function apiFailure(status: number, url: URL): OAuthLabError {
  if (status === 401) {
    return new OAuthLabError({
      kind: "login-required",
      code: "invalid_token",
      message: `${url.host} no longer accepts the access token.`,
      hint: "Run `oauth-lab refresh`, or sign in again with `oauth-lab login`.",
    });
  }
  const transient = status >= 500 || status === 429;
  return new OAuthLabError({
    kind: transient ? "unavailable" : "refused",
    code: `http_${status}`,
    message: `${url.host} answered the question whose token this is with status ${status}.`,
    hint: transient
      ? "Try again later."
      : "The token may lack the scope for it, or the account a rate limit.",
  });
}
