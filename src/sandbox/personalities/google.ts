// Google's manners: its paths, access_type=offline instead of a scope, scopes under other names in the answer, a refresh token that stays, and tokeninfo.
import type { Provider } from "oidc-provider";
import type { Exchange } from "../answer.ts";
import { grantOf } from "../faults/fault.ts";
import { answerOf, changeRequest, type Personality, scopesWithout } from "./personality.ts";

const paths: ReadonlyMap<string, string> = new Map([
  ["/o/oauth2/v2/auth", "/auth"],
  ["/device/code", "/device/auth"],
  ["/v1/userinfo", "/me"],
  ["/oauth2/v3/certs", "/jwks"],
  ["/revoke", "/token/revocation"],
]);

const clientId = "sandbox-google.apps.example";
const clientSecret = "google-secret-known-to-everyone";

/** The sandbox as Google. */
export const google: Personality = {
  name: "google",
  label: "Google",
  client: {
    client_id: clientId,
    client_secret: clientSecret,
    client_name: "Lab app at Google",
    application_type: "web",
    token_endpoint_auth_method: "client_secret_post",
    grant_types: [
      "authorization_code",
      "refresh_token",
      "urn:ietf:params:oauth:grant-type:device_code",
    ],
    response_types: ["code"],
    redirect_uris: [
      "http://127.0.0.1:8000/callback/google",
      "https://localhost:8080/auth/google/callback",
    ],
  },
  rotatesRefreshTokens: false,
  settings: (issuer) => ({
    GOOGLE_ISSUER: issuer,
    GOOGLE_CLIENT_ID: clientId,
    GOOGLE_CLIENT_SECRET: clientSecret,
  }),
  makeLayer:
    ({ issuer, provider }) =>
    async (context, next) => {
      if (context.path === "/tokeninfo") return answerTokeninfo(context, provider);
      const path = paths.get(context.path) ?? context.path;
      context.path = path;
      if (path === "/auth") changeRequest(context, askOffline);
      await next();
      if (path === "/.well-known/openid-configuration") answerMetadata(context, issuer);
      if (path === "/token") answerToken(context);
      if (path === "/device/auth") answerDevice(context);
    },
};

/** A refresh token comes where access_type says so; offline_access is no scope of Google's. */
function askOffline(request: URLSearchParams): void {
  const scopes = scopesWithout(request.get("scope"), ["offline_access"]);
  if (request.get("access_type") === "offline") {
    scopes.push("offline_access");
    request.set("prompt", "consent");
  }
  request.set("scope", scopes.join(" "));
}

function answerMetadata(context: Exchange, issuer: string): void {
  const {
    introspection_endpoint: _introspection,
    pushed_authorization_request_endpoint: _pushed,
    registration_endpoint: _registration,
    dpop_signing_alg_values_supported: _bound,
    ...metadata
  } = answerOf(context) ?? {};
  context.body = {
    ...metadata,
    authorization_endpoint: `${issuer}/o/oauth2/v2/auth`,
    device_authorization_endpoint: `${issuer}/device/code`,
    userinfo_endpoint: `${issuer}/v1/userinfo`,
    jwks_uri: `${issuer}/oauth2/v3/certs`,
    revocation_endpoint: `${issuer}/revoke`,
  };
}

const longNames: Readonly<Record<string, string>> = {
  email: "https://www.googleapis.com/auth/userinfo.email",
  profile: "https://www.googleapis.com/auth/userinfo.profile",
};

function answerToken(context: Exchange): void {
  const answer = answerOf(context);
  if (answer === undefined) return;
  if (answer.error === "authorization_pending") context.status = 428;
  if (answer.error !== undefined) return;
  // A refresh brings no new refresh token.
  if (grantOf(context) === "refresh_token") delete answer.refresh_token;
  answer.scope = rename(answer.scope);
}

function rename(scope: unknown): string {
  const scopes = scopesWithout(scope, ["offline_access"]);
  return scopes.map((name) => longNames[name] ?? name).join(" ");
}

/** What an access token is worth: its numbers are strings, as Google writes them. */
async function answerTokeninfo(context: Exchange, provider: Provider): Promise<void> {
  const [, token = ""] = /^bearer (\S+)$/i.exec(context.get("authorization")) ?? [];
  const accessToken = await provider.AccessToken.find(token);
  if (accessToken?.accountId === undefined) {
    context.status = 400;
    context.body = { error: "invalid_token", error_description: "Invalid Value" };
    return;
  }
  context.body = {
    azp: accessToken.clientId,
    aud: accessToken.clientId,
    sub: accessToken.accountId,
    scope: rename(accessToken.scope),
    exp: String(accessToken.exp),
    expires_in: String(accessToken.remainingTTL),
    access_type: accessToken.scopes.has("offline_access") ? "offline" : "online",
  };
}

function answerDevice(context: Exchange): void {
  const {
    verification_uri,
    verification_uri_complete: _unknown,
    ...answer
  } = answerOf(context) ?? {};
  context.body = { ...answer, verification_url: verification_uri };
}
