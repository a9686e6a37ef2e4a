// The client_secret_….json that Google's console downloads: which client it is and what it may do. Pure; what stands in the file is suspected and never quoted.
import { isLoopback } from "./provider.ts";

/** The client that such a file describes. */
export interface GoogleClient {
  /** `desktop` takes any loopback redirect URI, `web` exactly the registered ones. */
  readonly type: "desktop" | "web";
  readonly clientId: string;
  readonly clientSecret: string;
  /** The first of its registered redirect URIs that is on this machine; a desktop client has none of interest. */
  readonly redirectUri?: string;
}

/** The client, or why the text is no such file: it continues "the file …". */
export function readGoogleClient(text: string): GoogleClient | string {
  const document = parseObject(text);
  if (document === undefined) return "is not a JSON object";
  if (document.type === "service_account")
    return "is the key of a service account, which signs in to nothing as a user";
  if (document.type === "authorized_user") return "holds a user's tokens, not a client";
  const types = (["installed", "web"] as const).filter((type) => isObject(document[type]));
  const [type] = types;
  if (type === undefined || types.length > 1)
    return "has not exactly one client in it, under `installed` or `web`";
  return readClient(document[type] as Record<string, unknown>, type);
}

function readClient(
  client: Record<string, unknown>,
  type: "installed" | "web",
): GoogleClient | string {
  const { client_id: clientId, client_secret: clientSecret, redirect_uris: uris } = client;
  if (
    typeof clientId !== "string" ||
    !/^[\w.-]{1,200}\.apps\.googleusercontent\.com$/.test(clientId)
  )
    return "names no client id of Google's";
  // These characters mean themselves in a .env; Google's secrets have no others.
  if (typeof clientSecret !== "string" || !/^[\w-]{8,200}$/.test(clientSecret))
    return "has no client secret: the console shows it only when the client is made";
  if (!isGoogles(client.auth_uri) || !isGoogles(client.token_uri))
    return "names endpoints that are not Google's";
  const redirectUri = type === "web" ? findRedirectUri(uris) : undefined;
  return {
    type: type === "web" ? "web" : "desktop",
    clientId,
    clientSecret,
    ...(redirectUri !== undefined && { redirectUri }),
  };
}

const hosts = new Set(["accounts.google.com", "oauth2.googleapis.com", "www.googleapis.com"]);

/** They are not used, but a file that names others was not made by Google. */
function isGoogles(address: unknown): boolean {
  if (address === undefined) return true;
  const url = typeof address === "string" && URL.canParse(address) ? new URL(address) : undefined;
  return url?.protocol === "https:" && hosts.has(url.host);
}

function findRedirectUri(uris: unknown): string | undefined {
  if (!Array.isArray(uris)) return undefined;
  return uris.find(
    (uri): uri is string =>
      typeof uri === "string" &&
      /^https?:\/\/[\w.:[\]-]+\/[\w./-]+$/.test(uri) &&
      URL.canParse(uri) &&
      isLoopback(new URL(uri)),
  );
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
