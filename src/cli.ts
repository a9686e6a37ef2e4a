// Runs one command line. The one catch: error -> message -> exit code.
import { readCommandLine, splitRest } from "./command-line.ts";
import type { Context } from "./context.ts";
import { exitCodes, type Failure, OAuthLabError } from "./errors.ts";
import { runCommand } from "./run-command.ts";
import { sanitise } from "./terminal/sanitise.ts";
import { Terminal } from "./terminal/terminal.ts";

/** Runs a command line (without `node` and the program's path) and gives its exit code. Prints every failure itself; never throws. */
export async function run(argv: readonly string[], context: Context): Promise<number> {
  const fail = (failure: Failure): number => {
    const { words } = splitRest(argv);
    const manner = {
      quiet: false,
      json: words.includes("--json"),
      color: !words.includes("--no-color"),
    };
    new Terminal(manner, context).fail(failure);
    return exitCodes[failure.kind];
  };
  try {
    const line = readCommandLine(argv);
    if (line) return await runCommand(line.command, line, context);
    const { runWithCommander } = await import("./help.ts");
    return await runWithCommander(argv, { context, fail });
  } catch (error) {
    return fail(explain(error, context));
  }
}

/** Anything that is not ours is a bug, whose own text may hold a secret and is not shown. */
function explain(error: unknown, { signal }: Context): Failure {
  if (error instanceof OAuthLabError) return error;
  if (signal.reason instanceof OAuthLabError) return signal.reason;
  const name = error instanceof Error ? error.name : typeof error;
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const place = /([\w.-]+:\d+:\d+)\)?$/m.exec(stack)?.[1];
  return {
    kind: "bug",
    code: "unexpected",
    message: `Something went wrong in oauth-lab itself (${sanitise(name, 40)}${place ? ` at ${place}` : ""}).`,
    hint: "Please report it with the command that you ran and `oauth-lab --version`.",
  };
}
