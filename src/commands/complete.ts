// complete: what could stand at the end of a command line, for the shells' scripts. Reads names only: no token, no network; says nothing about what is wrong.
import type { Context } from "../context.ts";
import { providerNames } from "../providers/known.ts";
import { readSettings, type Settings } from "../settings.ts";
import { globalOptions } from "./global-options.ts";
import type { CommandRow, OptionRow } from "./row.ts";
import { commands } from "./table.ts";

/** A word, and what it means. */
interface Candidate {
  readonly word: string;
  readonly about?: string;
}

const storedName = /^([a-z0-9-]{1,64})@([a-z0-9-]{1,64})\.json$/;

/** Prints what the last of the words may be, one a line; behind a tab what it means. */
export async function complete(words: readonly string[], context: Context): Promise<void> {
  const begun = words.at(-1) ?? "";
  const candidates = await findCandidates(words.slice(0, -1), begun, context);
  const lines = candidates
    .filter(({ word }) => word.startsWith(begun))
    .map(({ word, about = "" }) => `${word}\t${about}\n`);
  context.stdout.write(lines.join(""));
}

async function findCandidates(
  before: readonly string[],
  begun: string,
  context: Context,
): Promise<readonly Candidate[]> {
  const [name, ...given] = before;
  const shown = commands.filter(({ hidden }) => !hidden);
  if (name === undefined) return shown.map(({ name: word, summary: about }) => ({ word, about }));
  const row = shown.find((command) => command.name === name);
  if (row === undefined || given.includes("--")) return [];
  const options = [...row.options, ...globalOptions];
  const open = findOption(given.at(-1), options);
  if (open !== undefined && takesNextWord(open)) return valuesOf(open, context);
  if (begun.startsWith("-")) {
    return options.flatMap(optionWords);
  }
  return hasPositional(given, options) ? [] : positionals(row, context);
}

function findOption(word: string | undefined, options: readonly OptionRow[]) {
  return options.find(({ name, short }) => word === `--${name}` || word === `-${short ?? "-"}`);
}

function takesNextWord({ value, alone }: OptionRow): boolean {
  return value !== undefined && alone === undefined;
}

/** The option, and where it may stand alone also with each of its values. */
function optionWords({ name, about, alone, choices = [] }: OptionRow): Candidate[] {
  const more = alone === undefined ? [] : choices.filter((choice) => choice !== alone);
  return ["", ...more.map((choice) => `=${choice}`)].map((end) => ({
    word: `--${name}${end}`,
    about,
  }));
}

function hasPositional(given: readonly string[], options: readonly OptionRow[]): boolean {
  return given.some((word, index) => {
    const before = findOption(given[index - 1], options);
    const isValue = before !== undefined && takesNextWord(before);
    return !isValue && !word.startsWith("-");
  });
}

async function valuesOf({ name, choices }: OptionRow, context: Context): Promise<Candidate[]> {
  if (name !== "profile") return (choices ?? []).map((word) => ({ word }));
  const { home } = await settingsOf(context);
  return (await storedNames(home, context)).map(({ profile: word }) => ({ word }));
}

async function positionals({ provider }: CommandRow, context: Context): Promise<Candidate[]> {
  if (provider?.choices) return provider.choices.map((word) => ({ word }));
  if (provider === undefined || provider.name !== undefined) return [];
  const settings = await settingsOf(context);
  const stored = await storedNames(settings.home, context);
  const names = [...providerNames(settings), ...stored.map((key) => key.provider)];
  return [...new Set(names)].map((word) => ({ word }));
}

/** A file that cannot be read is no reason to complete nothing. */
function settingsOf(context: Context): Promise<Settings> {
  const elsewhere = { ...context, workingFolder: context.homeFolder };
  return readSettings({}, context).catch(() => readSettings({}, elsewhere));
}

/** The keys of what is stored, as the files' names tell them: none is opened. */
async function storedNames(
  home: string,
  { files }: Context,
): Promise<{ profile: string; provider: string }[]> {
  const names = await files.readdir(home).catch(() => []);
  return names.flatMap((name) => {
    const [, profile, provider] = storedName.exec(name) ?? [];
    return profile && provider ? [{ profile, provider }] : [];
  });
}
