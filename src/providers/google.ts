// Google: Desktop and Web clients. The endpoints are Google's published ones, so that no login waits for discovery.
import type { MakeProvider, Provider } from "./provider.ts";

/** Google itself. `include_granted_scopes` and `access_type` are described at https://developers.google.com/identity/protocols/oauth2/native-app */
const published: Provider = {
  name: "google",
  label: "Google",
  issuer: "https://accounts.google.com",
  metadata: "static",
  endpoints: {
    authorization: "https://accounts.google.com/o/oauth2/v2/auth",
    token: "https://oauth2.googleapis.com/token",
    deviceAuthorization: "https://oauth2.googleapis.com/device/code",
    userinfo: "https://openidconnect.googleapis.com/v1/userinfo",
    revocation: "https://oauth2.googleapis.com/revoke",
    jwks: "https://www.googleapis.com/oauth2/v3/certs",
  },
  identity: { kind: "userinfo" },
  apiOrigins: ["https://openidconnect.googleapis.com", "https://www.googleapis.com"],
  defaultScopes: ["openid", "email", "profile"],
  // A refresh token comes with the first consent only, so consent is asked for again.
  offline: {
    scopes: [],
    parameters: { access_type: "offline", prompt: "consent", include_granted_scopes: "true" },
  },
  keepsRefreshToken: true,
  quirks: new Set(["verification-url", "error-code"]),
  // Basic would be form-encoded (RFC 6749 §2.3.1), and the hyphen in GOCSPX-… with it.
  clientAuthentication: "client_secret_post",
  needsSecret: new Set(["authorization_code", "device_code"]),
  registration: {
    page: "https://console.cloud.google.com/apis/credentials",
    documentation: "https://developers.google.com/identity/protocols/oauth2",
  },
  tokeninfo: "https://oauth2.googleapis.com/tokeninfo",
  notes: [
    "A Desktop client takes any http://127.0.0.1 address unregistered, a Web client exactly the registered one.",
    "Both want the client secret, even with PKCE.",
    "A refresh token comes with the first consent only; --offline asks for consent again.",
    "While the app's publishing status is Testing, refresh tokens die after seven days.",
    "A hundred refresh tokens live for one account and client; the oldest ends silently.",
    "The device flow takes only clients of the type TVs and Limited Input devices, and few scopes.",
    "photoslibrary.readonly and its like are gone since 2025-03-31.",
  ],
  revocationReach:
    "Google ends everything that the account granted to the whole project, for all of its clients.",
  grantsPage: "https://myaccount.google.com/connections",
};

/** Google, or a server that stands in for it: then its endpoints are discovered. */
export const google: MakeProvider = ({ issuer }) =>
  issuer === undefined || issuer === published.issuer
    ? published
    : {
        ...published,
        issuer,
        metadata: "discovery",
        endpoints: {},
        tokeninfo: new URL("/tokeninfo", issuer).href,
        apiOrigins: [],
      };
