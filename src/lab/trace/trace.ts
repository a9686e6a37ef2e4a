// Follows a run and tells it in one format, without its secrets. What cannot be shown safely is not shown at all.
import type { Texts } from "../texts/texts.ts";
import { describeMoment, type Moment } from "./message.ts";
import { Redactor } from "./redactor.ts";
import type { TraceFormat } from "./trace-format.ts";
import { describeRun, hideSettings, type RunEnd } from "./traced-run.ts";

interface TraceParts {
  readonly format: TraceFormat;
  readonly write: (lines: readonly string[]) => void;
  readonly texts: Texts;
  /** The environment: what stands in it under a secret's name is one. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** When the run began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Takes the secrets out; another one is for tests. */
  readonly redactor?: Redactor;
}

/** Tells the events of one run. */
export class Trace {
  readonly #parts: TraceParts;
  readonly #redactor: Redactor;
  readonly #moments: Moment[] = [];
  #told = 0;

  constructor(parts: TraceParts) {
    this.#parts = parts;
    this.#redactor = parts.redactor ?? new Redactor();
    hideSettings(this.#redactor, parts.env);
  }

  /** Tells one event. A failure in here shows nothing of the event and never disturbs the run. */
  add(moment: Moment): void {
    this.#moments.push(moment);
    this.#safely(() => {
      const message = describeMoment(moment, this.#redactor);
      if (message === undefined) return [];
      this.#told += 1;
      return this.#parts.format.message(message, this.#told);
    });
  }

  /** Tells something that must be known, whatever stands in it. */
  note(text: string): void {
    this.#safely(() => this.#parts.format.note(this.#redactor.text(text)));
  }

  /** Tells the run as a whole. */
  end(end: RunEnd): void {
    const { startedAt, texts, format } = this.#parts;
    const record = { moments: this.#moments, startedAt, redactor: this.#redactor, texts };
    this.#safely(() => format.end(describeRun(record, end)));
  }

  #safely(makeLines: () => readonly string[]): void {
    let lines: readonly string[];
    try {
      lines = makeLines();
    } catch {
      lines = this.#parts.format.leftOut();
    }
    if (lines.length > 0) this.#parts.write(lines);
  }
}
