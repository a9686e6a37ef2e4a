// What was verified in a run, told from what happened in it: each check passed, failed, or did not apply. Its words are fixed, so that no secret can be among them.
import { createHash } from "node:crypto";
import type { FlowEvent } from "../../flow/flow-event.ts";
import { compareScopes } from "../../flow/scopes.ts";
import type { HttpExchange } from "../../http/trace.ts";

/** One thing that happened in a run, with its secrets. */
export type RunEvent = HttpExchange | FlowEvent;

/** One line of the checklist. */
export interface Check {
  readonly name: string;
  readonly outcome: "pass" | "fail" | "not applicable";
  readonly detail: string;
  readonly reference: string;
}

/** The checklist of a run; empty where nothing went over either channel. */
export function listChecks(events: readonly RunEvent[]): Check[] {
  const run = readRun(events);
  if (run.request === undefined && run.exchange === undefined) return [];
  return [
    ...redirectChecks(run),
    checkPkce(run),
    ...idTokenChecks(run),
    checkScopes(run),
    checkTokenType(run),
    checkCacheHeaders(run),
  ];
}

type Response = Extract<FlowEvent, { kind: "authorization-response" }>;

/** What of a run the checks look at. */
interface Run {
  /** The authorization request's parameters. */
  readonly request: URLSearchParams | undefined;
  /** The answer that was taken, else the last one. */
  readonly response: Response | undefined;
  /** The last request for tokens. */
  readonly exchange: HttpExchange | undefined;
  readonly form: URLSearchParams;
  readonly answer: Readonly<Record<string, unknown>>;
  /** The claims of the ID token in the answer. */
  readonly claims: Readonly<Record<string, unknown>> | undefined;
  readonly verified: Extract<FlowEvent, { kind: "id-token-verified" }> | undefined;
}

/** What came after the last authorization request belongs to it; a run without one is taken whole. */
function readRun(all: readonly RunEvent[]): Run {
  const request = all.findLast((event) => event.kind === "authorization-request");
  const events = request === undefined ? all : all.slice(all.indexOf(request));
  const responses = events.filter((event) => event.kind === "authorization-response");
  const exchanges = events.filter(
    (event): event is HttpExchange =>
      event.kind === "http" && new URLSearchParams(event.requestBody).has("grant_type"),
  );
  const exchange = exchanges.findLast(({ status }) => status === 200) ?? exchanges.at(-1);
  const answer = parseObject(exchange?.responseBody ?? "") ?? {};
  const payload = typeof answer.id_token === "string" ? (answer.id_token.split(".")[1] ?? "") : "";
  return {
    request: request?.url.searchParams,
    response: responses.find(({ failure }) => failure === undefined) ?? responses.at(-1),
    exchange,
    form: new URLSearchParams(exchange?.requestBody ?? ""),
    answer,
    claims:
      payload === ""
        ? undefined
        : (parseObject(Buffer.from(payload, "base64url").toString()) ?? {}),
    verified: events.findLast((event) => event.kind === "id-token-verified"),
  };
}

/** The order in which an answer is checked: what failed first, was decided last. */
const decidedBy: Readonly<Record<string, number>> = {
  redirect_mismatch: 0,
  duplicate_parameter: 0,
  token_in_redirect: 0,
  fragment_response: 0,
  state_missing: 1,
  state_mismatch: 1,
  issuer_missing: 2,
  issuer_mismatch: 2,
};

function redirectChecks({ request, response }: Run): Check[] {
  const failedAt = response?.failure ? (decidedBy[response.failure.code] ?? 3) : 3;
  const check = (
    position: number,
    { name, passed, failed, reference }: Record<"name" | "passed" | "failed" | "reference", string>,
  ): Check => {
    if (request === undefined)
      return notApplicable({ name, reference, detail: "nothing went through the browser" });
    if (response === undefined || position > failedAt) {
      return notApplicable({ name, reference, detail: "it did not come to that" });
    }
    const held = position < failedAt;
    return { name, reference, outcome: held ? "pass" : "fail", detail: held ? passed : failed };
  };
  const issuer = check(2, {
    name: "iss",
    passed: "the answer names the server that was asked",
    failed: "the answer does not name the server that was asked",
    reference: "RFC 9207 §2.4",
  });
  const namesIssuer = /[?&]iss=./.test(response?.address ?? "");
  return [
    check(0, {
      name: "redirect",
      passed: "the answer came to the redirect URI of the request",
      failed: "the address is not the one that was asked for",
      reference: "RFC 6749 §3.1.2",
    }),
    check(1, {
      name: "state",
      passed: "the answer belongs to this request",
      failed: "the answer belongs to another request",
      reference: "RFC 6749 §10.12",
    }),
    issuer.outcome === "pass" && !namesIssuer
      ? notApplicable({ ...issuer, detail: "the server does not say who it is" })
      : issuer,
  ];
}

function checkPkce({ request, exchange, form }: Run): Check {
  const base = { name: "PKCE", reference: "RFC 7636 §4.6" };
  const challenge = request?.get("code_challenge");
  const verifier = form.get("code_verifier");
  if (request === undefined) return notApplicable({ ...base, detail: "no code was asked for" });
  if (!challenge) return { ...base, outcome: "fail", detail: "the request has no challenge" };
  if (verifier === null) return notApplicable({ ...base, detail: "no code was exchanged" });
  const fits = createHash("sha256").update(verifier).digest("base64url") === challenge;
  const accepted = exchange?.status === 200;
  const detail = fits
    ? accepted
      ? "the verifier fits the challenge, and the server took it"
      : "the verifier fits the challenge, but the server refused"
    : "the verifier does not fit the challenge";
  return { ...base, outcome: fits && accepted ? "pass" : "fail", detail };
}

function idTokenChecks(run: Run): Check[] {
  const { request, form, exchange, claims } = run;
  const clientId = request?.get("client_id") ?? form.get("client_id");
  const nonce = request?.get("nonce");
  const holds = {
    nonce: nonce ? claims?.nonce === nonce : undefined,
    aud: clientId ? [claims?.aud].flat().includes(clientId) : undefined,
    exp: isTimely(claims, {
      now: (exchange?.startedAt ?? 0) / 1000,
      isLogin: request !== undefined,
    }),
  };
  const check = (name: keyof typeof holds, words: { passed: string; failed: string }): Check => {
    const base = { name, reference: "OIDC Core §3.1.3.7" };
    if (claims === undefined) return notApplicable({ ...base, detail: "no ID token" });
    const held = holds[name];
    if (held === undefined) return notApplicable({ ...base, detail: "none was sent" });
    return { ...base, outcome: held ? "pass" : "fail", detail: held ? words.passed : words.failed };
  };
  return [
    checkSignature(
      run,
      Object.values(holds).every((held) => held !== false),
    ),
    check("aud", {
      passed: "the ID token is for this client",
      failed: "the ID token is for another client",
    }),
    check("nonce", {
      passed: "the ID token was made for this request",
      failed: "the ID token belongs to another request",
    }),
    check("exp", {
      passed: "the ID token is in its time",
      failed: "the ID token is not of this time: look at the clock",
    }),
  ];
}

const maxAgeSeconds = 600;

/** Not expired, and at a login just issued: a clock that is wrong shows in either. Seconds since 1970. */
function isTimely(
  claims: Run["claims"],
  { now, isLogin }: { now: number; isLogin: boolean },
): boolean {
  const isNew = Math.abs(Number(claims?.iat) - now) <= maxAgeSeconds;
  return Number(claims?.exp) > now && (isNew || !isLogin);
}

/** Only the flow can tell that a signature is good; that it is bad follows where the token was refused and its claims are right. */
function checkSignature({ claims, verified }: Run, claimsHold: boolean): Check {
  const base = { name: "signature", reference: "OIDC Core §3.1.3.7" };
  if (claims === undefined) return notApplicable({ ...base, detail: "no ID token" });
  if (verified?.signature === false) {
    return notApplicable({ ...base, detail: "the server publishes no key; TLS vouches for it" });
  }
  if (verified)
    return { ...base, outcome: "pass", detail: "signed with the server's published key" };
  return claimsHold
    ? { ...base, outcome: "fail", detail: "the ID token was refused" }
    : notApplicable({ ...base, detail: "it did not come to that" });
}

function checkScopes({ request, form, answer, exchange }: Run): Check {
  const base = { name: "scopes", reference: "RFC 6749 §3.3" };
  const asked = (request?.get("scope") ?? form.get("scope") ?? "").split(" ").filter(Boolean);
  if (exchange?.status !== 200 || typeof answer.access_token !== "string") {
    return notApplicable({ ...base, detail: "no token came" });
  }
  if (asked.length === 0) return notApplicable({ ...base, detail: "none were asked for" });
  if (typeof answer.scope !== "string") {
    return { ...base, outcome: "pass", detail: "the answer names none: granted as asked" };
  }
  const { missing } = compareScopes({
    requestedScopes: asked,
    grantedScopes: answer.scope.split(/[\s,]+/),
  });
  return missing.length === 0
    ? { ...base, outcome: "pass", detail: "all that were asked for were granted" }
    : {
        ...base,
        outcome: "fail",
        detail: `${missing.length} of ${asked.length} were not granted`,
      };
}

function checkTokenType({ answer }: Run): Check {
  const base = { name: "token_type", reference: "RFC 6749 §7.1" };
  if (typeof answer.access_token !== "string")
    return notApplicable({ ...base, detail: "no token came" });
  const bearer = String(answer.token_type).toLowerCase() === "bearer";
  return {
    ...base,
    outcome: bearer ? "pass" : "fail",
    detail: bearer ? "Bearer, which this client can use" : "not Bearer, so it cannot be used",
  };
}

function checkCacheHeaders({ exchange, answer }: Run): Check {
  const base = { name: "cache headers", reference: "RFC 6749 §5.1" };
  if (typeof answer.access_token !== "string")
    return notApplicable({ ...base, detail: "no token came" });
  const kept = !(exchange?.responseHeaders["cache-control"] ?? "").includes("no-store");
  return {
    ...base,
    outcome: kept ? "fail" : "pass",
    detail: kept
      ? "the server does not forbid keeping the answer"
      : "no-store: nobody may keep the answer",
  };
}

function notApplicable(check: Pick<Check, "name" | "reference" | "detail">): Check {
  return { ...check, outcome: "not applicable" };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
