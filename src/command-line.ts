// Reads a well-formed command line by the command table. Whatever is not, is left to commander, which knows how to explain it.
import { parseArgs } from "node:util";
import { findCommand } from "./commands/find-command.ts";
import { globalOptions } from "./commands/global-options.ts";
import type { CommandRow, OptionRow, Typed } from "./commands/row.ts";

/** A command with what was typed after it. */
export interface CommandLine {
  readonly command: CommandRow;
  readonly provider?: string;
  readonly argument?: string;
  readonly rest?: readonly string[];
  readonly options: Typed;
}

/** The command line, or undefined where it asks for help or has anything that the table does not. */
export function readCommandLine(argv: readonly string[]): CommandLine | undefined {
  const command = findCommand(argv[0]);
  if (command === undefined) return undefined;
  const rows = [...command.options, ...globalOptions];
  const { words, rest } = splitRest(argv);
  if (command.rest !== undefined && rest.length === 0) return undefined;
  try {
    const { values, positionals, tokens } = parseArgs({
      args: words.slice(1),
      options: Object.fromEntries(rows.map((row) => [row.name, parserOption(row)])),
      allowPositionals: command.provider !== undefined,
      tokens: true,
    });
    if (tokens.some((token, at) => token.kind === "positional" && takesMore(tokens[at - 1], rows)))
      return undefined;
    const [provider, argument] = positionals;
    const most = command.argument ? 2 : 1;
    const required = command.argument !== undefined && !command.argument.optional;
    const least = required ? 2 : command.provider?.required ? 1 : 0;
    if (positionals.length > most || positionals.length < least) return undefined;
    const options = Object.fromEntries(rows.flatMap((row) => readOption(row, values[row.name])));
    return {
      command,
      options,
      rest,
      ...(provider !== undefined && { provider }),
      ...(argument !== undefined && { argument }),
    };
  } catch {
    return undefined;
  }
}

/** Whether commander gives the next word to this option, too, as in `--scope openid email`. */
function takesMore(
  before: { kind: string; name?: string; inlineValue?: boolean | undefined } | undefined,
  rows: readonly OptionRow[],
): boolean {
  if (before?.kind !== "option" || before.inlineValue !== false) return false;
  return rows.some(({ name, many }) => name === before.name && many);
}

/** What is ours of a command line, and what stands after `--` where that is another program's. An option that may stand alone has its value, so that no reader takes the next word for it. */
export function splitRest(argv: readonly string[]): { words: string[]; rest: string[] } {
  const takesRest = findCommand(argv[0])?.rest !== undefined;
  const end = takesRest ? argv.indexOf("--") : -1;
  const words = (end === -1 ? argv : argv.slice(0, end)).map((word) => {
    const row = globalOptions.find(({ name, alone }) => alone && word === `--${name}`);
    return row === undefined ? word : `${word}=${row.alone}`;
  });
  return { words, rest: end === -1 ? [] : argv.slice(end + 1) };
}

function parserOption({ value, many, short }: OptionRow) {
  return {
    type: value === undefined ? ("boolean" as const) : ("string" as const),
    multiple: many === true,
    ...(short !== undefined && { short }),
  };
}

/** The option's key and value; none where it was not given and has no default. Throws for a number that is none, and for a choice that there is not. */
function readOption(row: OptionRow, typed: unknown): [string, unknown][] {
  const key = optionKey(row);
  if (row.name.startsWith("no-")) return [[key, typed !== true]];
  if (typed === undefined) return row.default === undefined ? [] : [[key, row.default]];
  if (row.choices?.includes(String(typed)) === false) throw new RangeError("no such choice");
  return [[key, row.atMost === undefined ? typed : readNumber(String(typed), row.atMost)]];
}

/** The name by which code knows an option: `no-color` is `color`, `min-ttl` is `minTtl`. */
export function optionKey({ name, key }: OptionRow): string {
  if (key !== undefined) return key;
  return name.replace(/^no-/, "").replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** A whole number in plain digits. Throws RangeError. */
export function readNumber(text: string, atMost: number): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value <= atMost) return value;
  throw new RangeError(`It takes a whole number from 0 to ${atMost}.`);
}
