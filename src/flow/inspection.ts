// Asks the provider what an access token is worth now: RFC 7662, Google's tokeninfo, or GitHub's check. The token is never put into an address.
import * as oidc from "openid-client";
import type { Credential } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import type { ApplicationsApi } from "../providers/provider.ts";
import { callApplicationsApi } from "./applications-api.ts";
import type { OAuthClient } from "./client.ts";
import { translateError } from "./library-errors.ts";
import { unanswered } from "./unanswered.ts";

/** What the provider says of a token. `facts` is outside text in the provider's own words: sanitise before showing. */
export interface Inspection {
  readonly source: "introspection" | "tokeninfo" | "github";
  readonly active: boolean;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The members that are shown; whatever else an answer has, a token perhaps, is left out. */
const factNames = {
  introspection: [
    ...["scope", "client_id", "username", "token_type", "exp", "iat", "nbf"],
    ...["sub", "aud", "iss", "jti"],
  ],
  tokeninfo: ["azp", "aud", "sub", "scope", "exp", "email", "email_verified", "access_type"],
  github: ["scopes", "created_at", "expires_at"],
} as const satisfies Record<Inspection["source"], readonly string[]>;

/** Undefined where the provider has no way to ask. Throws `unsafe` for a token that was issued to another client. */
export async function inspectToken(
  client: OAuthClient,
  credential: Credential,
): Promise<Inspection | undefined> {
  const { provider, config, registration } = client.wire;
  if (provider.applicationsApi) {
    return registration.clientSecret === undefined
      ? undefined
      : checkAtGitHub(client, { credential, api: provider.applicationsApi });
  }
  if (provider.tokeninfo !== undefined) {
    return askTokeninfo(client, { credential, address: provider.tokeninfo });
  }
  if (config.serverMetadata().introspection_endpoint === undefined) return undefined;
  return introspect(client, credential);
}

async function introspect({ wire }: OAuthClient, { accessToken }: Credential): Promise<Inspection> {
  try {
    const hint = { token_type_hint: "access_token" };
    const answer = await oidc.tokenIntrospection(wire.config, accessToken.reveal(), hint);
    return pick("introspection", { active: answer.active, answer });
  } catch (error) {
    throw translateError(error, { step: "introspection", provider: wire.provider.name });
  }
}

async function askTokeninfo(
  { wire }: OAuthClient,
  { credential, address }: { credential: Credential; address: string },
): Promise<Inspection> {
  const { host, origin } = new URL(address);
  if (!credential.binding.origins.includes(origin)) {
    throw new OAuthLabError({
      kind: "unsafe",
      code: "foreign_origin",
      message: `The token was not sent to ${host}, which it did not come from.`,
      hint: "Check <NAME>_ISSUER.",
    });
  }
  const response = await wire.fetch(address, {
    method: "POST",
    headers: { authorization: `Bearer ${credential.accessToken.reveal()}` },
  });
  if (response.status === 400 || response.status === 401) {
    return pick("tokeninfo", { active: false, answer: {} });
  }
  if (!response.ok)
    throw unanswered(response.status, { url: address, hint: "Check the endpoint's address." });
  const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  checkClient(answer.aud, credential);
  return pick("tokeninfo", { active: true, answer });
}

async function checkAtGitHub(
  client: OAuthClient,
  { credential, api }: { credential: Credential; api: ApplicationsApi },
): Promise<Inspection> {
  const { clientId, clientSecret } = client.wire.registration;
  const answer = await callApplicationsApi(client, {
    method: "POST",
    url: `${api.url}/${encodeURIComponent(clientId)}/token`,
    body: { access_token: credential.accessToken.reveal() },
    ...(clientSecret && { clientSecret }),
  });
  if (answer === undefined) return pick("github", { active: false, answer: {} });
  const { app, user } = answer as { app?: { client_id?: unknown }; user?: { login?: unknown } };
  checkClient(app?.client_id, credential);
  const { facts, ...inspection } = pick("github", { active: true, answer });
  return { ...inspection, facts: { ...facts, login: user?.login } };
}

function pick(
  source: Inspection["source"],
  { active, answer }: { active: boolean; answer: Readonly<Record<string, unknown>> },
): Inspection {
  const named = factNames[source].filter((name) => active && answer[name] !== undefined);
  return { source, active, facts: Object.fromEntries(named.map((name) => [name, answer[name]])) };
}

/** A token of another client is not ours to act on, whoever gave it to us. */
function checkClient(named: unknown, { binding }: Credential): void {
  if (named === binding.clientId) return;
  throw new OAuthLabError({
    kind: "unsafe",
    code: "audience_mismatch",
    message: "The provider says that the token was issued to another client.",
    hint: "Sign in again with `oauth-lab login`, and find out how that token got here.",
  });
}
