// Google's token and device endpoints: proper statuses, no rotation, a refresh token with the first consent only.
import { createHash } from "node:crypto";
import { signIdToken } from "./google-keys.ts";
import {
  checkClient,
  type GoogleGrant,
  type GoogleState,
  mint,
  refuse,
  rename,
  splitScopes,
} from "./google-state.ts";
import type { Answer, Responder } from "./provider-server.ts";

function idToken({ options, issuer, issued }: GoogleState, { scopes, nonce }: GoogleGrant): string {
  const seconds = Math.floor(options.now() / 1000);
  const { sub, email, name } = options.user;
  const token = signIdToken({
    iss: issuer,
    azp: options.clientId,
    aud: options.clientId,
    sub,
    ...(scopes.some((scope) => scope.endsWith("email")) ? { email, email_verified: true } : {}),
    ...(scopes.some((scope) => scope.endsWith("profile")) ? { name } : {}),
    ...(nonce === null ? {} : { nonce }),
    iat: seconds,
    exp: seconds + 3600,
  });
  issued.add(token);
  return token;
}

function issueAccessToken(state: GoogleState, grant: GoogleGrant): object {
  const accessToken = mint("ya29.", state.issued);
  state.accessTokens.set(accessToken, grant);
  return {
    access_token: accessToken,
    expires_in: state.options.accessTtlSeconds,
    scope: grant.scopes.join(" "),
    token_type: "Bearer",
    ...(grant.scopes.includes("openid") ? { id_token: idToken(state, grant) } : {}),
  };
}

function issueRefreshToken(state: GoogleState, grant: GoogleGrant): object {
  if (!grant.offline) return {};
  const refreshToken = mint("1//0", state.issued);
  state.refreshTokens.set(refreshToken, grant);
  return { refresh_token: refreshToken };
}

const challengeOf = (verifier: string, method: string | null) =>
  method === "S256" ? createHash("sha256").update(verifier).digest("base64url") : verifier;

function exchangeCode(state: GoogleState, form: URLSearchParams): Answer {
  const code = form.get("code") ?? "";
  const grant = state.codes.get(code);
  state.codes.delete(code);
  if (grant === undefined) return refuse("invalid_grant", "Malformed auth code.");
  if (form.get("redirect_uri") !== grant.redirectUri)
    return refuse("redirect_uri_mismatch", "Bad Request");
  const verifier = form.get("code_verifier");
  if (grant.challenge !== null && verifier === null)
    return refuse("invalid_grant", "Missing code verifier.");
  if (grant.challenge !== null && challengeOf(verifier ?? "", grant.method) !== grant.challenge)
    return refuse("invalid_grant", "Invalid code verifier.");
  return { body: { ...issueAccessToken(state, grant), ...issueRefreshToken(state, grant) } };
}

function refresh(state: GoogleState, form: URLSearchParams): Answer {
  const grant = state.refreshTokens.get(form.get("refresh_token") ?? "");
  if (grant === undefined) return refuse("invalid_grant", "Token has been expired or revoked.");
  return { body: issueAccessToken(state, { ...grant, nonce: null }) };
}

function pollDevice(state: GoogleState, form: URLSearchParams): Answer {
  if (state.options.clientType !== "tv")
    return refuse("invalid_client", "Invalid client type.", 401);
  const code = form.get("device_code") ?? "";
  const device = state.devices.get(code);
  if (device === undefined) return refuse("invalid_grant", "Malformed auth code.");
  if (device.decision === undefined)
    return refuse("authorization_pending", "Precondition Required", 428);
  state.devices.delete(code);
  if (device.decision === "deny") return refuse("access_denied", "Forbidden", 403);
  const grant = { scopes: device.scopes, offline: true, nonce: null };
  return { body: { ...issueAccessToken(state, grant), ...issueRefreshToken(state, grant) } };
}

export function token(state: GoogleState): Responder {
  return (request) => {
    const refusal = checkClient(state, request);
    if (refusal) return refusal;
    switch (request.form.get("grant_type")) {
      case "authorization_code":
        return exchangeCode(state, request.form);
      case "refresh_token":
        return refresh(state, request.form);
      case "urn:ietf:params:oauth:grant-type:device_code":
        return pollDevice(state, request.form);
      default:
        return refuse("unsupported_grant_type", "Invalid grant_type");
    }
  };
}

/** The device answer, with Google's own `verification_url`. */
export function deviceCode({ options, issued, issuer, devices }: GoogleState): Responder {
  return ({ form }) => {
    if (form.get("client_id") !== options.clientId || options.clientType !== "tv")
      return refuse("invalid_client", "Invalid client type.", 401);
    const code = mint("AH-1Ng", issued);
    const scopes = rename(splitScopes(form.get("scope")));
    devices.set(code, { scopes, decision: undefined });
    return {
      body: {
        device_code: code,
        user_code: "GQVQ-JKEC",
        verification_url: `${issuer}/device`,
        expires_in: 1800,
        interval: 5,
      },
    };
  };
}
