// ci: prints a job for a CI system that gets an access token from a refresh token in a secret, and writes a replaced one back. Names secrets; holds none.
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { resolveProvider } from "../providers/known.ts";
import { settingsPrefix } from "../providers/settings-prefix.ts";
import { gitHubWorkflow } from "./ci-github.ts";
import { gitLabJob } from "./ci-gitlab.ts";
import { type CiSystem, ciSystems } from "./integration-rows.ts";
import { storedKeys, theOnlyKey } from "./only-key.ts";
import { type GlobalOptions, openSession, type Session } from "./session.ts";

/** What a job is made of. */
export interface CiJob {
  /** The provider's name, of small letters, digits and hyphens. */
  readonly name: string;
  /** What its settings begin with, such as `MY_IDP`. */
  readonly prefix: string;
  /** The settings beside the client's that name the server, such as `MY_IDP_ISSUER`. */
  readonly serverKeys: readonly string[];
  /** Whether a refresh may end the refresh token, so that the next one has to be written back. */
  readonly rotates: boolean;
  /** What to call with the token. */
  readonly example: string;
}

const templates: Readonly<Record<CiSystem, (job: CiJob) => string>> = {
  github: gitHubWorkflow,
  gitlab: gitLabJob,
};

/** Prints the job. Throws `usage` for a system or a provider that is not known. The .env of a strange folder would have a say in a script that holds a token, so it is not read. */
export async function ci(
  { system, name }: { readonly system: string; readonly name: string | undefined },
  options: GlobalOptions,
  context: Context,
): Promise<void> {
  const template = Object.hasOwn(templates, system) ? templates[system as CiSystem] : undefined;
  if (template === undefined) throw unknownSystem();
  const session = await openSession({ ...options, foreignFolder: true }, context);
  const { settings } = session;
  const provider = resolveProvider(name ?? (await usualProvider(session)), settings);
  if (!/^[a-z0-9-]+$/.test(provider.name)) throw needsName();
  const prefix = settingsPrefix(provider.name);
  const { identity } = provider;
  const servers = ["ISSUER", "AUTHORIZATION_ENDPOINT", "TOKEN_ENDPOINT", "API_URL"];
  context.stdout.write(
    template({
      name: provider.name,
      prefix,
      serverKeys: servers
        .map((suffix) => `${prefix}_${suffix}`)
        .filter((key) => settings.value(key) !== undefined),
      rotates: !provider.keepsRefreshToken,
      example: readExample(identity.kind === "api" ? identity.url : "https://api.example.com/me"),
    }),
  );
}

/** The only stored credential's, and Google where there is none. */
async function usualProvider(session: Session): Promise<string> {
  const isEmpty = (await storedKeys(session)).length === 0;
  return isEmpty ? "google" : (await theOnlyKey(undefined, session)).provider;
}

/** The address as it may stand between double quotes in a shell's script. Throws `usage` for one that a shell would read more into. */
function readExample(address: string): string {
  if (/^https?:\/\/[\w.~:/?#[\]@&+,;=%-]+$/.test(address)) return address;
  throw new OAuthLabError({
    kind: "usage",
    code: "address_unquotable",
    message:
      "The address of the provider's API has characters that a script would not take as they are.",
    hint: "Check GITHUB_API_URL: an address has letters, digits and - . _ ~ : / ? # [ ] @ & + , ; = %.",
  });
}

function unknownSystem(): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "ci_unknown",
    message: "There is no job for that CI system.",
    hint: `Use ${ciSystems.join(" or ")}; docs/ci.md shows Jenkins and cron.`,
  });
}

/** An issuer URL's settings are OIDC_…, which says nothing in a list of secrets. */
function needsName(): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "name_needed",
    message: "A job needs a name for the provider, to call its secrets by.",
    hint: "Set MY_IDP_ISSUER to that address and use my-idp.",
  });
}
