// Walks a person through registering a client and writes what came of it into an .env, all of it or nothing.
import { join } from "node:path";
import type { Context } from "../context.ts";
import { type Entries, writeEnv } from "../env-writing.ts";
import { OAuthLabError } from "../errors.ts";
import { discovered } from "../providers/discovered.ts";
import { providerNames, resolveProvider } from "../providers/known.ts";
import type { Provider } from "../providers/provider.ts";
import { settingsPrefix } from "../providers/settings-prefix.ts";
import { readRedirectUri } from "../registration.ts";
import type { Settings } from "../settings.ts";
import { sanitise } from "../terminal/sanitise.ts";
import type { Terminal } from "../terminal/terminal.ts";
import {
  readClientId,
  readClientSecret,
  readIssuer,
  readName,
  readOptionalSecret,
  suggestName,
} from "./answers.ts";
import { whyNotHere } from "./env-target.ts";
import { type Guide, githubGuide, googleGuide, otherGuide } from "./guide.ts";
import { type Question, Questions, type Reading } from "./questions.ts";

/** What a walk needs. */
export interface Walk {
  readonly settings: Settings;
  readonly terminal: Terminal;
  readonly context: Context;
}

/** Whether there is a client for this provider already. */
export function isConfigured(name: "github" | "google", settings: Settings): boolean {
  const prefix = settingsPrefix(name);
  return ["CLIENT_ID", "CLIENT_SECRET"].every((key) => settings.get(`${prefix}_${key}`));
}

/** GitHub or Google: asks for what is not configured yet. */
export async function registerKnown(name: "github" | "google", walk: Walk): Promise<void> {
  const { settings, context, terminal } = walk;
  const provider = resolveProvider(name, settings);
  const redirectUri = readRedirectUri(provider, settings).href;
  const page = provider.registration.page ?? provider.registration.documentation;
  await show(
    name === "github"
      ? githubGuide(new URL(page).origin, redirectUri)
      : googleGuide(page, redirectUri),
    walk,
  );
  const questions = new Questions(context, terminal);
  const prefix = settingsPrefix(name);
  const given = settings.value(`${prefix}_CLIENT_ID`);
  const clientId =
    given ??
    (await questions.demand({ label: "Client ID", read: (text) => readClientId(text, name) }));
  const secret = await questions.demand({
    label: "Client secret",
    secret: true,
    read: (text) => readClientSecret(text, clientId),
  });
  const entries: Entries = [
    ...(given === undefined ? [[`${prefix}_CLIENT_ID`, clientId] as const] : []),
    [`${prefix}_CLIENT_SECRET`, secret],
  ];
  await write({ title: provider.label, entries }, walk);
}

/** A provider by its issuer, whose metadata is read before anything else is asked. Gives the name that it has from then on. */
export async function registerOther(walk: Walk): Promise<string> {
  const { settings, context, terminal } = walk;
  const questions = new Questions(context, terminal);
  const issuer = await questions.demand({
    label: "Issuer (its address, such as https://gitlab.com)",
    read: (text) => readLivingIssuer(text, context),
  });
  const suggested = suggestName(issuer);
  const taken = takenNames(settings);
  const name = await questions.demand({
    label: `A name for it here (Enter for ${suggested})`,
    read: (text) => readName(text, { suggested, taken }),
  });
  const prefix = settingsPrefix(name);
  const provider = resolveProvider(name, withValue(settings, [`${prefix}_ISSUER`, issuer]));
  await show(otherGuide(provider, readRedirectUri(provider, settings).href), walk);
  const clientId = await questions.demand({
    label: "Client ID",
    read: (text) => readClientId(text, name),
  });
  const secret = await questions.demand({
    label: "Client secret (Enter for none)",
    secret: true,
    read: (text) => readOptionalSecret(text, clientId),
  });
  const entries: Entries = [
    [`${prefix}_ISSUER`, issuer],
    [`${prefix}_CLIENT_ID`, clientId],
    ...(secret === "" ? [] : [[`${prefix}_CLIENT_SECRET`, secret] as const]),
  ];
  await write({ title: new URL(issuer).host, entries }, walk);
  return name;
}

/** What a new name would collide with: a provider that has its own way of being asked for here, or one that is configured. */
function takenNames(settings: Settings): string[] {
  const isConfigured = (name: string) =>
    ["ISSUER", "TOKEN_ENDPOINT", "CLIENT_ID"].some((key) =>
      settings.get(`${settingsPrefix(name)}_${key}`),
    );
  return ["github", "google", "sandbox", ...providerNames(settings).filter(isConfigured)];
}

/** The settings as they will be with one value more. */
function withValue(settings: Settings, [key, value]: [string, string]): Settings {
  return { ...settings, value: (name) => (name === key ? value : settings.value(name)) };
}

/** An issuer that answers: one that was mistyped must not end in a file. */
async function readLivingIssuer(text: string, context: Context): Promise<Reading<string>> {
  const reading = readIssuer(text);
  if ("problem" in reading) return reading;
  const [{ readServerMetadata }, { guardFetch }] = await Promise.all([
    import("../flow/server-metadata.ts"),
    import("../http/fetch.ts"),
  ]);
  try {
    const provider: Provider = discovered({ name: "other", issuer: reading.value });
    await readServerMetadata(provider, guardFetch({ timeoutSeconds: 30 }, context));
    return reading;
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof OAuthLabError)) throw error;
    return { problem: error.message };
  }
}

async function show({ title, page, steps }: Guide, { terminal, context }: Walk): Promise<void> {
  terminal.say(`\n${terminal.style("bold", title)}`);
  if (page !== undefined) terminal.say(`\n  Open  ${terminal.style("cyan", sanitise(page))}`);
  terminal.say();
  for (const step of steps) terminal.say(`  ${sanitise(step)}`);
  terminal.say();
  if (page === undefined) return;
  const questions = new Questions(context, terminal);
  const opens = await questions.demand(yesOrNo("Open the page now? Enter for yes, n for no"));
  if (opens && !(await context.openBrowser(new URL(page)))) {
    terminal.say("  No browser could be started: open the address above yourself.");
  }
}

function yesOrNo(label: string): Question<boolean> {
  return {
    label,
    read: (answer) => {
      const letter = answer.toLowerCase().charAt(0);
      if (letter === "" || letter === "y") return { value: true };
      return letter === "n" ? { value: false } : { problem: "press Enter, or n." };
    },
  };
}

async function write(what: { title: string; entries: Entries }, walk: Walk): Promise<void> {
  const { settings, context, terminal } = walk;
  const { home } = settings;
  const path = await choosePlace(join(home, ".env"), walk);
  await writeEnv(path, { ...what, home }, context);
  terminal.say(`  Written, for you alone to read: ${sanitise(path, 400)}\n`);
}

/** The configuration folder, unless the current one is fit and is wanted. */
async function choosePlace(own: string, { terminal, context }: Walk): Promise<string> {
  const here = join(context.workingFolder, ".env");
  if (here === own) return own;
  const objection = await whyNotHere(context);
  if (objection !== undefined) {
    terminal.say(`  Not into ./.env: ${objection}.`);
    return own;
  }
  terminal.say("\n  Where to write them?");
  terminal.say(`  1  for every folder  ${sanitise(own, 400)}`);
  terminal.say(`  2  for this folder   ${sanitise(here, 400)}`);
  return new Questions(context, terminal).demand({
    label: "1 or 2 (Enter for 1)",
    read: (answer) =>
      answer === "" || answer === "1"
        ? { value: own }
        : answer === "2"
          ? { value: here }
          : { problem: "enter 1 or 2." },
  });
}
