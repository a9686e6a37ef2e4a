// What every form of a trace gives: lines for a message, and lines for the end.
import type { TracedMessage } from "./message.ts";
import type { TracedRun } from "./traced-run.ts";

/** One way to write a trace; each gives lines. */
export interface TraceFormat {
  /** A message that has ended. */
  message(message: TracedMessage, number: number): readonly string[];
  /** Instead of a message that could not be made safe to show. */
  leftOut(): readonly string[];
  /** Something that must be known, in words. */
  note(text: string): readonly string[];
  /** The run's end. */
  end(run: TracedRun): readonly string[];
}
