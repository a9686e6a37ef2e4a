// Whether an answer that says "not now" lets the same request be sent again, and when (RFC 9110 §10.2.3, §15.6).
import type { Repeat } from "../errors.ts";

/** The longest that we wait because a server says so. */
const longestWaitSeconds = 60;
/** The server has not done what was asked (RFC 6585 §4, RFC 9110 §15.6.4). */
const turnedAway = new Set([429, 503]);
/** A gateway does not know what the server behind it has done (RFC 9110 §15.6.3, §15.6.5). */
const gatewayFailed = new Set([502, 504]);

/** Whether the answer proves that nothing was done. */
export function isTurnedAway({ status }: Pick<Response, "status">): boolean {
  return turnedAway.has(status);
}

/** How the request may be repeated; undefined where it must not be, or where the server asks for a longer wait than anybody has. `spends`: it has used something up if it was processed. */
export function readRepeat(
  response: Pick<Response, "status" | "headers">,
  { spends }: { readonly spends: boolean },
): Repeat | undefined {
  const { status, headers } = response;
  if (!isTurnedAway(response) && (spends || !gatewayFailed.has(status))) return undefined;
  const afterSeconds = readRetryAfter(headers);
  if (afterSeconds === undefined) return status === 429 ? undefined : { times: 2 };
  return afterSeconds <= longestWaitSeconds ? { times: 2, afterSeconds } : undefined;
}

/** Seconds, or a date, which is measured by the clock of the server that wrote it. */
function readRetryAfter(headers: Headers): number | undefined {
  const value = headers.get("retry-after") ?? "";
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const wait = Date.parse(value) - Date.parse(headers.get("date") ?? "");
  return Number.isNaN(wait) ? undefined : Math.max(0, Math.ceil(wait / 1000));
}
