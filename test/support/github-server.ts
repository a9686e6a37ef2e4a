// GitHub's OAuth manners on 127.0.0.1: errors with 200, comma scopes, a secret even with PKCE, /user with a User-Agent.
// Used through GITHUB_SERVER_URL and GITHUB_API_URL.
import { applicationCalls, revoke, user } from "./github-api.ts";
import {
  defaults,
  type GitHubOptions,
  granted,
  mint,
  offline,
  type State,
  splitScopes,
} from "./github-state.ts";
import { deviceCode, token } from "./github-tokens.ts";
import {
  type Answer,
  type ProviderServer,
  type Responder,
  startProviderServer,
} from "./provider-server.ts";

/** The endpoints by the names that `answers` takes: authorize, token, deviceCode, user, checkToken, deleteToken, deleteGrant, revoke. */
export interface GitHubServer extends ProviderServer {
  readonly clientId: string;
  readonly clientSecret: string;
  /** What to set so that a command meets this server. */
  readonly env: Readonly<Record<string, string>>;
  /** The user enters the code and decides; until then polling says `authorization_pending`. */
  decideDevice(decision: "allow" | "deny"): void;
  /** As if ten minutes (codes) or fifteen (device codes) had gone by. */
  expireCodes(): void;
}

function isRegistered(registered: string, asked: string): boolean {
  if (registered === asked) return true;
  const [one, other] = [new URL(registered), new URL(asked)];
  const isLoopbackIp = ["127.0.0.1", "[::1]"].includes(one.hostname) && one.protocol === "http:";
  one.port = other.port;
  return isLoopbackIp && one.href === other.href;
}

function redirectTo(uri: string, parameters: Readonly<Record<string, string | null>>): Answer {
  const location = new URL(uri);
  for (const [key, value] of Object.entries(parameters))
    if (value !== null) location.searchParams.set(key, value);
  return { status: 302, headers: { location: location.href } };
}

function authorize({ options, issuer, issued, codes }: State): Responder {
  return ({ query }) => {
    if (query.get("client_id") !== options.clientId) return { status: 404, body: "Not Found" };
    const [first = ""] = options.redirectUris;
    const redirectUri = query.get("redirect_uri") ?? first;
    const common = { state: query.get("state"), iss: options.namesIssuer ? issuer : null };
    const challenge = query.get("code_challenge");
    const fail = (uri: string, error: string, error_description: string) =>
      redirectTo(uri, { error, error_description, ...common });
    if (!options.redirectUris.some((registered) => isRegistered(registered, redirectUri)))
      return fail(first, "redirect_uri_mismatch", "The redirect_uri MUST match the registered one");
    if (challenge !== null && !isS256(challenge, query.get("code_challenge_method")))
      return fail(redirectUri, "invalid_request", "code_challenge must be S256 and 43 characters");
    if (options.decision === "deny")
      return fail(redirectUri, "access_denied", "The user has denied your application access.");
    const asked = splitScopes(query.get("scope"));
    const expiring = asked.includes(offline);
    const code = mint("", issued, 10);
    codes.set(code, { redirectUri, scopes: granted(asked, options), challenge, expiring });
    return redirectTo(redirectUri, { code, ...common });
  };
}

const isS256 = (challenge: string, method: string | null) =>
  method === "S256" && challenge.length === 43;

function routes(state: State) {
  const api = { ...applicationCalls(state), "GET /user": { name: "user", respond: user(state) } };
  const enterprise = Object.entries(api).map(([key, route]) => [
    key.replace(" ", " /api/v3"),
    route,
  ]);
  return {
    "GET /login/oauth/authorize": { name: "authorize", respond: authorize(state) },
    "POST /login/oauth/access_token": { name: "token", respond: token(state) },
    "POST /login/device/code": { name: "deviceCode", respond: deviceCode(state) },
    "POST /credentials/revoke": { name: "revoke", respond: revoke(state) },
    ...api,
    ...Object.fromEntries(enterprise),
  };
}

/** Starts GitHub. Its authorization page decides at once, as told by the options. Closes with the test. */
export async function startGitHubServer(given: GitHubOptions = {}): Promise<GitHubServer> {
  const options = { ...defaults, ...given } as Required<GitHubOptions>;
  const state: Omit<State, "issuer" | "issued"> = {
    options,
    codes: new Map(),
    devices: new Map(),
    accessTokens: new Map(),
    refreshTokens: new Map(),
  };
  const server = await startProviderServer((url, issued) =>
    routes({ ...state, issued, issuer: `${url}/login/oauth` }),
  );
  const { clientId, clientSecret } = options;
  return {
    ...server,
    clientId,
    clientSecret,
    env: {
      GITHUB_SERVER_URL: server.url,
      GITHUB_API_URL: server.url,
      GITHUB_CLIENT_ID: clientId,
      GITHUB_CLIENT_SECRET: clientSecret,
    },
    decideDevice: (decision) => {
      for (const device of state.devices.values()) device.decision = decision;
    },
    expireCodes: () => {
      state.codes.clear();
      for (const device of state.devices.values()) device.expired = true;
    },
  };
}
