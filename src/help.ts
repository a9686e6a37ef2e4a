// The command table as commander knows it: help, suggestions, and what is wrong with a command line. Loaded only to explain.
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { readNumber } from "./command-line.ts";
import {
  type CommandRow,
  commands,
  globalOptions,
  type OptionRow,
  type Typed,
} from "./commands/table.ts";
import type { Context } from "./context.ts";
import { exitCodes, type Failure } from "./errors.ts";
import { sanitise } from "./terminal/sanitise.ts";
import { version } from "./version.ts";

/** Runs a command line that wants an explanation, or one that only commander reads; gives the exit code where it explained, else throws what the command throws. */
export async function runWithCommander(
  argv: readonly string[],
  { context, fail }: { context: Context; fail: (failure: Failure) => void },
): Promise<number> {
  try {
    await createProgram(context, fail).parseAsync(argv, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    throw error;
  }
}

function createProgram(context: Context, fail: (failure: Failure) => void): Command {
  const program = new Command("oauth-lab")
    .description(
      "Get an OAuth 2.0 token the right way, see every step, keep it safe, hand it to scripts.",
    )
    .version(version, "-V, --version", "show the version")
    .helpOption("-h, --help", "show help")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => Math.min(context.stdout.columns ?? 80, 100),
      getErrHelpWidth: () => Math.min(context.stderr.columns ?? 80, 100),
      outputError: (text) => fail(wrongLine(text)),
    })
    .addHelpText("after", helpEnd);
  for (const row of commands) addCommand(program, row, context);
  return program;
}

function wrongLine(text: string): Failure {
  const sentence = text.trim().replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
  const message = sanitise(sentence.charAt(0).toUpperCase() + sentence.slice(1), 400);
  const hint = "Run `oauth-lab --help` to see what there is.";
  return { kind: "usage", code: "arguments", message, hint };
}

function addCommand(program: Command, row: CommandRow, context: Context): void {
  const command = program.command(row.name).summary(row.summary).description(row.description);
  if (row.provider) {
    const { required, about } = row.provider;
    command.argument(required ? "<provider>" : "[provider]", about);
  }
  for (const option of row.options) command.addOption(commanderOption(option));
  command.optionsGroup("Everywhere:");
  for (const option of globalOptions) command.addOption(commanderOption(option));
  if (row.examples) command.addHelpText("after", examples(row.examples));
  command.action(async (...given: unknown[]) => {
    const [provider, options] = row.provider ? given : [undefined, given[0]];
    const typed = options as Typed;
    await row.run({ options: typed, ...(typeof provider === "string" && { provider }) }, context);
  });
}

function commanderOption(row: OptionRow): Option {
  const value = row.value === undefined ? "" : ` <${row.value}${row.many ? "..." : ""}>`;
  const short = row.short === undefined ? "" : `-${row.short}, `;
  const option = new Option(`${short}--${row.name}${value}`, row.about);
  const { atMost } = row;
  if (atMost !== undefined) option.argParser((text) => numberOrExplain(text, atMost));
  if (row.default !== undefined) option.default(row.default);
  return option;
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
  oauth-lab demo                        watch a whole login, no account needed
  oauth-lab login sandbox               sign in to the embedded server yourself
  oauth-lab login github                sign in to GitHub
  TOKEN=$(oauth-lab token github)       a valid access token for a script

Exit codes: 0 done, 2 usage, 3 unusable answer, 4 login required, 5 refused,
6 unsafe, 7 unavailable, 8 store, 130 interrupted. A client is configured in
the environment or in .env; see .env.example.`;
