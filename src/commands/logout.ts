// logout: revokes at the provider, then deletes here, and says each half as it was.
import type { Context } from "../context.ts";
import type { Credential, RegisteredClient } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import type { Provider } from "../providers/provider.ts";
import { type Connection, withProvider } from "./connection.ts";
import { theOnlyKey } from "./only-key.ts";
import { type GlobalOptions, openSession, type Session } from "./session.ts";

/** The options of `logout`. */
export interface LogoutOptions extends GlobalOptions {
  readonly local?: boolean;
}

/** What happened at the provider; the local half always happens. */
type Revocation =
  | { readonly outcome: "revoked" | "skipped" | "nothing-stored" }
  | { readonly outcome: "access-token-only" | "unsupported"; readonly grantsPage: string }
  | { readonly outcome: "failed"; readonly failure: OAuthLabError };

/** Signs out. Nothing stored is a success. A failed revocation does not keep the credential here, and is said. */
export async function logout(
  name: string | undefined,
  options: LogoutOptions,
  context: Context,
): Promise<void> {
  const session = await openSession(options, context);
  const { store, terminal } = session;
  const key = await theOnlyKey(name, session);
  await withProvider(key.provider, session, async (connection) => {
    const { provider } = connection;
    let registered: Credential | undefined;
    const revocation = await store.withLock(key, async (): Promise<Revocation> => {
      const credential = await readQuietly(() => store.read(key), options);
      const result: Revocation = options.local
        ? { outcome: "skipped" }
        : credential === undefined
          ? { outcome: "nothing-stored" }
          : await revoke(credential, connection, session);
      const removed = await store.remove(key);
      registered = credential;
      return removed ? result : { outcome: "nothing-stored" };
    });
    terminal.say(describe(revocation, provider));
    if (registered?.client) await deregister(registered.client, session, options);
    if (options.json)
      terminal.json({
        version: 1,
        provider: key.provider,
        profile: key.profile,
        revocation: revocation.outcome,
      });
    if (revocation.outcome === "failed") terminal.warn(stillHonoured(revocation.failure));
  });
}

/** `--local` deletes even what cannot be read any more. */
async function readQuietly(
  read: () => Promise<Credential | undefined>,
  { local }: LogoutOptions,
): Promise<Credential | undefined> {
  try {
    return await read();
  } catch (error) {
    if (local) return undefined;
    throw error;
  }
}

/** The client that was registered for it goes with it; told apart from the tokens, which end without that too. */
async function deregister(
  client: RegisteredClient,
  session: Session,
  { local }: LogoutOptions,
): Promise<void> {
  const what = "The client that was registered for it";
  if (local) return session.terminal.warn(`${what} stays there.`);
  await (await import("./end-registration.ts")).endRegistration(client, what, session);
}

async function revoke(
  credential: Credential,
  { provider, reconnect }: Connection,
  { terminal, context }: Session,
): Promise<Revocation> {
  try {
    const client = await reconnect(credential);
    const { revokeCredential } = await import("../flow/revocation.ts");
    if (provider.revocationReach) terminal.warn(provider.revocationReach);
    const outcome = await revokeCredential(client, credential);
    const { clientId } = credential.binding;
    const grantsPage = provider.grantsPage?.replace("CLIENT_ID", encodeURIComponent(clientId));
    return outcome === "revoked" ? { outcome } : { outcome, grantsPage: grantsPage ?? "" };
  } catch (error) {
    if (!(error instanceof OAuthLabError) || error.kind === "unsafe" || context.signal.aborted)
      throw error;
    return { outcome: "failed", failure: error };
  }
}

function describe(revocation: Revocation, { label }: Provider): string {
  switch (revocation.outcome) {
    case "revoked":
      return `Revoked at ${label} and deleted here.`;
    case "skipped":
      return `Deleted here. ${label} still honours the token until it expires or is revoked there.`;
    case "nothing-stored":
      return "Nothing was stored.";
    case "access-token-only":
      return `Deleted here. ${label} ended the access token, but still honours the refresh token.${endIt(revocation)}`;
    case "unsupported":
      return `Deleted here. ${label} offers no way to revoke it from here, so it may still honour the token.${endIt(revocation)}`;
    case "failed":
      return "Deleted here.";
  }
}

function endIt({ grantsPage }: { readonly grantsPage: string }): string {
  return grantsPage === "" ? "" : ` End it at ${grantsPage}.`;
}

function stillHonoured({ message }: OAuthLabError): string {
  return `The provider could not be told, so it may still honour the token. ${message}`;
}
