// What a request is for, told by its method, address and parameters: one line, and the section that describes it. Pure.
import type { HttpExchange } from "../../http/trace.ts";
import type { Texts } from "../texts/texts.ts";

/** The parties of a diagram. */
export type Party = "client" | "server" | "api";

/** What messages are for, by the names under which the catalogue has the words. */
export type PurposeName = keyof Texts["purposes"];

/** What a message is for. */
export interface Purpose {
  readonly purpose: PurposeName;
  readonly reference: string;
  readonly from: Party;
  readonly to: Party;
}

const grants: ReadonlyMap<string, readonly [purpose: PurposeName, reference: string]> = new Map([
  ["authorization_code", ["exchange-code", "RFC 6749 §4.1.3"]],
  ["refresh_token", ["refresh", "RFC 6749 §6"]],
  ["client_credentials", ["client-credentials", "RFC 6749 §4.4.2"]],
  ["urn:ietf:params:oauth:grant-type:device_code", ["poll-device", "RFC 8628 §3.4"]],
]);

/** What a back channel request is for. */
export function purposeOf({ method, url, requestHeaders, requestBody }: HttpExchange): Purpose {
  const { pathname } = new URL(url);
  const form = new URLSearchParams(requestBody);
  const grant = grants.get(form.get("grant_type") ?? "");
  if (grant) return toServer(...grant);
  if (method === "GET" && pathname.includes("/.well-known/")) {
    return toServer("metadata", "RFC 8414 §3");
  }
  if (method === "POST" && form.has("token")) {
    return /introspect|tokeninfo/.test(pathname)
      ? toServer("introspect", "RFC 7662 §2.1")
      : toServer("revoke", "RFC 7009 §2.1");
  }
  if (method === "POST" && form.has("code_challenge")) {
    return toServer("push-request", "RFC 9126 §2.1");
  }
  if (method === "POST" && requestBody.includes('"redirect_uris"')) {
    return toServer("register-client", "RFC 7591 §3.1");
  }
  if (method === "DELETE" && /\/(reg|register|clients?)\b/.test(pathname)) {
    return toServer("deregister-client", "RFC 7592 §2.3");
  }
  if (method === "POST" && form.has("client_id") && !form.has("grant_type")) {
    return toServer("device-code", "RFC 8628 §3.1");
  }
  const [scheme = ""] = (requestHeaders.authorization ?? "").toLowerCase().split(" ");
  if (scheme === "bearer" || scheme === "dpop") {
    return {
      purpose: "use-token",
      reference: scheme === "dpop" ? "RFC 9449 §7.1" : "RFC 6750 §2.1",
      from: "client",
      to: "api",
    };
  }
  if (method === "GET" && /jwks|certs|keys/.test(pathname)) {
    return toServer("keys", "RFC 7517 §5");
  }
  return toServer("other", "RFC 6749 §3.2");
}

function toServer(purpose: PurposeName, reference: string): Purpose {
  return { purpose, reference, from: "client", to: "server" };
}
