// How much is kept of the calls to an API, which may have any number of pages. What belongs to the protocol is always kept.
import type { RunEvent } from "./run.ts";

const mebibyte = 1024 * 1024;
/** The most that is kept of all calls together, in characters. */
const maxKeptCharacters = 2 * mebibyte;

/** Counts what is kept. */
export class ApiCalls {
  #left = maxKeptCharacters;

  /** Whether the event is still to be kept: from the first call to an API that is not, no other is. */
  admit(event: RunEvent): boolean {
    if (event.kind !== "http" || !/^(bearer|dpop) /i.test(event.requestHeaders.authorization ?? ""))
      return true;
    if (this.#left <= 0) return false;
    const { url, requestBody, responseBody, requestHeaders, responseHeaders } = event;
    const headers = [requestHeaders, responseHeaders].flatMap(Object.entries).flat();
    for (const part of [url, requestBody, responseBody, ...headers]) this.#left -= part.length;
    return true;
  }
}
