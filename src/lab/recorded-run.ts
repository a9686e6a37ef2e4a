// Runs a command with its traffic recorded, for --trace. A trace for programs has stderr for itself, unless that is a terminal.
import type { GlobalOptions } from "../commands/session.ts";
import type { Context, Output } from "../context.ts";
import { exitCodes, type Failure } from "../errors.ts";
import type { FlowEvent } from "../flow/flow-event.ts";
import { recordExchanges } from "../http/trace.ts";
import { explainFailure } from "../run-command.ts";
import { Terminal } from "../terminal/terminal.ts";
import { loadTexts, type Texts } from "./texts/texts.ts";
import { usesUnicode } from "./trace/diagram.ts";
import { createHarFormat } from "./trace/har-format.ts";
import { createJsonlFormat } from "./trace/jsonl-format.ts";
import type { RunEvent } from "./trace/run.ts";
import { createTextFormat } from "./trace/text-format.ts";
import { Trace } from "./trace/trace.ts";
import type { TraceFormat } from "./trace/trace-format.ts";

/** The forms of --trace. */
export type TraceForm = "text" | "jsonl" | "har";

/** Runs the command and gives its exit code; throws what it throws, unless the trace has told that already. */
export async function runRecorded(
  work: (context: Context) => Promise<number>,
  {
    options,
    context,
  }: { readonly options: GlobalOptions & { readonly trace: TraceForm }; readonly context: Context },
): Promise<number> {
  const texts = await loadTexts(options.lang);
  const ownsStderr = options.trace !== "text" && !context.stderr.isTTY;
  const trace = openTrace(options, { texts, context });
  const add = (event: RunEvent) => trace.add({ event, at: context.clock.now() });
  const recorder = recordExchanges(context, add);
  let exitCode: number = exitCodes.bug;
  let failure: Failure | undefined;
  try {
    exitCode = await work(listenedTo(context, { fetch: recorder.fetch, add, ownsStderr }));
    return exitCode;
  } catch (error) {
    failure = explainFailure(error, context);
    exitCode = exitCodes[failure.kind];
    if (!ownsStderr) throw error;
    return exitCode;
  } finally {
    recorder.finish();
    trace.end({ at: context.clock.now(), exitCode, ...(failure && { failure }) });
  }
}

function openTrace(
  options: GlobalOptions & { readonly trace: TraceForm },
  { texts, context }: { texts: Texts; context: Context },
): Trace {
  const { stderr, env, clock } = context;
  const { color } = options;
  const terminal = new Terminal({ quiet: false, json: false, color }, context);
  const paint: Terminal["style"] = (style, text) => terminal.style(style, text);
  const formats: Readonly<Record<TraceForm, () => TraceFormat>> = {
    text: () => createTextFormat({ paint, unicode: usesUnicode(env), texts }),
    jsonl: () => createJsonlFormat(texts),
    har: () => createHarFormat(texts),
  };
  // A prompt may stand there, waiting.
  const clearLine = stderr.isTTY ? "\r\u001b[K" : "";
  const write = (lines: readonly string[]) => stderr.write(`${clearLine}${lines.join("\n")}\n`);
  return new Trace({ format: formats[options.trace](), write, texts, env, startedAt: clock.now() });
}

/** The context with our ears in it; its getters stay, since reading stdin here would open it. */
function listenedTo(
  context: Context,
  parts: { fetch: Context["fetch"]; add: (event: FlowEvent) => void; ownsStderr: boolean },
): Context {
  const { fetch, add: trace, ownsStderr } = parts;
  const silent: Output = {
    write: () => {},
    writeBytes: async () => {},
    isTTY: false,
    columns: undefined,
  };
  const ears = { fetch, trace, ...(ownsStderr && { stderr: silent }) };
  const getters = {
    ...Object.getOwnPropertyDescriptors(context),
    ...Object.getOwnPropertyDescriptors(ears),
  };
  return Object.create(Object.getPrototypeOf(context), getters);
}
