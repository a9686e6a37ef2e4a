// Dynamic client registration (RFC 7591) and its end (RFC 7592): a client of our own at a server that takes anyone, kept with the credential that it was registered for.
import type { Context } from "../context.ts";
import {
  type ClientAuthentication,
  clientAuthentications,
  type RegisteredClient,
} from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import { type Fetch, guardFetch } from "../http/fetch.ts";
import { isLoopback, type Provider } from "../providers/provider.ts";
import { Secret } from "../secret.ts";
import { tokenFailure } from "./provider-failure.ts";
import { readServerMetadata } from "./server-metadata.ts";
import { isSendable } from "./tokens.ts";
import { unanswered } from "./unanswered.ts";

/** The client to register, and where. */
export interface RegistrationRequest {
  readonly provider: Provider;
  /** Port 0 stands for any free one. */
  readonly redirectUri: URL;
  readonly scopes: readonly string[];
  readonly timeoutSeconds: number;
}

/** Registers a public native client, or one with a secret where the server takes no public ones (RFC 7591 §3). Throws `usage` where the server registers nobody. */
export async function registerClient(
  request: RegistrationRequest,
  context: Context,
): Promise<{ clientId: string; client: RegisteredClient }> {
  const { provider, redirectUri } = request;
  const fetch = guardFetch(request, context);
  const metadata = await readServerMetadata(provider, fetch);
  const { registration_endpoint: endpoint } = metadata;
  if (endpoint === undefined) throw notOffered(provider);
  const wishes = clientMetadata(request, metadata.token_endpoint_auth_methods_supported);
  const answer = await send(fetch, { endpoint, wishes, provider: provider.name });
  // Read first: what cannot be used is ended again with it.
  const management = readManagement(answer, endpoint);
  try {
    return readClient(answer, { redirectUri, management });
  } catch (error) {
    const fate = await deregisterClient(management, request, context).catch(() => "unknown");
    throw fate === "removed" || !(error instanceof OAuthLabError) ? error : leftBehind(error);
  }
}

function readClient(
  answer: Record<string, unknown>,
  {
    redirectUri,
    management,
  }: { readonly redirectUri: URL; readonly management: RegisteredClient["management"] },
): { clientId: string; client: RegisteredClient } {
  const clientId = text(answer.client_id);
  if (clientId === undefined) throw unusable();
  const secret = text(answer.client_secret);
  const client: RegisteredClient = {
    clientAuthentication: readMethod(answer.token_endpoint_auth_method, secret !== undefined),
    redirectUri: redirectUri.href,
    ...(secret !== undefined && { secret: new Secret(secret) }),
    ...(management && { management }),
  };
  return { clientId, client };
}

/** What became of a registration that was to end: `unknown` where the server knows it no more, or its token has ended; `kept` where the server gave nothing to end it with. */
export type Deregistration = "removed" | "unknown" | "kept";

/** Ends the registration at the server (RFC 7592 §2.3). Throws where it could not be asked or said no. */
export async function deregisterClient(
  management: RegisteredClient["management"],
  { timeoutSeconds }: { readonly timeoutSeconds: number },
  context: Context,
): Promise<Deregistration> {
  if (management === undefined) return "kept";
  const { uri, accessToken } = management;
  const headers = { authorization: `Bearer ${accessToken.reveal()}` };
  const fetch = guardFetch({ timeoutSeconds }, context);
  const { status } = await fetch(uri, { method: "DELETE", headers });
  if (status === 204 || status === 404) return "removed";
  // A registration that has ended already and a token that has are answered alike.
  if (status === 401) return "unknown";
  throw unanswered(status, { url: uri, hint: "The client stays registered there." });
}

/** What the server is told of the client (RFC 7591 §2). */
function clientMetadata(
  { redirectUri, scopes }: RegistrationRequest,
  methods: readonly string[] | undefined,
): Record<string, unknown> {
  const uri = new URL(redirectUri);
  // RFC 8252 §7.3: of a loopback address the server ignores the port.
  const registered = uri.port === "0" ? uri.href.replace(":0/", "/") : uri.href;
  const isPublic = methods === undefined || methods.includes("none");
  return {
    client_name: "oauth-lab",
    application_type: isLoopback(uri) && uri.protocol === "http:" ? "native" : "web",
    redirect_uris: [registered],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: isPublic ? "none" : "client_secret_basic",
    ...(scopes.length > 0 && { scope: scopes.join(" ") }),
  };
}

async function send(
  fetch: Fetch,
  request: { endpoint: string; wishes: Record<string, unknown>; provider: string },
): Promise<Record<string, unknown>> {
  const { endpoint, wishes, provider } = request;
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(wishes),
  });
  const { status } = response;
  const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (status === 201 || status === 200) return answer ?? {};
  const error = text(answer?.error) ?? (status === 401 || status === 403 ? "invalid_token" : "");
  if (error === "" || status >= 500)
    throw unanswered(status, { url: endpoint, hint: "Register a client by hand." });
  const description = text(answer?.error_description) ?? "";
  throw tokenFailure({ error, description, at: "registration", provider });
}

/** A text that could be sent again in a header or a form; anything else counts as absent. */
function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= 16_384 ? value : undefined;
}

function readMethod(given: unknown, hasSecret: boolean): ClientAuthentication {
  const method = clientAuthentications.find((name) => name === given);
  if (method === undefined && given !== undefined) throw unusable();
  if (method === undefined) return hasSecret ? "client_secret_basic" : "none";
  if (method === "private_key_jwt" || (method !== "none" && !hasSecret)) throw unusable();
  return method;
}

/** The registration's own address and token; the token goes to no origin but the registration endpoint's. */
function readManagement(
  answer: Record<string, unknown>,
  endpoint: string,
): RegisteredClient["management"] {
  const uri = text(answer.registration_client_uri);
  const accessToken = text(answer.registration_access_token);
  if (uri === undefined || accessToken === undefined || !isSendable(accessToken)) return undefined;
  const address = URL.canParse(uri) ? new URL(uri) : undefined;
  if (address?.origin !== new URL(endpoint).origin) return undefined;
  // What no request carries is no reason to leave the registration behind.
  Object.assign(address, { hash: "", username: "", password: "" });
  return { uri: address.href, accessToken: new Secret(accessToken) };
}

function notOffered({ label }: Provider): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "registration_unsupported",
    message: `${label} registers no clients by itself: its metadata names no registration endpoint.`,
    hint: "Register a client by hand and set <NAME>_CLIENT_ID.",
  });
}

function leftBehind({ kind, code, message }: OAuthLabError): OAuthLabError {
  const hint = "That client may stay there. Register one by hand and set <NAME>_CLIENT_ID.";
  return new OAuthLabError({ kind, code, message, hint });
}

function unusable(): OAuthLabError {
  return new OAuthLabError({
    kind: "protocol",
    code: "registration_unusable",
    message:
      "The provider registered a client that cannot be used: its answer is not what RFC 7591 asks for.",
    hint: "Register a client by hand and set <NAME>_CLIENT_ID.",
  });
}
