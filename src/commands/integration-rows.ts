// The rows of the commands that other programs run, or that help to set one up.
import type { CommandRow } from "./row.ts";
import type { GlobalOptions } from "./session.ts";

/** The CI systems that there is a job for. */
export const ciSystems = ["github", "gitlab"] as const;
export type CiSystem = (typeof ciSystems)[number];

/** git-credential, ci. */
export const integrationRows: readonly CommandRow[] = [
  {
    name: "git-credential",
    summary: "hand git a token, as its credential helper",
    description:
      "Answer git as a credential helper: `get` prints the user name and the access token for the host that git describes on stdin, refreshed first if needed, where a stored sign-in was for that host, and else nothing; `erase` has the next one refreshed; `store` does nothing. docs/git.md shows how to set it up.",
    provider: { required: true, name: "operation", about: "get, store or erase" },
    options: [],
    examples: ["git-credential get"],
    run: async ({ provider = "", options }, context) =>
      (await import("./git-credential.ts")).gitCredential(
        provider,
        options as unknown as GlobalOptions,
        context,
      ),
  },
  {
    name: "ci",
    summary: "print a CI job that gets a token from a secret",
    description:
      "Print a workflow for GitHub Actions, or a job for GitLab, that gets an access token from a refresh token in a secret, masks it, writes a replaced one back before anything else, and runs once at a time. It names the secrets to set, and holds none.",
    provider: {
      required: true,
      name: "system",
      choices: ciSystems,
      about: ciSystems.join(" or "),
    },
    argument: {
      name: "provider",
      about: "whose token the job needs; the only stored credential's, else google, if left out",
      optional: true,
    },
    options: [],
    examples: ["ci github", "ci github google", "ci gitlab github"],
    run: async ({ provider = "", argument, options }, context) =>
      (await import("./ci.ts")).ci(
        { system: provider, name: argument },
        options as unknown as GlobalOptions,
        context,
      ),
  },
];
