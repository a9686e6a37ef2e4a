// The command table as commander knows it: help, suggestions, and what is wrong with a command line. Loaded only to explain.
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { optionKey, readNumber, splitRest } from "./command-line.ts";
import { globalOptions } from "./commands/global-options.ts";
import type { CommandRow, OptionRow, Typed } from "./commands/row.ts";
import { commands } from "./commands/table.ts";
import type { Context } from "./context.ts";
import { exitCodes, type Failure } from "./errors.ts";
import { runCommand } from "./run-command.ts";
import { sanitise } from "./terminal/sanitise.ts";
import { version } from "./version.ts";

/** Runs a command line that wants an explanation, or one that only commander reads; gives the exit code where it explained, else throws what the command throws. */
export async function runWithCommander(
  argv: readonly string[],
  { context, fail }: { context: Context; fail: (failure: Failure) => void },
): Promise<number> {
  const { words, rest } = splitRest(argv);
  let exitCode = 0;
  const act: Act = async (row, given) => {
    exitCode = await runCommand(row, { ...given, rest }, context);
  };
  try {
    await createProgram({ context, fail, act, words, rest }).parseAsync(words, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    throw error;
  }
}

type Act = (row: CommandRow, given: Parameters<CommandRow["run"]>[0]) => Promise<void>;

/** What the program is made for. */
interface Purpose {
  readonly context: Context;
  readonly fail: (failure: Failure) => void;
  readonly act: Act;
  readonly words: readonly string[];
  readonly rest: readonly string[];
}

function createProgram(purpose: Purpose): Command {
  const { context, fail } = purpose;
  const program = new Command("oauth-lab")
    .description(
      "Get an OAuth 2.0 token the right way, see every step, keep it safe, hand it to scripts.",
    )
    .version(version, "-V, --version", "show the version")
    .helpOption("-h, --help", "show help")
    .exitOverride()
    .configureHelp({ subcommandTerm: (command) => `${command.name()} ${argumentsOf(command)}` })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => Math.min(context.stdout.columns || 80, 100),
      getErrHelpWidth: () => Math.min(context.stderr.columns || 80, 100),
      // The text has no colours; to ask the streams would open them.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text) => fail(wrongLine(text)),
    })
    .addHelpText("after", helpEnd);
  for (const row of commands) addCommand(program, row, purpose);
  return program;
}

function wrongLine(text: string): Failure {
  const sentence = text
    .trim()
    .replace(/^error: /, "")
    .replace(/\s*\n\s*/g, " ");
  const message = sanitise(sentence.charAt(0).toUpperCase() + sentence.slice(1), 400);
  const hint = "Run `oauth-lab --help` to see what there is.";
  return { kind: "usage", code: "arguments", message, hint };
}

function addCommand(program: Command, row: CommandRow, { act, words, rest }: Purpose): void {
  const command = program
    .command(row.name, { hidden: row.hidden === true })
    .summary(row.summary)
    .description(row.description);
  if (row.provider) {
    const { required, about, name = "provider" } = row.provider;
    command.argument(required ? `<${name}>` : `[${name}]`, about);
  }
  if (row.argument) {
    const { name, about, optional } = row.argument;
    command.argument(optional ? `[${name}]` : `<${name}>`, about);
  }
  if (row.rest) command.usage(`[options] [provider] -- <${row.rest}...>`);
  // Some four hundred options that nobody asks for would take a tenth of the time.
  if (words.includes(row.name)) addOptions(command, row);
  if (row.examples) command.addHelpText("after", examples(row.examples));
  command.action(async (...given: unknown[]) => {
    if (row.rest && rest.length === 0) command.error(`error: missing ${row.rest} after --`);
    // Commander gives the arguments in their order, then the options, then the command.
    // To commander --input and --no-input are one option, and the default of that is unset.
    const options: Typed = { input: true, ...(given.at(-2) as Typed) };
    const [provider, argument] = row.provider ? given : [];
    await act(row, {
      options,
      ...(typeof provider === "string" && { provider }),
      ...(row.argument && typeof argument === "string" && { argument }),
    });
  });
}

/** What the list of commands shows of one: every one has options, which says nothing there. */
function argumentsOf(command: Command): string {
  return command.usage().replace("[options]", "").trim();
}

function addOptions(command: Command, row: CommandRow): void {
  for (const option of row.options) command.addOption(commanderOption(option));
  command.optionsGroup("Everywhere:");
  for (const option of globalOptions) command.addOption(commanderOption(option));
}

function commanderOption(row: OptionRow): Option {
  const value = row.value === undefined ? "" : ` ${valueName(row)}`;
  const short = row.short === undefined ? "" : `-${row.short}, `;
  const option = new Option(`${short}--${row.name}${value}`, row.about);
  const { atMost } = row;
  if (atMost !== undefined) option.argParser((text) => numberOrExplain(text, atMost));
  if (row.key !== undefined) option.attributeName = () => optionKey(row);
  if (row.choices !== undefined) option.choices(row.choices);
  if (row.default !== undefined) option.default(row.default);
  return option;
}

/** How the help writes a value: `<name>`, and `[=name]` where it may be left out. */
function valueName({ value, many, alone }: OptionRow): string {
  return alone === undefined ? `<${value}${many ? "..." : ""}>` : `[=${value}]`;
}

function numberOrExplain(text: string, atMost: number): number {
  try {
    return readNumber(text, atMost);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof RangeError ? error.message : "");
  }
}

function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  oauth-lab ${line}`).join("\n")}`;
}

const helpEnd = `
Examples:
  oauth-lab                             be led to a first sign-in, step by step
  oauth-lab demo                        watch a whole login, no account needed
  oauth-lab login sandbox               sign in to the embedded server yourself
  oauth-lab login github                sign in to GitHub
  TOKEN=$(oauth-lab token github)       a valid access token for a script

Exit codes: 0 done, 2 usage, 3 unusable answer, 4 login required, 5 refused,
6 unsafe, 7 unavailable, 8 store, 130 interrupted. A client is configured in
the environment or in .env; see .env.example.`;
