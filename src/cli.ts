// Runs one command line. The one catch: error -> message -> exit code.
import { readCommandLine, splitRest } from "./command-line.ts";
import type { Context } from "./context.ts";
import { exitCodes, type Failure } from "./errors.ts";
import { explainFailure, runCommand } from "./run-command.ts";
import { Terminal } from "./terminal/terminal.ts";

/** Runs a command line (without `node` and the program's path) and gives its exit code. Prints every failure itself; never throws. */
export async function run(argv: readonly string[], context: Context): Promise<number> {
  const fail = (failure: Failure): number => tellFailure(argv, failure, context);
  try {
    const line = readCommandLine(argv);
    if (line) return await runCommand(line.command, line, context);
    if (argv.length === 0) {
      const { canGreet, firstRun } = await import("./commands/first-run.ts");
      if (canGreet(context)) return await firstRun(context);
    }
    const { runWithCommander } = await import("./help.ts");
    return await runWithCommander(argv, { context, fail });
  } catch (error) {
    return fail(explainFailure(error, context));
  }
}

/** Prints a failure as the command line wants it, and gives its exit code. */
export function tellFailure(
  argv: readonly string[],
  failure: Failure,
  streams: Pick<Context, "stdout" | "stderr" | "env">,
): number {
  const { words } = splitRest(argv);
  const json = words.includes("--json");
  const color = !words.includes("--no-color");
  new Terminal({ quiet: false, json, color }, streams).fail(failure);
  return exitCodes[failure.kind];
}
