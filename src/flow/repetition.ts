// Asks for a refresh again where the failure says that it may be: never where the request may have been processed. Waits outside the credential's lock, which others are waiting for.
import type { Clock } from "../context.ts";
import { OAuthLabError } from "../errors.ts";

/** Who is told of each wait, and what ends it at once. */
export interface Waiting {
  readonly say: (line: string) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The result of the last attempt: of at most three where the server turns it away, of two where it cannot be reached. Throws what that one throws. */
export async function repeatWhereSafe<T>(
  attempt: () => Promise<T>,
  { say, clock, signal }: Waiting,
): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      const repeat = error instanceof OAuthLabError ? error.repeat : undefined;
      if (repeat === undefined || attempts > repeat.times) throw error;
      const seconds = Math.max(1, repeat.afterSeconds ?? attempts);
      say(`${(error as OAuthLabError).message} Trying again in ${seconds} s.`);
      await clock.sleep(seconds * 1000, signal);
    }
  }
}
