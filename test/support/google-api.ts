// Google's endpoints about a token: whose it is, what it may, and its end.
import { type GoogleState, refuse } from "./google-state.ts";
import { type Answer, type Responder, readBearer } from "./provider-server.ts";

const deadToken: Answer = {
  status: 401,
  headers: {
    "www-authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"',
  },
  body: { error: "invalid_request", error_description: "Invalid Credentials" },
};

export function userinfo({ accessTokens, options }: GoogleState): Responder {
  return (request) => {
    const grant = accessTokens.get(readBearer(request) ?? "");
    if (!grant?.scopes.includes("openid")) return deadToken;
    const { sub, email, name } = options.user;
    const has = (claim: string) => grant.scopes.some((scope) => scope.endsWith(claim));
    return {
      body: {
        sub,
        ...(has("profile") ? { name } : {}),
        ...(has("email") ? { email, email_verified: true } : {}),
      },
    };
  };
}

export function tokeninfo({ accessTokens, options }: GoogleState): Responder {
  return (request) => {
    const accessToken = readBearer(request) ?? request.query.get("access_token") ?? "";
    const grant = accessTokens.get(accessToken);
    if (grant === undefined) return refuse("invalid_token", "Invalid Value");
    const { clientId, user, accessTtlSeconds } = options;
    return {
      body: {
        azp: clientId,
        aud: clientId,
        sub: user.sub,
        scope: grant.scopes.join(" "),
        exp: String(Math.floor(options.now() / 1000) + accessTtlSeconds),
        expires_in: String(accessTtlSeconds),
        access_type: grant.offline ? "offline" : "online",
      },
    };
  };
}

export function endGrant({
  accessTokens,
  refreshTokens,
  consented,
}: Omit<GoogleState, "issuer" | "issued">) {
  accessTokens.clear();
  refreshTokens.clear();
  consented.clear();
}

/** Either token ends the whole grant of the project. */
export function revoke(state: GoogleState): Responder {
  return ({ form }) => {
    const revoked = form.get("token") ?? "";
    if (!state.accessTokens.has(revoked) && !state.refreshTokens.has(revoked))
      return refuse("invalid_token", "Token expired or revoked");
    endGrant(state);
    return { body: {} };
  };
}
