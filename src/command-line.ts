// Reads a well-formed command line by the command table. Whatever is not, is left to commander, which knows how to explain it.
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
    const { values, positionals } = readWords(words.slice(1), rows);
    const [provider, argument] = positionals;
    const most = command.provider === undefined ? 0 : command.argument ? 2 : 1;
    const required = command.argument !== undefined && !command.argument.optional;
    const least = required ? 2 : command.provider?.required ? 1 : 0;
    if (positionals.length > most || positionals.length < least) return undefined;
    const options = Object.fromEntries(
      rows.flatMap((row) => readOption(row, values.get(row.name) ?? [])),
    );
    return {
      command,
      options,
      rest,
      ...(provider !== undefined && { provider }),
      ...(argument !== undefined && { argument }),
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What was typed of each option, and the other words. Throws RangeError for all but `--name`, `--name value`, `--name=value`, `-n` and `-n value` of the table. */
function readWords(words: readonly string[], rows: readonly OptionRow[]) {
  const values = new Map<string, (string | true)[]>();
  const positionals: string[] = [];
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (isOption(word)) {
      const { row, inline } = findOption(word, rows);
      const value = inline ?? (row.value === undefined ? true : takeValue(left, row));
      if (row.value === undefined && value !== true) throw new RangeError("takes no value");
      values.set(row.name, [...(values.get(row.name) ?? []), value]);
    } else positionals.push(word);
  }
  return { values, positionals };
}

/** Takes the next word for the option's value. Throws RangeError where commander takes another one for it, or one more, as in `--scope openid email`. */
function takeValue(left: string[], { many }: OptionRow): string {
  const value = left.shift();
  const [next] = left;
  if (value === undefined || isOption(value)) throw new RangeError("no value");
  if (many && next !== undefined && !isOption(next)) throw new RangeError("perhaps two values");
  return value;
}

/** `-` alone is a word: stdin. */
function isOption(word: string): boolean {
  return word.length > 1 && word.startsWith("-");
}

/** The row of `--name`, `--name=value` or `-n`. */
function findOption(
  word: string,
  rows: readonly OptionRow[],
): { readonly row: OptionRow; readonly inline?: string } {
  const end = word.startsWith("--") ? word.indexOf("=") : -1;
  const typed = end === -1 ? word : word.slice(0, end);
  const row = rows.find(({ name, short }) => [`--${name}`, short && `-${short}`].includes(typed));
  if (row === undefined) throw new RangeError("no such option");
  return { row, ...(end !== -1 && { inline: word.slice(end + 1) }) };
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

/** The option's key and value; none where it was not given and has no default. Throws RangeError for a number that is none, and for a choice that there is not. */
function readOption(row: OptionRow, typed: readonly (string | true)[]): [string, unknown][] {
  const key = optionKey(row);
  if (row.name.startsWith("no-")) return [[key, typed.length === 0]];
  const last = typed.at(-1);
  if (last === undefined) return row.default === undefined ? [] : [[key, row.default]];
  if (row.choices?.includes(String(last)) === false) throw new RangeError("no such choice");
  if (row.atMost !== undefined) return [[key, readNumber(String(last), row.atMost)]];
  return [[key, row.many ? typed : last]];
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
