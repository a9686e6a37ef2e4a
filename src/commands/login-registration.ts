// The client of a login with --register: the one that was registered for the stored credential, else a new one, which does not outlive a login that fails.

import { OAuthLabError } from "../errors.ts";
import { deregisterClient, registerClient } from "../flow/dynamic-registration.ts";
import { type RegistrationOverrides, readWishes } from "../registration.ts";
import { sanitise } from "../terminal/sanitise.ts";
import type { Connection, RegisteredHere } from "./connection.ts";
import { keyOf, type Session } from "./session.ts";

const longestUndoSeconds = 5;

/** A registered client, and how to end a registration that turned out to be for nothing. */
export interface LoginClient extends RegisteredHere {
  readonly undo: () => Promise<void>;
}

/** Finds or makes the client. Throws `usage` where the server registers nobody, or where the stored one has another redirect URI. */
export async function registerForLogin(
  { provider, start }: Connection,
  {
    wishes,
    offline,
    session,
  }: {
    readonly wishes: RegistrationOverrides;
    readonly offline: boolean;
    readonly session: Session;
  },
): Promise<LoginClient> {
  const { settings, store, terminal, context, options } = session;
  const { redirectUri, scopes } = readWishes(provider, settings, wishes);
  const allScopes = [...new Set([...scopes, ...(offline ? provider.offline.scopes : [])])];
  const stored = await store.read(keyOf(provider, session));
  if (stored?.client && stored.binding.issuer === provider.issuer) {
    if (stored.client.redirectUri !== redirectUri.href) throw registeredOtherwise(provider.name);
    const { client, binding } = stored;
    return { clientId: binding.clientId, client, binding, undo: async () => {} };
  }
  await start();
  const timeoutSeconds = options.timeout;
  const request = { provider, redirectUri, scopes: allScopes, timeoutSeconds };
  const registered = await registerClient(request, context);
  terminal.say(
    `Registered a client at ${sanitise(provider.label, 200)}: ${sanitise(registered.clientId, 100)}.`,
  );
  const undo = async (): Promise<void> => {
    // Also after Ctrl-C, which is how most logins come to nothing; a second one ends the run at once.
    const patient = { ...context, signal: new AbortController().signal };
    const brief = { timeoutSeconds: Math.min(timeoutSeconds, longestUndoSeconds) };
    const { management } = registered.client;
    const fate = await deregisterClient(management, brief, patient).catch(() => "unknown");
    if (fate !== "removed")
      terminal.warn("The client that was registered for this login may stay there.");
  };
  return { ...registered, undo };
}

function registeredOtherwise(name: string): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "registered_otherwise",
    message: "The client that was registered for the stored credential has another redirect URI.",
    hint: `Run \`oauth-lab logout ${sanitise(name, 200)}\` first: it ends that registration.`,
  });
}
