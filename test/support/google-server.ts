// Google's OAuth manners on 127.0.0.1: exact redirect URIs, offline access, renamed scopes, signed ID tokens.
// Used through GOOGLE_ISSUER, or the endpoint overrides.
import { endGrant, revoke, tokeninfo, userinfo } from "./google-api.ts";
import { publicKeys } from "./google-keys.ts";
import {
  type GoogleOptions,
  type GoogleState,
  googleDefaults,
  mint,
  rename,
  splitScopes,
} from "./google-state.ts";
import { deviceCode, token } from "./google-tokens.ts";
import {
  type Answer,
  type ProviderServer,
  type Responder,
  startProviderServer,
} from "./provider-server.ts";

/** The endpoints by the names that `answers` takes: discovery, keys, authorize, token, deviceCode, userinfo, tokeninfo, revoke. */
export interface GoogleServer extends ProviderServer {
  readonly clientId: string;
  readonly clientSecret: string;
  /** What to set so that a command meets this server. */
  readonly env: Readonly<Record<string, string>>;
  /** The user enters the code and decides; until then polling says `authorization_pending` with 428. */
  decideDevice(decision: "allow" | "deny"): void;
  /** As if the user had withdrawn the grant on the account page. */
  endGrant(): void;
}

const paths = {
  discovery: "/.well-known/openid-configuration",
  keys: "/oauth2/v3/certs",
  authorize: "/o/oauth2/v2/auth",
  token: "/token",
  deviceCode: "/device/code",
  userinfo: "/v1/userinfo",
  tokeninfo: "/tokeninfo",
  revoke: "/revoke",
} as const;

function metadata(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}${paths.authorize}`,
    device_authorization_endpoint: `${issuer}${paths.deviceCode}`,
    token_endpoint: `${issuer}${paths.token}`,
    userinfo_endpoint: `${issuer}${paths.userinfo}`,
    revocation_endpoint: `${issuer}${paths.revoke}`,
    jwks_uri: `${issuer}${paths.keys}`,
    response_types_supported: ["code", "token", "id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    scopes_supported: ["openid", "email", "profile"],
    token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
    code_challenge_methods_supported: ["plain", "S256"],
    grant_types_supported: [
      "authorization_code",
      "refresh_token",
      "urn:ietf:params:oauth:grant-type:device_code",
    ],
  };
}

function isRedirectAllowed({ clientType, redirectUris }: GoogleState["options"], uri: string) {
  if (clientType === "web") return redirectUris.includes(uri);
  const { protocol, hostname } = new URL(uri);
  return protocol === "http:" && ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
}

/** What Google tells the user itself, without a redirect: the client cannot be trusted with it. */
function errorPage(error: string): Answer {
  const headers = { "content-type": "text/html" };
  return { status: 400, headers, body: `<title>Error 400: ${error}</title>Access blocked` };
}

function authorize(state: GoogleState): Responder {
  const { options, issuer, issued, codes } = state;
  return ({ query }) => {
    const redirectUri = query.get("redirect_uri") ?? "";
    if (query.get("client_id") !== options.clientId) return errorPage("invalid_client");
    if (!URL.canParse(redirectUri) || !isRedirectAllowed(options, redirectUri))
      return errorPage("redirect_uri_mismatch");
    const asked = splitScopes(query.get("scope"));
    if (asked.includes("offline_access") || asked.length === 0) return errorPage("invalid_scope");
    const location = new URL(redirectUri);
    const answer = (parameters: Readonly<Record<string, string>>): Answer => {
      for (const [key, value] of Object.entries(parameters)) location.searchParams.set(key, value);
      return { status: 302, headers: { location: location.href } };
    };
    const common = { state: query.get("state") ?? "", iss: issuer };
    if (options.decision === "deny") return answer({ error: "access_denied", ...common });
    const code = mint("4/0A", issued);
    const grant = consent(state, query, asked);
    const [challenge, method] = [query.get("code_challenge"), query.get("code_challenge_method")];
    codes.set(code, { ...grant, redirectUri, challenge, method });
    return answer({
      ...common,
      code,
      scope: grant.scopes.join(" "),
      authuser: "0",
      prompt: query.get("prompt") ?? "none",
    });
  };
}

/** What the user grants: `offline` only with a consent that was not given before, or asked for again. */
function consent(state: GoogleState, query: URLSearchParams, asked: readonly string[]) {
  const { grantedScopes } = state.options;
  const fresh = rename(asked.filter((scope) => grantedScopes?.includes(scope) ?? true));
  const isNew = fresh.some((scope) => !state.consented.has(scope));
  const asksAgain = query.get("prompt")?.split(" ").includes("consent") ?? false;
  const earlier = query.get("include_granted_scopes") === "true" ? [...state.consented] : [];
  for (const scope of fresh) state.consented.add(scope);
  const isOffline =
    state.options.clientType === "desktop" || query.get("access_type") === "offline";
  return {
    scopes: [...new Set([...fresh, ...earlier])],
    offline: isOffline && (isNew || asksAgain),
    nonce: query.get("nonce"),
  };
}

function routes(state: GoogleState) {
  return {
    [`GET ${paths.discovery}`]: {
      name: "discovery",
      respond: () => ({ body: metadata(state.issuer) }),
    },
    [`GET ${paths.keys}`]: { name: "keys", respond: () => ({ body: publicKeys() }) },
    [`GET ${paths.authorize}`]: { name: "authorize", respond: authorize(state) },
    [`POST ${paths.token}`]: { name: "token", respond: token(state) },
    [`POST ${paths.deviceCode}`]: { name: "deviceCode", respond: deviceCode(state) },
    [`GET ${paths.userinfo}`]: { name: "userinfo", respond: userinfo(state) },
    [`GET ${paths.tokeninfo}`]: { name: "tokeninfo", respond: tokeninfo(state) },
    [`POST ${paths.tokeninfo}`]: { name: "tokeninfo", respond: tokeninfo(state) },
    [`POST ${paths.revoke}`]: { name: "revoke", respond: revoke(state) },
  };
}

/** Starts Google. Its consent page decides at once, as told by the options. Closes with the test. */
export async function startGoogleServer(given: GoogleOptions = {}): Promise<GoogleServer> {
  const options = { ...googleDefaults, ...given } as Required<GoogleOptions>;
  const state: Omit<GoogleState, "issuer" | "issued"> = {
    options,
    codes: new Map(),
    devices: new Map(),
    accessTokens: new Map(),
    refreshTokens: new Map(),
    consented: new Set(),
  };
  const server = await startProviderServer((url, issued) =>
    routes({ ...state, issued, issuer: url }),
  );
  const { clientId, clientSecret } = options;
  return {
    ...server,
    clientId,
    clientSecret,
    env: {
      GOOGLE_ISSUER: server.url,
      GOOGLE_CLIENT_ID: clientId,
      GOOGLE_CLIENT_SECRET: clientSecret,
    },
    decideDevice: (decision) => {
      for (const device of state.devices.values()) device.decision = decision;
    },
    endGrant: () => endGrant(state),
  };
}
