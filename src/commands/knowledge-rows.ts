// The rows of the commands that tell what is known of a token, a credential or a provider.
import type { ProvidersOptions } from "./providers.ts";
import { type CommandRow, whose } from "./row.ts";
import type { GlobalOptions } from "./session.ts";
import type { StatusOptions } from "./status.ts";

/** whoami, inspect, status, providers. */
export const knowledgeRows: readonly CommandRow[] = [
  {
    name: "whoami",
    summary: "ask the provider's API whose token this is",
    description: "Ask the provider's API whose token this is.",
    provider: whose,
    options: [],
    json: ["whoami"],
    examples: ["whoami github", "whoami google --json"],
    run: async ({ provider, options }, context) =>
      (await import("./whoami.ts")).whoami(provider, options as unknown as GlobalOptions, context),
  },
  {
    name: "inspect",
    summary: "ask what the token is worth, and read the ID token",
    description:
      "Ask the provider what the stored access token is worth now (RFC 7662, Google's tokeninfo or GitHub's check), and take the stored ID token apart: verified where its signature is the provider's, else only decoded.",
    provider: whose,
    options: [],
    json: ["inspect"],
    examples: ["inspect github", "inspect google --json"],
    run: async ({ provider, options }, context) =>
      (await import("./inspect.ts")).inspect(
        provider,
        options as unknown as GlobalOptions,
        context,
      ),
  },
  {
    name: "status",
    summary: "what is stored, where and until when; no network, no secrets",
    description: "Show what is stored, where and until when. Uses no network and shows no secrets.",
    options: [{ name: "check", about: "exit with 4 if a credential needs a new login" }],
    json: ["status"],
    examples: ["status", "status --check --quiet"],
    run: async ({ options }, context) =>
      (await import("./status.ts")).status(options as unknown as StatusOptions, context),
  },
  {
    name: "providers",
    summary: "what is known of each provider, and what to register there",
    description:
      "Tell what is known of the providers: endpoints, the redirect URI to register, where to register it, and how they depart from the standards. Uses no network.",
    provider: { required: false, about: "whom to tell everything about" },
    options: [
      {
        name: "import",
        value: "file",
        about: "take over the client in the JSON file that Google's console downloads",
      },
    ],
    json: ["providers", "provider", "import"],
    examples: [
      "providers",
      "providers github",
      "providers google --json",
      "providers google --import client_secret.json",
    ],
    run: async ({ provider, options }, context) =>
      (await import("./providers.ts")).providers(
        provider,
        options as unknown as ProvidersOptions,
        context,
      ),
  },
];
