// What an API's answer says beside its body: a failure in our words, and where the next page is. Pure.
import { OAuthLabError } from "../errors.ts";
import { sanitise } from "../terminal/sanitise.ts";

/** The failure that a status tells; what scripts can act on has a kind of its own. */
export function answerFailure({ status, headers }: Response, { host }: URL): OAuthLabError {
  const message = `${host} answered with status ${status}.`;
  const code = `http_${status}`;
  const challenge = headers.get("www-authenticate") ?? "";
  if (status === 403 && /\binsufficient_scope\b/.test(challenge)) {
    const scope = /\bscope="([^"]*)"/.exec(challenge)?.[1];
    return new OAuthLabError({
      kind: "login-required",
      code: "insufficient_scope",
      message: `The token has not the scope${scope ? ` ${sanitise(scope, 200)}` : ""} that ${host} wants.`,
      hint: "Sign in again with --scope.",
    });
  }
  if (status === 401) {
    const hint = "Sign in again with `oauth-lab login`.";
    return new OAuthLabError({ kind: "login-required", code: "invalid_token", message, hint });
  }
  if (isRateLimit(status, headers)) {
    const hint = `Try again later${resetTime(headers)}.`;
    return new OAuthLabError({ kind: "unavailable", code: "rate_limited", message, hint });
  }
  if (status >= 500) {
    return new OAuthLabError({ kind: "unavailable", code, message, hint: "Try again later." });
  }
  const hint = "The body on stdout says more.";
  return new OAuthLabError({ kind: "refused", code, message, hint });
}

/** GitHub says 403 for its limits too, and tells them by their headers. */
function isRateLimit(status: number, headers: Headers): boolean {
  if (status === 429) return true;
  return (
    status === 403 && (headers.get("x-ratelimit-remaining") === "0" || headers.has("retry-after"))
  );
}

function resetTime(headers: Headers): string {
  const wait = headers.get("retry-after");
  if (wait !== null && /^\d{1,9}$/.test(wait)) return `, in ${wait} seconds`;
  const reset = Number(headers.get("x-ratelimit-reset"));
  const known = Number.isInteger(reset) && reset > 0 && reset < 8_640_000_000;
  return known ? `, after ${new Date(reset * 1000).toISOString()}` : "";
}

/** A target and its parameters, whose quoted values may hold commas and semicolons. */
const linkValue = /<([^>]*)>((?:\s*;\s*[\w*-]+(?:="[^"]*"|=[^",;\s]*)?)*)/g;
const relation = /;\s*rel=(?:"([^"]*)"|([^",;\s]*))/i;

/** The address of the next page (RFC 8288), undefined on the last one. Throws `unsafe` for one on another origin, which must not see the token. */
export function findNextPage({ headers }: Response, current: URL): URL | undefined {
  const links = [...(headers.get("link") ?? "").matchAll(linkValue)];
  const link = links.find(([, , parameters = ""]) => {
    const [, quoted, plain] = relation.exec(parameters) ?? [];
    return (quoted ?? plain ?? "").toLowerCase().split(/\s+/).includes("next");
  });
  const target = link?.[1];
  if (target === undefined || !URL.canParse(target, current.href)) return undefined;
  const next = new URL(target, current);
  if (next.origin === current.origin && next.href !== current.href) return next;
  throw new OAuthLabError({
    kind: next.origin === current.origin ? "protocol" : "unsafe",
    code: "next_page_refused",
    message:
      next.origin === current.origin
        ? "The next page is this page again, so the pages would never end."
        : `The next page is on ${sanitise(next.host, 200)}, where the token was not sent.`,
    hint: "Leave --paginate out.",
  });
}
