// Asks for a refresh again where the failure says that it may be: never where the request may have been processed.
import type { Clock } from "../context.ts";
import type { RefreshOutcome } from "./client.ts";

/** Who is told of each wait, and what ends it at once. */
export interface Waiting {
  readonly say: (line: string) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The outcome of the last attempt: of at most three where the server turns it away, of two where it cannot be reached. */
export async function repeatRefresh(
  attempt: () => Promise<RefreshOutcome>,
  { say, clock, signal }: Waiting,
): Promise<RefreshOutcome> {
  for (let attempts = 1; ; attempts += 1) {
    const outcome = await attempt();
    if (outcome.kind === "refreshed" || outcome.rotated !== undefined) return outcome;
    const { failure } = outcome;
    if (failure.repeat === undefined || attempts > failure.repeat.times) return outcome;
    const seconds = Math.max(1, failure.repeat.afterSeconds ?? attempts);
    say(`${failure.message} Trying again in ${seconds} s.`);
    await clock.sleep(seconds * 1000, signal);
  }
}
