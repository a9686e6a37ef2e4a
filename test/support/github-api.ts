// GitHub's REST calls about a user and a token.
import type { State } from "./github-state.ts";
import {
  type Answer,
  type RecordedRequest,
  type Responder,
  readBasic,
  readBearer,
} from "./provider-server.ts";

const badCredentials: Answer = {
  status: 401,
  body: {
    message: "Bad credentials",
    documentation_url: "https://docs.github.com/rest",
    status: "401",
  },
};

export function user({ options, accessTokens }: State): Responder {
  return (request) => {
    if (!request.headers["user-agent"])
      return { status: 403, body: "Request forbidden by administrative rules: no User-Agent." };
    const scopes = accessTokens.get(readBearer(request) ?? "");
    if (scopes === undefined) return badCredentials;
    const headers = { "x-oauth-scopes": scopes.join(", "), "x-accepted-oauth-scopes": "" };
    return { headers, body: options.user };
  };
}

/** The client's own calls about a token: Basic authentication, the token in a JSON body. */
function withClient(
  { options }: State,
  respond: (accessToken: string, request: RecordedRequest) => Answer,
): Responder {
  return (request) => {
    const client = readBasic(request);
    const isClient = client?.id === options.clientId && client.secret === options.clientSecret;
    if (!isClient || request.path.split("/").at(-2) !== options.clientId)
      return { status: 404, body: { message: "Not Found" } };
    const { access_token: accessToken } = JSON.parse(request.body || "{}");
    return respond(String(accessToken), request);
  };
}

export function applicationCalls(state: State) {
  const missing: Answer = { status: 404, body: { message: "Not Found" } };
  return {
    "POST /applications/*/token": {
      name: "checkToken",
      respond: withClient(state, (accessToken) => {
        const scopes = state.accessTokens.get(accessToken);
        const app = { client_id: state.options.clientId, name: "lab" };
        return scopes ? { body: { id: 1, scopes, app, user: state.options.user } } : missing;
      }),
    },
    "DELETE /applications/*/token": {
      name: "deleteToken",
      respond: withClient(state, (accessToken) =>
        state.accessTokens.delete(accessToken) ? { status: 204 } : missing,
      ),
    },
    "DELETE /applications/*/grant": {
      name: "deleteGrant",
      respond: withClient(state, (accessToken) => {
        if (!state.accessTokens.has(accessToken)) return missing;
        state.accessTokens.clear();
        state.refreshTokens.clear();
        return { status: 204 };
      }),
    },
  };
}

export function revoke({ accessTokens, refreshTokens }: State): Responder {
  return ({ headers, body }) => {
    if (headers.authorization) return { status: 403, body: { message: "Must be unauthenticated" } };
    for (const credential of JSON.parse(body).credentials) {
      accessTokens.delete(credential);
      refreshTokens.delete(credential);
    }
    return { status: 202, body: {} };
  };
}
