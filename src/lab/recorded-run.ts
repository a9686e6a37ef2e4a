// Runs a command with its traffic recorded, for --trace and --report. A trace for programs has stderr for itself, unless that is a terminal.
import type { CommandRow } from "../commands/row.ts";
import type { Context, Output } from "../context.ts";
import { exitCodes, type Failure } from "../errors.ts";
import type { FlowEvent } from "../flow/flow-event.ts";
import { recordExchanges } from "../http/trace.ts";
import { explainFailure } from "../run-command.ts";
import { Terminal } from "../terminal/terminal.ts";
import { openReport, openTrace, type RecordingOptions } from "./recording-options.ts";
import type { RunReport } from "./report/run-report.ts";
import { loadTexts } from "./texts/texts.ts";
import type { RunEvent } from "./trace/run.ts";
import type { RunEnd } from "./trace/traced-run.ts";

/** A command that is to be recorded. */
interface RecordedCommand {
  readonly row: CommandRow;
  readonly given: Parameters<CommandRow["run"]>[0];
  readonly options: RecordingOptions;
  readonly context: Context;
}

/** Runs the command and gives its exit code; throws what it throws, unless the trace has told that already. */
export async function runRecorded(
  work: (context: Context) => Promise<number>,
  { row, given, options, context }: RecordedCommand,
): Promise<number> {
  const { clock, stderr } = context;
  const texts = await loadTexts(options.lang);
  const startedAt = clock.now();
  const scene = { options, texts, context, startedAt };
  const report = await openReport({ row, given, ...scene });
  const trace = openTrace(scene);
  const ownsStderr = trace !== undefined && options.trace !== "text" && !stderr.isTTY;
  const add = (event: RunEvent) => {
    for (const listener of [trace, report]) listener?.add({ event, at: clock.now() });
  };
  const recorder = recordExchanges(context, add);
  const own = listenedTo(context, { fetch: recorder.fetch, trace: add, ownsStderr });
  let failure: Failure | undefined;
  let problem: unknown;
  let exitCode: number;
  try {
    exitCode = await work(own);
  } catch (error) {
    failure = explainFailure(error, context);
    problem = error;
    exitCode = exitCodes[failure.kind];
  }
  recorder.finish();
  const end = { at: clock.now(), exitCode, ...(failure && { failure }) };
  trace?.end(end);
  if (report) await writeReport(report, { end, terminal: createTerminal(options, own) });
  if (problem !== undefined && !ownsStderr) throw problem;
  return exitCode;
}

function createTerminal({ quiet = false, json = false, color }: RecordingOptions, own: Context) {
  return new Terminal({ quiet, json, color }, own);
}

/** A run that failed is not made to fail for another reason by its report. */
async function writeReport(
  report: RunReport,
  { end, terminal }: { end: RunEnd; terminal: Terminal },
): Promise<void> {
  try {
    await report.write(end);
    terminal.say(`The report is in ${report.path}.`);
  } catch (error) {
    if (end.failure === undefined) throw error;
    terminal.warn("The report could not be written.");
  }
}

/** The context with our ears in it; its getters stay, since reading stdin here would open it. */
function listenedTo(
  context: Context,
  parts: {
    fetch: Context["fetch"];
    trace: (event: FlowEvent) => void;
    ownsStderr: boolean;
  },
): Context {
  const { fetch, trace, ownsStderr } = parts;
  const silent: Output = {
    write: () => {},
    writeBytes: async () => {},
    isTTY: false,
    columns: undefined,
  };
  const ears = { fetch, trace, ...(ownsStderr && { stderr: silent }) };
  return Object.create(Object.getPrototypeOf(context), {
    ...Object.getOwnPropertyDescriptors(context),
    ...Object.getOwnPropertyDescriptors(ears),
  });
}
