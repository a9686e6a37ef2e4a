// The failure where an API answers with a status instead of what was asked for.
import { OAuthLabError } from "../errors.ts";

/** `unavailable` for 5xx and 429, which pass; `refused` for the rest, with the hint that fits it. */
export function unanswered(
  status: number,
  { url, hint }: { readonly url: string; readonly hint: string },
): OAuthLabError {
  const passing = status >= 500 || status === 429;
  return new OAuthLabError({
    kind: passing ? "unavailable" : "refused",
    code: `http_${status}`,
    message: `${new URL(url).host} answered with status ${status}.`,
    hint: passing ? "Try again later." : hint,
  });
}
