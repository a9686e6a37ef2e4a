// A client of one provider, opened when a command needs it and only then.
import type { Binding, Credential, RegisteredClient } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import { checkBinding } from "../flow/binding.ts";
import type { OAuthClient } from "../flow/client.ts";
import type { ClockWatch } from "../http/server-clock.ts";
import { resolveProvider } from "../providers/known.ts";
import type { Provider } from "../providers/provider.ts";
import { settingsPrefix } from "../providers/settings-prefix.ts";
import {
  type Registration,
  type RegistrationOverrides,
  readRegistration,
  readWishes,
  registeredRegistration,
} from "../registration.ts";
import type { Secret } from "../secret.ts";
import type { Session } from "./session.ts";

/** A login's client, where that is not the one of the settings, and whether its tokens are to be bound to a new key. */
export interface LoginOverrides extends RegistrationOverrides {
  readonly registered?: RegisteredHere | undefined;
  readonly dpop?: boolean | undefined;
}

/** A client that was registered for one credential. */
export interface RegisteredHere {
  readonly clientId: string;
  readonly client: RegisteredClient;
  /** What the stored credential is bound to that it was registered for; undefined for a new one. */
  readonly binding?: Binding;
}

/** A provider with the client registered there, and the open client once it is asked for. */
export interface Connection {
  readonly provider: Provider;
  /** Starts the sandbox for the time of the command where that is the provider and none runs. */
  start(): Promise<void>;
  /** Opens the client for a new login, once the provider is started. Throws `unsafe` where the settings lead a registered client elsewhere than it was registered for, before anything is sent there. */
  connect(overrides: LoginOverrides): Promise<{ client: OAuthClient; registration: Registration }>;
  /** Opens the client that a stored credential came from. Throws `unsafe` where the settings name another, before anything is sent there. */
  reconnect(credential: Credential): Promise<OAuthClient>;
}

/** Runs work with a provider; what was started for it is stopped again. Its failures name the provider's own keys. */
export async function withProvider<T>(
  name: string,
  session: Session,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { settings, context, options } = session;
  const provider = resolveProvider(name, settings);
  const started: { close(): Promise<void> }[] = [];
  let clock: ClockWatch | undefined;
  const start = async (): Promise<void> => {
    if (provider.name !== "sandbox" || started.length > 0) return;
    const { ensureSandbox } = await import("../sandbox/ensure.ts");
    started.push(await ensureSandbox(provider.issuer, { home: settings.home, context }));
  };
  const open = async (
    registration: Registration,
    proofKey: "new" | Secret | undefined,
  ): Promise<OAuthClient> => {
    await start();
    context.trace?.({ kind: "client-opened", provider, registration });
    const { openClient } = await import("../flow/client.ts");
    const { watchServerClock } = await import("../http/server-clock.ts");
    clock = watchServerClock(context);
    const timeoutSeconds = options.timeout;
    return openClient({ provider, registration, timeoutSeconds, proofKey }, clock.context);
  };
  const connection: Connection = {
    provider,
    start,
    connect: async ({ registered, dpop, ...overrides }) => {
      const registration = registered
        ? registeredRegistration(registered, readWishes(provider, settings, overrides))
        : readRegistration(provider, settings, overrides);
      const client = await open(registration, dpop ? "new" : undefined);
      if (registered?.binding) checkBinding(registered.binding, client.binding);
      return { client, registration };
    },
    reconnect: async ({ binding, grant, client: own, proofKey }) => {
      const { clientId } = binding;
      const registration = own
        ? registeredRegistration({ clientId, client: own }, readWishes(provider, settings, {}))
        : readRegistration(provider, settings, { grant });
      checkBinding(binding, { issuer: provider.issuer, clientId: registration.clientId });
      const client = await open(registration, proofKey);
      checkBinding(binding, client.binding);
      return client;
    },
  };
  try {
    return await work(connection);
  } catch (error) {
    throw nameKeys(error, provider);
  } finally {
    for (const server of started) await server.close();
    const warning = clock?.warning();
    if (warning !== undefined) session.terminal.warn(warning);
  }
}

/** Hints below the commands do not know whose keys they speak of. */
function nameKeys(error: unknown, { name }: Provider): unknown {
  if (!(error instanceof OAuthLabError) || !error.hint?.includes("<NAME>_")) return error;
  const { kind, code, message } = error;
  const hint = error.hint.replaceAll("<NAME>_", `${settingsPrefix(name)}_`);
  return new OAuthLabError({ kind, code, message, hint });
}
