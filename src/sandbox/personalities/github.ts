// GitHub's manners for an OAuth app: its paths, errors with status 200, scopes with commas, and the REST calls for the user and for checking and revoking a token.
import type { Provider } from "oidc-provider";
import type { Exchange } from "../answer.ts";
import { findUser, sandboxUsers } from "../users.ts";
import { answerOf, changeRequest, type Personality, scopesWithout } from "./personality.ts";

const paths: ReadonlyMap<string, string> = new Map([
  ["/login/oauth/authorize", "/auth"],
  ["/login/oauth/access_token", "/token"],
  ["/login/device/code", "/device/auth"],
  ["/login/device", "/device"],
]);

const clientId = "Ov23sandboxgithub";
const clientSecret = "github-secret-known-to-everyone";

/** The sandbox as GitHub. */
export const github: Personality = {
  name: "github",
  label: "GitHub",
  client: {
    client_id: clientId,
    client_secret: clientSecret,
    client_name: "Lab app at GitHub",
    application_type: "web",
    token_endpoint_auth_method: "client_secret_post",
    grant_types: [
      "authorization_code",
      "refresh_token",
      "urn:ietf:params:oauth:grant-type:device_code",
    ],
    response_types: ["code"],
    redirect_uris: ["http://127.0.0.1:8000/callback/github", "https://localhost:8000/callback"],
  },
  rotatesRefreshTokens: true,
  settings: (issuer) => ({
    GITHUB_SERVER_URL: issuer,
    GITHUB_API_URL: issuer,
    GITHUB_CLIENT_ID: clientId,
    GITHUB_CLIENT_SECRET: clientSecret,
  }),
  makeLayer:
    ({ issuer, provider }) =>
    async (context, next) => {
      const call = context.path.replace(/^\/api\/v3/, "");
      if (call === "/user") return answerUser(context, provider);
      if (call === `/applications/${clientId}/token`) return answerAboutToken(context, provider);
      if (call === "/credentials/revoke") return revokeAll(context, provider);
      const path = paths.get(context.path) ?? context.path;
      context.path = path;
      if (path === "/auth") changeRequest(context, askForConsent);
      await next();
      if (path.startsWith("/auth")) nameIssuer(context, issuer);
      if (path === "/token") answerToken(context);
      if (path === "/device/auth") answerDevice(context, issuer);
    },
};

function askForConsent(request: URLSearchParams): void {
  if (!request.has("response_type")) request.set("response_type", "code");
  request.set("prompt", "consent");
}

function nameIssuer(context: Exchange, issuer: string): void {
  const location = context.response.get("location");
  if (location === "" || new URL(location, issuer).origin === issuer) return;
  const url = new URL(location);
  url.searchParams.set("iss", `${issuer}/login/oauth`);
  context.set("location", url.href);
}

const errors: ReadonlyMap<unknown, string> = new Map([
  ["invalid_grant", "bad_verification_code"],
  ["invalid_client", "incorrect_client_credentials"],
]);

function answerToken(context: Exchange): void {
  const answer = answerOf(context);
  if (answer === undefined) return;
  context.status = 200;
  const { error, error_description, access_token, refresh_token, expires_in, scope } = answer;
  const told =
    error !== undefined
      ? { error: errors.get(error) ?? error, error_description }
      : {
          access_token,
          token_type: "bearer",
          scope: scopesWithout(scope, ["offline_access"]).join(","),
          ...(refresh_token !== undefined && { expires_in, refresh_token }),
        };
  const form = Object.entries(told).map(([name, value]): [string, string] => [name, String(value)]);
  const wantsJson = context.get("accept").includes("json");
  if (!wantsJson) context.type = "application/x-www-form-urlencoded";
  context.body = wantsJson ? told : new URLSearchParams(form).toString();
}

function answerDevice(context: Exchange, issuer: string): void {
  const { verification_uri_complete: _unknown, ...answer } = answerOf(context) ?? {};
  context.status = 200;
  context.body = answer.error ? answer : { ...answer, verification_uri: `${issuer}/login/device` };
}

async function answerUser(context: Exchange, provider: Provider): Promise<void> {
  const [, token = ""] = /^(?:bearer|token) (\S+)$/i.exec(context.get("authorization")) ?? [];
  const accessToken = await provider.AccessToken.find(token);
  const user = describeUser(accessToken);
  if (context.get("user-agent") === "") {
    context.status = 403;
    context.body = { message: "Request forbidden by administrative rules." };
  } else if (user === undefined) {
    context.status = 401;
    context.body = { message: "Bad credentials", status: "401" };
  } else {
    context.set("x-oauth-scopes", scopesOf(accessToken).join(", "));
    context.body = user;
  }
}

type AccessToken = InstanceType<Provider["AccessToken"]> | undefined;

function scopesOf(accessToken: AccessToken): string[] {
  return scopesWithout(accessToken?.scope, ["offline_access"]);
}

function describeUser(accessToken: AccessToken) {
  const user = findUser(accessToken?.accountId);
  if (user === undefined) return undefined;
  const email = scopesOf(accessToken).includes("user:email") ? user.email : null;
  return { login: user.sub, id: sandboxUsers.indexOf(user) + 1, name: user.name, email };
}

/** POST checks the token and DELETE ends it, both with the client's id and secret by HTTP Basic and the token in a JSON body. */
async function answerAboutToken(context: Exchange, provider: Provider): Promise<void> {
  const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
  context.status = 404;
  if (context.get("authorization") !== `Basic ${credentials}`) return;
  const { access_token: token = "" } = await readJson(context);
  const accessToken = await provider.AccessToken.find(token);
  if (context.method === "POST") return describeToken(context, accessToken);
  if (context.method !== "DELETE") return;
  await accessToken?.destroy();
  context.status = accessToken ? 204 : 422;
}

function describeToken(context: Exchange, accessToken: AccessToken): void {
  const user = describeUser(accessToken);
  if (accessToken === undefined || user === undefined) return;
  context.status = 200;
  context.body = {
    scopes: scopesOf(accessToken),
    app: { client_id: clientId, name: "Lab app at GitHub" },
    user,
    created_at: new Date(accessToken.iat * 1000).toISOString(),
    expires_at: null,
  };
}

/** Ends whatever tokens are named, for anyone who holds them; authenticated it is refused. */
async function revokeAll(context: Exchange, provider: Provider): Promise<void> {
  context.status = context.method === "POST" ? 403 : 404;
  if (context.method !== "POST" || context.get("authorization") !== "") return;
  const { credentials } = await readJson(context);
  for (const token of Array.isArray(credentials) ? credentials.slice(0, 1000) : []) {
    await (await provider.AccessToken.find(String(token)))?.destroy();
    await (await provider.RefreshToken.find(String(token)))?.destroy();
  }
  context.status = 202;
}

const largestBody = 4096;

async function readJson({
  req,
}: Exchange): Promise<{ access_token?: string; credentials?: unknown }> {
  let text = "";
  for await (const chunk of req) {
    text += chunk;
    if (text.length > largestBody) return {};
  }
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
