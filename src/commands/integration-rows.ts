// The rows of the commands that other programs run, or that help to set one up.
import type { CommandRow } from "./row.ts";
import type { GlobalOptions } from "./session.ts";

/** git-credential. */
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
];
