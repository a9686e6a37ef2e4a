// As which client an attack signs in: the sandbox's own public one, or a confidential one that only these servers know.
import type { ClientMetadata } from "oidc-provider";
import { sandboxClientId } from "../../sandbox/clients.ts";
import type { Registered } from "./program.ts";

/** Registered with a secret, as a web application is; on loopback, so that it can be played here. */
export const confidentialClient: ClientMetadata = {
  client_id: "photo-printer",
  client_secret: "photo-printer-secret-known-to-everyone",
  client_name: "Photo printer",
  application_type: "native",
  token_endpoint_auth_method: "client_secret_post",
  grant_types: ["authorization_code"],
  response_types: ["code"],
  redirect_uris: ["http://127.0.0.1/callback/sandbox"],
};

/** The public client at a server. */
export function publicClientAt(issuer: string): Registered {
  return {
    issuer,
    clientId: sandboxClientId,
    redirectUri: "http://127.0.0.1:0/callback/sandbox",
    scope: "openid",
  };
}

/** The confidential client at a server. */
export function confidentialClientAt(issuer: string): Registered {
  return {
    ...publicClientAt(issuer),
    clientId: confidentialClient.client_id,
    clientSecret: String(confidentialClient.client_secret),
  };
}
