// Runs a command with its traffic recorded, for --trace and --report. A trace for programs has stderr for itself, unless that is a terminal.
import { takesMasks } from "../commands/log-masks.ts";
import type { CommandRow } from "../commands/row.ts";
import type { Context, Output, StderrOwner } from "../context.ts";
import { exitCodes, OAuthLabError } from "../errors.ts";
import type { FlowEvent } from "../flow/flow-event.ts";
import { recordExchanges } from "../http/trace.ts";
import { explainFailure } from "../run-command.ts";
import { Terminal } from "../terminal/terminal.ts";
import { openReport, openTrace, type RecordingOptions } from "./recording-options.ts";
import type { RunReport } from "./report/run-report.ts";
import { loadTexts, type Texts } from "./texts/texts.ts";
import { ApiCalls } from "./trace/api-calls.ts";
import type { RunEvent } from "./trace/run.ts";
import type { Trace } from "./trace/trace.ts";
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
  if (ownsStderr && options.trace === "har") refuseLostMasks(context);
  const add = listenWith([trace, report], { clock, texts });
  const recorder = recordExchanges(context, add);
  const owner = ownsStderr
    ? {
        command: (line: string) => stderr.write(`${line}\n`),
        note: (text: string) => trace.note(text),
      }
    : undefined;
  const own = listenedTo(context, { fetch: recorder.fetch, trace: add, owner });
  const terminal = new Terminal({ quiet: false, json: false, ...options }, own);
  let end = await settle(() => work(own), context);
  recorder.finish();
  const written = report && (await settle(() => writeReport(report, { end, terminal }), context));
  if (written?.failure) end = written;
  trace?.end(end);
  if (report && written?.exitCode === 0) terminal.say(`The report is in ${report.path}.`);
  if (end.problem !== undefined && !ownsStderr) throw end.problem;
  return end.exitCode;
}

/** Hands events to the listeners, and tells them once where calls to an API get too many. */
function listenWith(
  listeners: readonly (Trace | RunReport | undefined)[],
  { clock, texts }: { clock: Context["clock"]; texts: Texts },
): (event: RunEvent) => void {
  const apiCalls = new ApiCalls();
  let isComplete = true;
  return (event) => {
    const isKept = apiCalls.admit(event);
    for (const listener of listeners) {
      if (isKept) listener?.add({ event, at: clock.now() });
      else if (isComplete) listener?.note(texts.trace.tooMany);
    }
    isComplete &&= isKept;
  };
}

/** How the work ended, with what it threw. */
async function settle(
  work: () => Promise<number>,
  context: Context,
): Promise<RunEnd & { readonly problem?: unknown }> {
  const { clock } = context;
  try {
    return { exitCode: await work(), at: clock.now() };
  } catch (problem) {
    const failure = explainFailure(problem, context);
    return { at: clock.now(), exitCode: exitCodes[failure.kind], failure, problem };
  }
}

/** The masks of a CI job must stand on stderr, and an archive is one document. */
function refuseLostMasks({ env }: Context): void {
  if (!takesMasks(env)) return;
  throw new OAuthLabError({
    kind: "usage",
    code: "trace_without_masks",
    message:
      "In a CI job the masks of new tokens stand on stderr, where --trace=har has room for one document only.",
    hint: "Use --report FILE.har, or --trace=jsonl, whose lines stand between the masks.",
  });
}

/** A run that failed is not made to fail for another reason by its report. Gives 0 for a report that was written. */
async function writeReport(
  report: RunReport,
  { end, terminal }: { end: RunEnd; terminal: Terminal },
): Promise<number> {
  try {
    await report.write(end);
    return 0;
  } catch (error) {
    if (end.failure === undefined) throw error;
    terminal.warn("The report could not be written.");
    return 1;
  }
}

/** The context with our ears in it; its getters stay, since reading stdin here would open it. */
function listenedTo(
  context: Context,
  parts: {
    fetch: Context["fetch"];
    trace: (event: FlowEvent) => void;
    owner: StderrOwner | undefined;
  },
): Context {
  const { fetch, trace, owner } = parts;
  const silent: Output = {
    write: () => {},
    writeBytes: async () => {},
    isTTY: false,
    columns: undefined,
  };
  const ears = { fetch, trace, ...(owner && { stderr: silent, stderrOwner: owner }) };
  return Object.create(Object.getPrototypeOf(context), {
    ...Object.getOwnPropertyDescriptors(context),
    ...Object.getOwnPropertyDescriptors(ears),
  });
}
