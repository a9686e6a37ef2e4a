// What to do on a provider's pages before the first sign-in: the address, the fields and what to enter there (docs/github.md, docs/google.md).
import type { Provider } from "../providers/provider.ts";

/** How a client is registered at one provider. */
export interface Guide {
  readonly title: string;
  /** The page to open, where there is one for everybody. */
  readonly page?: string;
  /** Lines to show, in their order. */
  readonly steps: readonly string[];
}

/** GitHub: Settings, Developer settings, OAuth apps, New OAuth App. */
export function githubGuide(serverUrl: string, redirectUri: string): Guide {
  return {
    title: "Register an OAuth app at GitHub",
    page: `${serverUrl}/settings/applications/new`,
    steps: [
      "Enter there:",
      "  Application name            oauth-lab, or any other",
      "  Homepage URL                http://127.0.0.1:8000",
      `  Authorization callback URL  ${redirectUri}`,
      "Click Register application, then Generate a new client secret.",
      "GitHub shows the secret only then: leave the page open until it is copied.",
    ],
  };
}

/** Google: a Desktop client needs no redirect URI. */
export function googleGuide(page: string, redirectUri: string): Guide {
  return {
    title: "Create a client at Google",
    page,
    steps: [
      "1  Choose a project. Google may ask for a consent screen first: give it a",
      "   name, and enter your own account as a test user.",
      "2  Create credentials, OAuth client ID, application type Desktop app.",
      "   It needs no redirect URI. (A Web application needs exactly this one:",
      `   ${redirectUri})`,
      "3  Leave the page open until you have copied the id and the secret: Google",
      "   shows the secret only now. If you download its JSON instead, stop here and",
      "   run: oauth-lab providers google --import FILE",
    ],
  };
}

/** Any other provider: what its form will ask for, and what is known of it. */
export function otherGuide(
  { issuer, registration, notes = [] }: Pick<Provider, "issuer" | "registration" | "notes">,
  redirectUri: string,
): Guide {
  const { page } = registration;
  return {
    title: `Register a client at ${new URL(issuer).host}`,
    ...(page !== undefined && { page }),
    steps: [
      "Its settings call it application, app or client. Where you are asked:",
      "  Type          native or desktop; else web",
      `  Redirect URI  ${redirectUri}`,
      "  Grant         authorization code, with PKCE",
      ...notes.slice(0, 2),
    ],
  };
}
