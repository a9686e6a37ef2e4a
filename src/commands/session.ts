// What every command begins with: the settings, the store and the terminal.
import type { Context } from "../context.ts";
import type { CredentialKey } from "../credentials/credential.ts";
import { type CredentialStore, openStore } from "../credentials/store.ts";
import { OAuthLabError } from "../errors.ts";
import type { Provider } from "../providers/provider.ts";
import { Secret } from "../secret.ts";
import { readSettings, type Settings } from "../settings.ts";
import { Terminal } from "../terminal/terminal.ts";
import type { Language } from "./global-options.ts";

/** The options that every command takes, as the command line gives them. */
export interface GlobalOptions {
  readonly profile?: string;
  readonly json?: boolean;
  readonly envFile?: string;
  /** False with --no-input. */
  readonly input: boolean;
  readonly timeout: number;
  readonly quiet?: boolean;
  /** False with --no-color. */
  readonly color: boolean;
  /** Of the lab's texts; English if not given. */
  readonly lang?: Language;
}

/** One run of one command. */
export interface Session {
  readonly context: Context;
  readonly options: GlobalOptions;
  readonly settings: Settings;
  readonly store: CredentialStore;
  readonly terminal: Terminal;
  readonly profile: string;
}

/** Opens the session. Throws `usage` for a configuration that cannot be meant so. */
export async function openSession(
  options: GlobalOptions & { readonly foreignFolder?: boolean },
  context: Context,
): Promise<Session> {
  const settings = await readSettings(options, context);
  const terminal = createTerminal(options, context);
  for (const warning of settings.warnings) terminal.warn(warning);
  const profile = options.profile ?? settings.value("OAUTH_LAB_PROFILE") ?? "default";
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(profile)) {
    throw new OAuthLabError({
      kind: "usage",
      code: "profile_invalid",
      message: "The profile's name cannot be used.",
      hint: "Use up to 64 small letters, digits and hyphens.",
    });
  }
  const passphrase = settings.value("OAUTH_LAB_PASSPHRASE");
  const mode = readStoreMode(settings);
  const folder = settings.home;
  const store = openStore(
    { folder, mode, ...(passphrase !== undefined && { passphrase: new Secret(passphrase) }) },
    context,
  );
  return { context, options, settings, store, terminal, profile };
}

/** The terminal that the options ask for. */
export function createTerminal(options: GlobalOptions, context: Context): Terminal {
  const { quiet = false, json = false, color } = options;
  return new Terminal({ quiet, json, color }, context);
}

/** Whether a person may be asked: not with --no-input, and never in a CI job, even one that has a terminal. A pipe is no person, and is read. */
export function mayAsk({ input }: GlobalOptions, { env, stdin }: Context): boolean {
  return input && !(env.CI && stdin.isTTY);
}

/** The credential's key for a provider's name, which need not be configured any more. */
export function keyOf({ name }: Pick<Provider, "name">, { profile }: Session): CredentialKey {
  return { provider: name, profile };
}

function readStoreMode(settings: Settings): "auto" | "keychain" | "file" | "memory" {
  const mode = settings.value("OAUTH_LAB_STORE") ?? "auto";
  if (mode === "auto" || mode === "keychain" || mode === "file" || mode === "memory") return mode;
  throw new OAuthLabError({
    kind: "usage",
    code: "store_mode_unknown",
    message: "OAUTH_LAB_STORE names no store that there is.",
    hint: "Use auto, keychain, file or memory.",
  });
}
