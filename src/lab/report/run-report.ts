// --report: keeps what happens in a run, and writes the report of it when the run has ended, however it ended.
import type { GlobalOptions } from "../../commands/session.ts";
import type { Context } from "../../context.ts";
import { safeJson } from "../../terminal/safe-json.ts";
import type { Texts } from "../texts/texts.ts";
import type { TopicName, TopicText } from "../topics/topic.ts";
import { toHar } from "../trace/har-format.ts";
import type { Moment } from "../trace/message.ts";
import { Redactor } from "../trace/redactor.ts";
import { describeRun, hideSettings, type RunEnd } from "../trace/traced-run.ts";
import { identityFields, readFacts } from "./facts.ts";
import { toHtml } from "./html.ts";
import { toMarkdown } from "./markdown.ts";
import { buildReport, type ReportParts } from "./report.ts";
import type { ReportFile } from "./report-file.ts";

/** The options of a report. */
export interface ReportOptions extends GlobalOptions {
  readonly report?: string;
  readonly includeIdentity?: boolean;
}

interface RunReportParts {
  readonly file: ReportFile;
  readonly options: ReportOptions;
  /** As it may be shown. */
  readonly command: string;
  readonly texts: Texts;
  readonly topicTexts: Readonly<Record<TopicName, TopicText>>;
  readonly startedAt: number;
  readonly context: Context;
}

/** The report of a run that is going on. */
export class RunReport {
  readonly #parts: RunReportParts;
  readonly #moments: Moment[] = [];
  readonly #notes: string[] = [];

  constructor(parts: RunReportParts) {
    this.#parts = parts;
  }

  /** Where it is written to, as it may be shown. */
  get path(): string {
    return this.#parts.file.path;
  }

  /** Keeps one event. */
  add(moment: Moment): void {
    this.#moments.push(moment);
  }

  /** Keeps a remark of ours on what is not in the report. */
  note(text: string): void {
    this.#notes.push(text);
  }

  /** Writes the report. Throws `usage` or `store` where the place has become another since it was looked at. */
  async write(end: RunEnd): Promise<void> {
    const { file, texts } = this.#parts;
    const parts = this.#describe(end);
    await file.write((mark) => {
      if (file.form === "md") return `<!-- ${mark} -->\n\n${toMarkdown(buildReport(parts))}\n`;
      if (file.form === "html")
        return toHtml(buildReport(parts)).replace("<html", () => `<!-- ${mark} -->\n<html`);
      return `${safeJson(toHar(parts.run, { texts, mark, notes: this.#notes }), 2)}\n`;
    });
  }

  #describe(end: RunEnd): ReportParts {
    const { options, command, texts, topicTexts, startedAt, context } = this.#parts;
    const includesIdentity = options.includeIdentity === true;
    const redactor = new Redactor(includesIdentity ? new Set() : identityFields);
    hideSettings(redactor, context.env);
    const events = this.#moments.map(({ event }) => event);
    const record = { moments: this.#moments, startedAt, redactor, texts };
    // The facts teach the redactor the words of the ID tokens, so they come first, and again when every secret is known.
    readFacts(events, redactor);
    const run = describeRun(record, end);
    const facts = readFacts(events, redactor);
    const { nodeVersion } = context;
    const language = options.lang ?? "en";
    return {
      run,
      notes: this.#notes,
      facts,
      command: redactor.text(command),
      language,
      texts,
      topicTexts,
      includesIdentity,
      nodeVersion,
    };
  }
}
