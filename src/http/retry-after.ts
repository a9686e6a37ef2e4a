// Whether an answer that says "not now" lets the same request be sent again, and when (RFC 9110 §10.2.3, §15.6).
import type { Repeat } from "../errors.ts";

/** The longest that we wait because a server says so. */
const longestWaitSeconds = 60;
/** A gateway or a server that is down or overloaded, which has not done what was asked. */
const turnedAway = new Set([429, 502, 503, 504]);

/** How the request may be repeated; undefined where it must not be, or where the server asks for a longer wait than anybody has. */
export function readRepeat({
  status,
  headers,
}: Pick<Response, "status" | "headers">): Repeat | undefined {
  if (!turnedAway.has(status)) return undefined;
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
