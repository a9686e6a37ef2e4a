// The sandbox's registered clients. Their "secrets" are published on purpose: they guard nothing but the sandbox.
import type { ClientMetadata } from "oidc-provider";

/** What a client sends to say who it is. */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The public native client that `login sandbox` is: PKCE, no secret, a loopback redirect on any port (RFC 8252 §7.3). */
export const sandboxClientId = "oauth-lab-sandbox";

/** The confidential web client for the paste flow: https redirects on localhost, which a native client must not have; it authenticates with HTTP Basic. */
export const sandboxWebClient: ClientCredentials = {
  clientId: "oauth-lab-sandbox-web",
  clientSecret: "sandbox-web-secret-known-to-everyone",
};

/** The confidential client without a user (RFC 6749 §4.4); the only one that may introspect other clients' tokens. */
export const sandboxServiceClient: ClientCredentials = {
  clientId: "oauth-lab-sandbox-service",
  clientSecret: "sandbox-service-secret-known-to-everyone",
};

/** Their registrations, in the words of RFC 7591 §2. */
export const builtInClients: readonly ClientMetadata[] = [
  {
    client_id: sandboxClientId,
    client_name: "oauth-lab",
    application_type: "native",
    token_endpoint_auth_method: "none",
    grant_types: [
      "authorization_code",
      "refresh_token",
      "urn:ietf:params:oauth:grant-type:device_code",
    ],
    response_types: ["code"],
    redirect_uris: ["http://127.0.0.1/callback/sandbox", "http://[::1]/callback/sandbox"],
  },
  {
    client_id: sandboxWebClient.clientId,
    client_secret: sandboxWebClient.clientSecret,
    client_name: "Lab web application",
    application_type: "web",
    token_endpoint_auth_method: "client_secret_basic",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    redirect_uris: [
      "https://localhost:8000/callback",
      "https://localhost:8080/auth/google/callback",
    ],
  },
  {
    client_id: sandboxServiceClient.clientId,
    client_secret: sandboxServiceClient.clientSecret,
    client_name: "Lab nightly job",
    application_type: "web",
    token_endpoint_auth_method: "client_secret_basic",
    grant_types: ["client_credentials"],
    response_types: [],
    redirect_uris: [],
  },
];
