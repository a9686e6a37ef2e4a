// whoami: asks the provider's API whose token this is.
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import type { Provider } from "../providers/provider.ts";
import { withProvider } from "./connection.ts";
import { refreshKey } from "./fresh-credential.ts";
import { describeIdentity } from "./login-story.ts";
import { theOnlyKey } from "./only-key.ts";
import { type GlobalOptions, openSession } from "./session.ts";

const minTtlSeconds = 10;

/** Prints whose token it is, in one line or as JSON. */
export async function whoami(
  name: string | undefined,
  options: GlobalOptions,
  context: Context,
): Promise<void> {
  const session = await openSession(options, context);
  const key = await theOnlyKey(name, session);
  await withProvider(key.provider, session, async ({ provider, reconnect }) => {
    const { credential } = await refreshKey(key, { force: false, minTtlSeconds }, session);
    if (credential.grant === "client_credentials") throw noUser(provider);
    const client = await reconnect(credential);
    const identity = await client.identify(credential);
    if (identity === undefined) {
      throw new OAuthLabError({
        kind: "usage",
        code: "identity_unsupported",
        message: `${provider.label} has no endpoint that says whose token it is.`,
        hint: "Set <NAME>_USERINFO_ENDPOINT if it has one that its metadata does not name.",
      });
    }
    if (!options.json) return session.terminal.result(describeIdentity(identity));
    session.terminal.json({
      version: 1,
      provider: provider.name,
      profile: session.profile,
      subject: identity.subject,
      login: identity.login ?? null,
      name: identity.name ?? null,
      email: identity.email ?? null,
      scopes: credential.grantedScopes,
    });
  });
}

function noUser({ label }: Provider): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "no_user",
    message: `The token from ${label} is the client's own: there is no user behind it.`,
    hint: "Sign in without --client-credentials to act for a user.",
  });
}
