// Reads a well-formed command line by the command table. Whatever is not, is left to commander, which knows how to explain it.
import { parseArgs } from "node:util";
import {
  type CommandRow,
  commands,
  globalOptions,
  type OptionRow,
  type Typed,
} from "./commands/table.ts";

/** A command with what was typed after it. */
export interface CommandLine {
  readonly command: CommandRow;
  readonly provider?: string;
  readonly options: Typed;
}

/** The command line, or undefined where it asks for help or has anything that the table does not. */
export function readCommandLine(argv: readonly string[]): CommandLine | undefined {
  const command = commands.find(({ name }) => name === argv[0]);
  if (command === undefined) return undefined;
  const rows = [...command.options, ...globalOptions];
  try {
    const { values, positionals } = parseArgs({
      args: argv.slice(1),
      options: Object.fromEntries(rows.map((row) => [row.name, parserOption(row)])),
      allowPositionals: command.provider !== undefined,
    });
    const [provider] = positionals;
    if (positionals.length > 1 || (provider === undefined && command.provider?.required))
      return undefined;
    const options = Object.fromEntries(rows.flatMap((row) => readOption(row, values[row.name])));
    return { command, options, ...(provider !== undefined && { provider }) };
  } catch {
    return undefined;
  }
}

function parserOption({ value, many, short }: OptionRow) {
  return {
    type: value === undefined ? ("boolean" as const) : ("string" as const),
    multiple: many === true,
    ...(short !== undefined && { short }),
  };
}

/** The option's key and value; none where it was not given and has no default. Throws for a number that is none. */
function readOption(row: OptionRow, typed: unknown): [string, unknown][] {
  const key = optionKey(row);
  if (row.name.startsWith("no-")) return [[key, typed !== true]];
  if (typed === undefined) return row.default === undefined ? [] : [[key, row.default]];
  return [[key, row.atMost === undefined ? typed : readNumber(String(typed), row.atMost)]];
}

/** The name by which code knows an option: `no-color` is `color`, `min-ttl` is `minTtl`. */
export function optionKey({ name }: OptionRow): string {
  return name.replace(/^no-/, "").replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** A whole number in plain digits. Throws RangeError. */
export function readNumber(text: string, atMost: number): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value <= atMost) return value;
  throw new RangeError(`It takes a whole number from 0 to ${atMost}.`);
}
