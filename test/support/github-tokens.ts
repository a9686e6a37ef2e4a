// GitHub's token and device endpoints: every refusal comes with 200.
import { createHash } from "node:crypto";
import { granted, mint, type State, splitScopes } from "./github-state.ts";
import type { Answer, Responder } from "./provider-server.ts";

const documentation =
  "/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/";

/** GitHub says no with 200; the description is its own wording. */
function refuse(error: string, description: string): Answer {
  return { body: { error, error_description: description, error_uri: documentation } };
}

const wrongClient = refuse(
  "incorrect_client_credentials",
  "The client_id and/or client_secret passed are incorrect.",
);
const wrongCode = refuse("bad_verification_code", "The code passed is incorrect or expired.");
const wrongRedirect = refuse(
  "redirect_uri_mismatch",
  "The redirect_uri MUST match the registered callback URL for this application.",
);
const wrongRefreshToken = refuse(
  "bad_refresh_token",
  "The refresh token passed is incorrect or expired.",
);

interface Grant {
  readonly scopes: readonly string[];
  readonly expiring: boolean;
  readonly needsSecret: boolean;
}

function issueTokens(state: State, { scopes, expiring, needsSecret }: Grant): object {
  const accessToken = mint("gho_", state.issued);
  state.accessTokens.set(accessToken, scopes);
  const answer = { access_token: accessToken, scope: scopes.join(","), token_type: "bearer" };
  if (!expiring) return answer;
  const refreshToken = mint("ghr_", state.issued);
  state.refreshTokens.set(refreshToken, { accessToken, needsSecret });
  return {
    ...answer,
    expires_in: 28800,
    refresh_token: refreshToken,
    refresh_token_expires_in: 15897600,
  };
}

function exchangeCode(state: State, form: URLSearchParams): Answer {
  const { clientSecret } = state.options;
  if (form.get("client_secret") !== clientSecret) return wrongClient;
  const code = form.get("code") ?? "";
  const grant = state.codes.get(code);
  state.codes.delete(code);
  if (grant === undefined) return wrongCode;
  const redirectUri = form.get("redirect_uri");
  if (redirectUri !== null && redirectUri !== grant.redirectUri) return wrongRedirect;
  const verifier = form.get("code_verifier") ?? "";
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  if (grant.challenge !== null && grant.challenge !== challenge) return wrongCode;
  return { body: issueTokens(state, { ...grant, needsSecret: true }) };
}

/** Rotates: the old refresh token and the old access token both end. */
function refresh(state: State, form: URLSearchParams): Answer {
  const refreshToken = form.get("refresh_token") ?? "";
  const held = state.refreshTokens.get(refreshToken);
  if (held === undefined) return wrongRefreshToken;
  if (held.needsSecret && form.get("client_secret") !== state.options.clientSecret)
    return wrongClient;
  const scopes = state.accessTokens.get(held.accessToken) ?? [];
  state.refreshTokens.delete(refreshToken);
  state.accessTokens.delete(held.accessToken);
  return { body: issueTokens(state, { scopes, expiring: true, needsSecret: held.needsSecret }) };
}

function pollDevice(state: State, form: URLSearchParams): Answer {
  const device = state.devices.get(form.get("device_code") ?? "");
  if (device === undefined)
    return refuse("incorrect_device_code", "The device_code provided is not valid.");
  if (device.expired) return refuse("expired_token", "This 'device_code' has expired.");
  if (device.decision === undefined)
    return refuse("authorization_pending", "The authorization request is still pending.");
  if (device.decision === "deny")
    return refuse("access_denied", "The authorization request was denied.");
  state.devices.delete(form.get("device_code") ?? "");
  return { body: issueTokens(state, { ...device, expiring: false, needsSecret: false }) };
}

export function token(state: State): Responder {
  return ({ form, headers }) => {
    const grantType = form.get("grant_type") ?? "authorization_code";
    const answer = answerGrant(state, form, grantType);
    if (/json/.test(headers.accept ?? "")) return answer;
    return { ...answer, body: new URLSearchParams(answer.body as Record<string, string>) };
  };
}

function answerGrant(state: State, form: URLSearchParams, grantType: string): Answer {
  if (form.get("client_id") !== state.options.clientId) return wrongClient;
  switch (grantType) {
    case "authorization_code":
      return exchangeCode(state, form);
    case "refresh_token":
      return refresh(state, form);
    case "urn:ietf:params:oauth:grant-type:device_code":
      return pollDevice(state, form);
    default:
      return refuse("unsupported_grant_type", "The grant type is not supported.");
  }
}

export function deviceCode({ options, issuer, issued, devices }: State): Responder {
  return ({ form }) => {
    if (form.get("client_id") !== options.clientId) return wrongClient;
    if (options.deviceFlow === "disabled")
      return refuse("device_flow_disabled", "Device Flow must be explicitly enabled for this App");
    const code = mint("", issued, 20);
    const scopes = granted(splitScopes(form.get("scope")), options);
    devices.set(code, { scopes, decision: undefined, expired: false });
    const verificationUri = new URL("/login/device", issuer).href;
    return {
      body: {
        device_code: code,
        user_code: "WDJB-MJHT",
        verification_uri: verificationUri,
        expires_in: 900,
        interval: 5,
      },
    };
  };
}
