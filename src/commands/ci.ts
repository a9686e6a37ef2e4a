// ci: prints a job for a CI system that gets an access token from a refresh token in a secret, and writes a replaced one back. Names secrets; holds none.
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { resolveProvider, settingsPrefix } from "../providers/known.ts";
import { gitHubWorkflow } from "./ci-github.ts";
import { gitLabJob } from "./ci-gitlab.ts";
import { type CiSystem, ciSystems } from "./integration-rows.ts";
import { type GlobalOptions, openSession } from "./session.ts";

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

/** Prints the job. Throws `usage` for a system or a provider that is not known. */
export async function ci(
  { system, name }: { readonly system: string; readonly name: string },
  options: GlobalOptions,
  context: Context,
): Promise<void> {
  const template = Object.hasOwn(templates, system) ? templates[system as CiSystem] : undefined;
  if (template === undefined) throw unknownSystem();
  const { settings } = await openSession(options, context);
  const provider = resolveProvider(name, settings);
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
      example: identity.kind === "api" ? identity.url : "https://api.example.com/me",
    }),
  );
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
