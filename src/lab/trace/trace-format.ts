// What a run looks like to whoever shows it: a trace as it goes on, or a document at its end. Redacted, all of it.
import type { Failure } from "../../errors.ts";
import type { Check } from "./check.ts";
import type { TracedMessage } from "./message.ts";

/** A run that has ended. Times are milliseconds since 1970. */
export interface TracedRun {
  readonly messages: readonly TracedMessage[];
  readonly checks: readonly Check[];
  readonly startedAt: number;
  readonly endedAt: number;
  readonly exitCode: number;
  /** Why it failed; undefined where it did not. */
  readonly failure?: Failure;
}

/** One way to write a trace; each gives lines. */
export interface TraceFormat {
  /** A message that has ended. */
  message(message: TracedMessage, number: number): readonly string[];
  /** Instead of a message that could not be made safe to show. */
  leftOut(): readonly string[];
  /** The run's end. */
  end(run: TracedRun): readonly string[];
}
