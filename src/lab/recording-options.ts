// What --trace and --report ask for: the listeners of a run.
import type { CommandRow } from "../commands/row.ts";
import type { Context } from "../context.ts";
import { Terminal } from "../terminal/terminal.ts";
import { loadTopics } from "./explain-topic.ts";
import { commandText } from "./report/command-text.ts";
import { openReportFile } from "./report/report-file.ts";
import { type ReportOptions, RunReport } from "./report/run-report.ts";
import type { Texts } from "./texts/texts.ts";
import { usesUnicode } from "./trace/diagram.ts";
import { createHarFormat } from "./trace/har-format.ts";
import { createJsonlFormat } from "./trace/jsonl-format.ts";
import { createTextFormat } from "./trace/text-format.ts";
import { Trace } from "./trace/trace.ts";
import type { TraceFormat } from "./trace/trace-format.ts";

/** The forms of --trace. */
type TraceForm = "text" | "jsonl" | "har";

/** The options of what is recorded. */
export interface RecordingOptions extends ReportOptions {
  readonly trace?: TraceForm;
}

interface Scene {
  readonly options: RecordingOptions;
  readonly texts: Texts;
  readonly context: Context;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

/** The trace that the options ask for; undefined where they do not. */
export function openTrace({ options, texts, context, startedAt }: Scene): Trace | undefined {
  if (options.trace === undefined) return undefined;
  const { stderr, env } = context;
  const terminal = new Terminal({ quiet: false, json: false, color: options.color }, context);
  const paint: Terminal["style"] = (style, text) => terminal.style(style, text);
  const formats: Readonly<Record<TraceForm, () => TraceFormat>> = {
    text: () => createTextFormat({ paint, unicode: usesUnicode(env), texts }),
    jsonl: () => createJsonlFormat(texts),
    har: () => createHarFormat(texts),
  };
  // A prompt may stand there, waiting.
  const clearLine = stderr.isTTY ? "\r\u001b[K" : "";
  const write = (lines: readonly string[]) => stderr.write(`${clearLine}${lines.join("\n")}\n`);
  return new Trace({ format: formats[options.trace](), write, texts, env, startedAt });
}

/** The report that the options ask for; undefined where they do not. Throws `usage` or `store` where it could not be written. */
export async function openReport({
  row,
  given,
  ...scene
}: Scene & {
  readonly row: CommandRow;
  readonly given: Parameters<CommandRow["run"]>[0];
}): Promise<RunReport | undefined> {
  const { options, context } = scene;
  if (options.report === undefined) return undefined;
  const file = await openReportFile(options.report, context);
  const { topics: topicTexts } = await loadTopics(options.lang);
  return new RunReport({ ...scene, topicTexts, file, command: commandText(row, given) });
}
