// doctor: looks at everything that a login and a token depend on, and says how to repair what is wrong. Its exit code is the worst finding's.
import type { Context, Output } from "../context.ts";
import { attempt, type Check, worstKind } from "../doctor/check.ts";
import { checkProvider } from "../doctor/provider-checks.ts";
import { checkKeychain, checkStore } from "../doctor/storage.ts";
import { checkSurroundings } from "../doctor/surroundings.ts";
import { exitCodes } from "../errors.ts";
import { resolveProvider } from "../providers/known.ts";
import { settingsPrefix } from "../providers/settings-prefix.ts";
import type { Settings } from "../settings.ts";
import { sanitise } from "../terminal/sanitise.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { createTerminal, type GlobalOptions, openSession } from "./session.ts";

/** Prints each check; 0, or the exit code of the worst problem. */
export async function doctor(
  name: string | undefined,
  options: GlobalOptions,
  context: Context,
): Promise<number> {
  const checks = [
    ...(await checkSurroundings(context)),
    ...(await checkAllConfigured(name, options, context)),
  ];
  const terminal = createTerminal(options, context);
  const worst = worstKind(checks);
  if (options.json)
    terminal.json({ version: 1, worst: worst ?? null, checks: checks.map(describe) });
  else terminal.result(checks.flatMap((check) => lines(check, terminal)).join("\n"));
  return worst === undefined ? 0 : exitCodes[worst];
}

const nobody: Output = {
  write: () => {},
  writeBytes: async () => {},
  isTTY: false,
  columns: undefined,
};

/** Where the configuration cannot be meant so, the store and the keychain are looked at as they are without the current folder's. */
async function checkAllConfigured(
  name: string | undefined,
  options: GlobalOptions,
  context: Context,
): Promise<readonly Check[]> {
  const what = "configuration";
  const checks = await attempt(what, () => checkConfigured(name, options, context));
  if (checks.some((check) => check.name !== what)) return checks;
  const { envFile: _, ...bare } = options;
  const elsewhere = { ...context, workingFolder: context.homeFolder };
  const others = await attempt(what, () => checkConfigured(undefined, bare, elsewhere));
  return [...checks, ...others.filter((check) => check.name !== what)];
}

async function checkConfigured(
  name: string | undefined,
  options: GlobalOptions,
  context: Context,
): Promise<Check[]> {
  // What the session would warn of on stderr is a finding here.
  const { settings, store, profile } = await openSession(options, { ...context, stderr: nobody });
  const provider = name === undefined ? undefined : resolveProvider(name, settings);
  const key = { provider: provider?.name ?? "doctor", profile };
  const mode = settings.value("OAUTH_LAB_STORE") ?? "auto";
  const timeoutSeconds = options.timeout;
  return [
    ...listSettings(name, settings),
    ...settings.warnings.map((message) => ({
      name: "configuration",
      outcome: "note" as const,
      message,
    })),
    ...(await checkStore({ store, home: settings.home, key }, context)),
    ...(await checkKeychain(mode, context)),
    ...(provider ? await checkProvider(provider, { settings, timeoutSeconds, context }) : []),
  ];
}

/** Where each value comes from; the values themselves may be secrets. */
function listSettings(name: string | undefined, settings: Settings): Check[] {
  const prefixes = name === undefined ? [""] : [`${settingsPrefix(name)}_`, "OAUTH_LAB_"];
  const keys = settings
    .keysEndingWith("")
    .filter((key) => prefixes.some((prefix) => key.startsWith(prefix)));
  const found = keys.map((key) => `${key} from ${settings.get(key)?.origin}`);
  const message = found.length === 0 ? "nothing is configured" : found.join(", ");
  return [{ name: "configuration", outcome: "ok", message: sanitise(message, 2000) }];
}

function describe(check: Check): Record<string, unknown> {
  const { name, outcome, message } = check;
  const kind = check.outcome === "problem" ? check.kind : null;
  const repair = check.outcome === "ok" ? null : (check.repair ?? null);
  return { name, outcome, kind, message, repair };
}

const signs = { ok: ["green", "✓"], note: ["yellow", "!"], problem: ["red", "✗"] } as const;

function lines(check: Check, terminal: Terminal): string[] {
  const [style, sign] = signs[check.outcome];
  const line = `${terminal.styleResult(style, sign)} ${check.name.padEnd(14)} ${check.message}`;
  const repair = check.outcome === "ok" ? undefined : check.repair;
  return repair === undefined ? [line] : [line, `${" ".repeat(17)}${repair}`];
}
