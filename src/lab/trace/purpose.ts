// What a request is for, told by its method, address and parameters: one line, and the section that describes it. Pure.
import type { HttpExchange } from "../../http/trace.ts";

/** The parties of a diagram. */
export type Party = "client" | "server" | "api";

/** What a message is for. */
export interface Purpose {
  readonly purpose: string;
  readonly reference: string;
  readonly from: Party;
  readonly to: Party;
}

const grants: ReadonlyMap<string, readonly [purpose: string, reference: string]> = new Map([
  ["authorization_code", ["Exchange the code for tokens", "RFC 6749 §4.1.3"]],
  ["refresh_token", ["Get a new access token with the refresh token", "RFC 6749 §6"]],
  ["client_credentials", ["Get a token in the client's own name", "RFC 6749 §4.4.2"]],
  [
    "urn:ietf:params:oauth:grant-type:device_code",
    ["Ask whether the user has approved", "RFC 8628 §3.4"],
  ],
]);

/** What a back channel request is for. */
export function purposeOf({ method, url, requestHeaders, requestBody }: HttpExchange): Purpose {
  const { pathname } = new URL(url);
  const form = new URLSearchParams(requestBody);
  const grant = grants.get(form.get("grant_type") ?? "");
  if (grant) return toServer(...grant);
  if (method === "GET" && pathname.includes("/.well-known/")) {
    return toServer("Read the server's metadata", "RFC 8414 §3");
  }
  if (method === "POST" && form.has("token")) {
    return /introspect|tokeninfo/.test(pathname)
      ? toServer("Ask the server about a token", "RFC 7662 §2.1")
      : toServer("Revoke a token", "RFC 7009 §2.1");
  }
  if (method === "POST" && form.has("client_id") && !form.has("grant_type")) {
    return toServer("Ask for a device code", "RFC 8628 §3.1");
  }
  if (/^bearer /i.test(requestHeaders.authorization ?? "")) {
    return {
      purpose: "Use the access token",
      reference: "RFC 6750 §2.1",
      from: "client",
      to: "api",
    };
  }
  if (method === "GET" && /jwks|certs|keys/.test(pathname)) {
    return toServer("Fetch the server's public keys", "RFC 7517 §5");
  }
  return toServer("Call the server", "RFC 6749 §3.2");
}

function toServer(purpose: string, reference: string): Purpose {
  return { purpose, reference, from: "client", to: "server" };
}
