// Runs one row of the command table, recorded where --trace or --report asks for it, and puts every failure into words. Loads the lab only where it is needed.
import type { CommandRow } from "./commands/row.ts";
import type { Context } from "./context.ts";
import { type Failure, OAuthLabError } from "./errors.ts";
import type { RecordingOptions } from "./lab/recording-options.ts";
import { sanitise } from "./terminal/sanitise.ts";

/** Runs the command and gives its exit code. Throws what it throws. */
export async function runCommand(
  row: CommandRow,
  given: Parameters<CommandRow["run"]>[0],
  context: Context,
): Promise<number> {
  const options = given.options as unknown as RecordingOptions;
  const work = async (own: Context): Promise<number> => {
    const ended = await row.run(given, own);
    return typeof ended === "number" ? ended : 0;
  };
  if (options.trace === undefined && options.report === undefined) return work(context);
  const { runRecorded } = await import("./lab/recorded-run.ts");
  return runRecorded(work, { row, given, options, context });
}

/** Anything that is not ours is a bug, whose own text may hold a secret and is not shown. */
export function explainFailure(error: unknown, { signal }: Context): Failure {
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
