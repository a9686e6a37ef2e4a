// The embedded sandbox: an ordinary discovered provider that needs no registration.
import { discovered } from "./discovered.ts";
import type { MakeProvider } from "./provider.ts";

/** Where the sandbox listens unless SANDBOX_ISSUER says otherwise. */
export const sandboxIssuer = "http://127.0.0.1:9400";

/** The sandbox at this address. */
export const sandbox: MakeProvider = ({ issuer = sandboxIssuer }) => ({
  ...discovered({ name: "sandbox", issuer }),
  label: "the sandbox",
  defaultScopes: ["openid", "email", "profile", "offline_access"],
  // A lab's first login should show a refresh token, and OIDC Core §11 wants consent for one.
  parameters: { prompt: "consent" },
  builtInClient: { clientId: "oauth-lab-sandbox" },
  notes: ["Nothing needs to be registered: it brings its clients, and its users ada and grace."],
  builtInServiceClient: {
    clientId: "oauth-lab-sandbox-service",
    clientSecret: "sandbox-service-secret-known-to-everyone",
  },
});
