// What the man page and docs/commands.md say of a command, from the one table that the program itself is made of.
import type { CommandRow, OptionRow } from "../src/commands/row.ts";
import { commands } from "../src/commands/table.ts";

/** Something that can be typed, and what it means. */
export interface Entry {
  readonly typed: string;
  readonly about: string;
}

/** One command of the manual. */
export interface CommandEntry {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly description: string;
  readonly entries: readonly Entry[];
  readonly examples: readonly string[];
  /** The schemas of what --json prints. */
  readonly json: readonly string[];
}

/** Every command that is for people, in the order of the help. */
export function commandEntries(): CommandEntry[] {
  return commands.filter(({ hidden }) => !hidden).map(describe);
}

function describe(row: CommandRow): CommandEntry {
  const { name, summary, description, options, examples = [], json = [] } = row;
  return {
    name,
    usage: usageOf(row),
    summary,
    description,
    entries: [...argumentsOf(row), ...options.map(optionEntry)],
    examples: examples.map((line) => `oauth-lab ${line}`),
    json,
  };
}

function usageOf({ name, provider, argument, rest }: CommandRow): string {
  const first = provider?.name ?? "provider";
  return [
    `oauth-lab ${name}`,
    "[options]",
    ...(provider ? [provider.required ? `<${first}>` : `[${first}]`] : []),
    ...(argument ? [argument.optional ? `[${argument.name}]` : `<${argument.name}>`] : []),
    ...(rest ? [`-- <${rest}...>`] : []),
  ].join(" ");
}

function argumentsOf({ provider, argument }: CommandRow): Entry[] {
  return [
    ...(provider ? [{ typed: provider.name ?? "provider", about: provider.about }] : []),
    ...(argument ? [{ typed: argument.name, about: argument.about }] : []),
  ];
}

/** An option as the help writes it, with its choices and its default. */
export function optionEntry({ name, short, value, many, alone, ...row }: OptionRow): Entry {
  const given = alone === undefined ? ` <${value}${many ? "..." : ""}>` : `[=${value}]`;
  const typed = `${short ? `-${short}, ` : ""}--${name}${value === undefined ? "" : given}`;
  const { about, choices, default: standard } = row;
  const listed = choices && value !== choices.join("|") ? `: ${choices.join(", ")}` : "";
  return { typed, about: about + listed + (standard === undefined ? "" : ` (${standard})`) };
}
