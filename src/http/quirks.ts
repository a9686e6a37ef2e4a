// Where a provider departs from the RFC, its answer is put right before the library sees it.
import type { Quirk } from "../providers/provider.ts";
import type { Fetch } from "./fetch.ts";

/** Members that some servers send as null or "" for "none", which RFC 6749 §5.1 does not know. */
const optionalMembers = ["refresh_token", "id_token", "scope", "expires_in"];

/** Members in seconds; GitHub has sent them as text. */
const lifetimes = ["expires_in", "refresh_token_expires_in"];

/** A fetch whose POSTs (token and device endpoints) answer as the RFCs say. */
export function straighten(fetch: Fetch, quirks: ReadonlySet<Quirk>): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    const misnamed = quirks.has("error-code") && response.status >= 400;
    if (init?.method !== "POST" || (response.status !== 200 && !misnamed)) return response;
    const text = await response.text();
    const answer = parseObject(text);
    if (answer === undefined) return new Response(text, response);
    const failed = typeof answer.error === "string" && !("access_token" in answer);
    const status = failed && quirks.has("errors-with-200") ? 400 : response.status;
    const headers = new Headers(response.headers); // a DPoP-Nonce among them
    headers.set("content-type", "application/json");
    return new Response(JSON.stringify(straightenAnswer(answer, quirks)), { status, headers });
  };
}

function straightenAnswer(
  answer: Record<string, unknown>,
  quirks: ReadonlySet<Quirk>,
): Record<string, unknown> {
  const straight = { ...answer };
  for (const member of optionalMembers) {
    if (straight[member] === null || (member !== "scope" && straight[member] === "")) {
      delete straight[member];
    }
  }
  for (const member of lifetimes) {
    if (straight[member] === undefined) continue;
    const seconds = lifetimeSeconds(straight[member]);
    if (seconds === undefined) delete straight[member];
    else straight[member] = seconds;
  }
  if (quirks.has("comma-scopes") && typeof straight.scope === "string") {
    straight.scope = straight.scope.replaceAll(",", " ");
  }
  if (quirks.has("verification-url") && straight.verification_uri === undefined) {
    straight.verification_uri = straight.verification_url;
  }
  if (quirks.has("error-code") && straight.error === undefined)
    straight.error = straight.error_code;
  if (typeof straight.interval === "string") straight.interval = Number(straight.interval);
  if (!(Number(straight.interval) > 0)) delete straight.interval;
  return straight;
}

const tenYearsSeconds = 10 * 365 * 24 * 3600;

/** Seconds from a number or a string of digits, at most ten years; anything else is an unknown lifetime, never "for ever". */
function lifetimeSeconds(value: unknown): number | undefined {
  const seconds =
    typeof value === "string" && /^\d{1,15}(\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof seconds !== "number" || !Number.isFinite(seconds) || seconds < 0) return undefined;
  return Math.min(Math.floor(seconds), tenYearsSeconds);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
