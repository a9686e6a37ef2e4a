// Follows a run and tells it in one format, without its secrets. What cannot be shown safely is not shown at all.
import type { Failure } from "../../errors.ts";
import type { Texts } from "../texts/texts.ts";
import { listChecks } from "./checklist.ts";
import { describeMoment, type Moment, type TracedMessage } from "./message.ts";
import { Redactor } from "./redactor.ts";
import type { TracedRun, TraceFormat } from "./trace-format.ts";

const secretSetting = /_((?:CLIENT_)?SECRET|(?:REFRESH_|ACCESS_)?TOKEN|PASSPHRASE|PASSWORD)$/;

interface TraceParts {
  readonly format: TraceFormat;
  readonly write: (lines: readonly string[]) => void;
  readonly texts: Texts;
  /** The environment: what stands in it under a secret's name is one. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** When the run began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Takes the secrets out; another one hides more, or is for tests. */
  readonly redactor?: Redactor;
}

/** How a run ended. `at` is in milliseconds since 1970. */
export interface RunEnd {
  readonly at: number;
  readonly exitCode: number;
  readonly failure?: Failure;
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
    for (const [name, value] of Object.entries(parts.env)) {
      const [, field] = secretSetting.exec(name) ?? [];
      if (value && field) this.#redactor.hide(field.toLowerCase(), value);
    }
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

  /** Tells the run as a whole. By now every secret of it is known, also those that came after they were quoted. */
  end(end: RunEnd): void {
    this.#safely(() => this.#parts.format.end(this.#describeRun(end)));
  }

  #describeRun({ at, exitCode, failure }: RunEnd): TracedRun {
    const { startedAt, texts } = this.#parts;
    const messages = this.#moments.flatMap((moment): TracedMessage[] => {
      try {
        return [describeMoment(moment, this.#redactor)].filter((message) => message !== undefined);
      } catch {
        return [];
      }
    });
    const checks = listChecks(
      this.#moments.map(({ event }) => event),
      texts,
    );
    const why = failure && { failure: this.#redact(failure) };
    return { messages, checks, startedAt, endedAt: at, exitCode, ...why };
  }

  #redact({ kind, code, message, hint }: Failure): Failure {
    const text = (told: string) => this.#redactor.text(told);
    return {
      kind,
      code: text(code),
      message: text(message),
      ...(hint !== undefined && { hint: text(hint) }),
    };
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
