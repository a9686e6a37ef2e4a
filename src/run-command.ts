// Runs one row of the command table; with --trace its traffic is told. Loads the trace only then.
import type { CommandRow } from "./commands/row.ts";
import type { GlobalOptions } from "./commands/session.ts";
import type { Context } from "./context.ts";

/** Runs the command and gives its exit code. Throws what it throws. */
export async function runCommand(
  row: CommandRow,
  given: Parameters<CommandRow["run"]>[0],
  context: Context,
): Promise<number> {
  const { trace, color, lang } = given.options as unknown as GlobalOptions & { trace?: true };
  const work = async (own: Context): Promise<number> => {
    const ended = await row.run(given, own);
    return typeof ended === "number" ? ended : 0;
  };
  if (trace !== true) return work(context);
  const { runTraced } = await import("./lab/trace/traced-run.ts");
  const { loadTexts } = await import("./lab/texts/texts.ts");
  let exitCode = 0;
  const traced = async (own: Context): Promise<void> => {
    exitCode = await work(own);
  };
  await runTraced(traced, { color, context, texts: await loadTexts(lang) });
  return exitCode;
}
