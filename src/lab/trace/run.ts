// What of a run its checks and its report look at: the last request for tokens, what led to it and what came of it.
import type { FlowEvent } from "../../flow/flow-event.ts";
import type { HttpExchange } from "../../http/trace.ts";

/** One thing that happened in a run, with its secrets. */
export type RunEvent = HttpExchange | FlowEvent;

type AuthorizationResponse = Extract<FlowEvent, { kind: "authorization-response" }>;

/** The parts of a run, with their secrets. */
export interface Run {
  /** The authorization request's parameters; undefined where none was made. */
  readonly request: URLSearchParams | undefined;
  /** The answer that was taken, else the last one. */
  readonly response: AuthorizationResponse | undefined;
  /** The last request for tokens. */
  readonly exchange: HttpExchange | undefined;
  readonly form: URLSearchParams;
  readonly answer: Readonly<Record<string, unknown>>;
  /** The claims of the ID token in the answer. */
  readonly claims: Readonly<Record<string, unknown>> | undefined;
  readonly verified: Extract<FlowEvent, { kind: "id-token-verified" }> | undefined;
}

/** What came after the last authorization request belongs to it; a run without one is taken whole. */
export function readRun(all: readonly RunEvent[]): Run {
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
    request: request && requestParameters(request.url, all),
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

/** The parameters of an authorization request, also of one that was pushed beforehand and is only named in the URL (RFC 9126). */
function requestParameters({ searchParams }: URL, all: readonly RunEvent[]): URLSearchParams {
  const name = searchParams.get("request_uri");
  if (name === null) return searchParams;
  const pushed = all.find(
    (event): event is HttpExchange =>
      event.kind === "http" && parseObject(event.responseBody)?.request_uri === name,
  );
  return new URLSearchParams(pushed?.requestBody ?? searchParams);
}

/** The object that a JSON text is; undefined for anything else. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
