// Which credential a command means when no provider is named: the only one of the profile.
import type { CredentialKey } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import { keyOf, type Session } from "./session.ts";

/** The key of the named provider, or of the only credential there is. Throws `usage` where several could be meant. */
export async function theOnlyKey(
  name: string | undefined,
  session: Session,
): Promise<CredentialKey> {
  if (name !== undefined) return namedKey(name, session);
  const keys = await storedKeys(session);
  if (keys.length === 1 && keys[0]) return keys[0];
  if (keys.length > 1) {
    throw new OAuthLabError({
      kind: "usage",
      code: "provider_needed",
      message: `There are credentials for ${keys.map(({ provider }) => provider).join(", ")}.`,
      hint: "Name the one that is meant.",
    });
  }
  throw new OAuthLabError({
    kind: "login-required",
    code: "nothing_stored",
    message: "Nothing is stored yet.",
    hint: "Sign in with `oauth-lab login <provider>`; `oauth-lab login sandbox` needs no account.",
  });
}

/** The keys of every credential of the profile that can be read. */
export async function storedKeys({ store, profile }: Session): Promise<CredentialKey[]> {
  return (await store.list())
    .flatMap((listed) => ("credential" in listed ? [listed.credential] : []))
    .filter((key) => key.profile === profile);
}

/** A name is its own key, whether or not there is such a provider; an address is written in more than one way. */
async function namedKey(name: string, session: Session): Promise<CredentialKey> {
  if (/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) return keyOf({ name }, session);
  const { resolveProvider } = await import("../providers/known.ts");
  return keyOf(resolveProvider(name, session.settings), session);
}
