// One message of a run as it may be shown: its purpose, its channel, the section that describes it, and its parts without secrets.
import type { Failure } from "../../errors.ts";
import type { FlowEvent } from "../../flow/flow-event.ts";
import type { HttpExchange } from "../../http/trace.ts";
import {
  describeAnswer,
  describeBody,
  type Field,
  noBody,
  parameterFields,
  type TracedBody,
} from "./body.ts";
import { type Purpose, purposeOf } from "./purpose.ts";
import type { Redactor } from "./redactor.ts";
import type { RunEvent } from "./run.ts";

/** A message with its answer, redacted: what traces, diagrams and reports are made of. */
export interface TracedMessage extends Purpose {
  readonly channel: "front" | "back";
  readonly method: string;
  /** Without its query. */
  readonly address: string;
  readonly query: readonly Field[];
  readonly requestHeaders: readonly Field[];
  readonly requestBody: TracedBody;
  /** Undefined for the front channel, and where no answer came. */
  readonly status?: number;
  readonly responseHeaders: readonly Field[];
  readonly responseBody: TracedBody;
  /** Why an answer of the front channel was refused. */
  readonly refusal?: Pick<Failure, "code" | "message">;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Undefined for the front channel. */
  readonly milliseconds?: number;
}

/** One event of a run, and when it was seen (milliseconds since 1970). */
export interface Moment {
  readonly event: RunEvent;
  readonly at: number;
}

const requestHeadersThatMatter = ["authorization", "accept", "content-type"];
const responseHeadersThatMatter = [
  "content-type",
  "cache-control",
  "pragma",
  "location",
  "retry-after",
  "www-authenticate",
  "x-oauth-scopes",
];

/** The message that an event is; undefined for one that is none. What it throws may hold a secret: who shows messages must then show nothing of it. */
export function describeMoment(
  { event, at }: Moment,
  redactor: Redactor,
): TracedMessage | undefined {
  // Whether a server is there is no message of the protocol.
  if (event.kind === "http" && event.method === "HEAD") return undefined;
  return event.kind === "http"
    ? describeExchange(event, redactor)
    : describeFlowEvent(event, { at, redactor });
}

function describeExchange(exchange: HttpExchange, redactor: Redactor): TracedMessage {
  const { method, status, startedAt, milliseconds } = exchange;
  const url = new URL(exchange.url);
  const headers = headersOf(exchange.requestHeaders, requestHeadersThatMatter, redactor);
  const sentType = exchange.requestHeaders["content-type"];
  const answeredType = exchange.responseHeaders["content-type"];
  const purpose = purposeOf(exchange);
  const ofApi = purpose.to === "api";
  return {
    ...purpose,
    channel: "back",
    method,
    address: redactor.text(url.origin + url.pathname),
    query: parameterFields(url.searchParams, redactor),
    requestHeaders: headers,
    requestBody: describeBody(exchange.requestBody, { mediaType: sentType, ofApi, redactor }),
    ...(status !== undefined && { status }),
    responseHeaders: headersOf(exchange.responseHeaders, responseHeadersThatMatter, redactor),
    responseBody: describeAnswer(exchange, { mediaType: answeredType, ofApi, redactor }),
    startedAt,
    milliseconds,
  };
}

function describeFlowEvent(
  event: FlowEvent,
  { at, redactor }: { at: number; redactor: Redactor },
): TracedMessage | undefined {
  if (event.kind === "authorization-request") {
    return {
      purpose: "authorization-request",
      reference: "RFC 6749 §4.1.1",
      from: "client",
      to: "server",
      ...frontChannel(event.url.href, redactor),
      startedAt: at,
    };
  }
  if (event.kind !== "authorization-response") return undefined;
  return {
    purpose: event.failure ? "refused-response" : "authorization-response",
    reference: "RFC 6749 §4.1.2",
    from: "server",
    to: "client",
    ...frontChannel(event.address, redactor),
    ...(event.failure && { refusal: redactFailure(event.failure, redactor) }),
    startedAt: at,
  };
}

/** A failure may quote what a server said. */
export function redactFailure({ kind, code, message, hint }: Failure, redactor: Redactor): Failure {
  return {
    kind,
    code: redactor.text(code),
    message: redactor.text(message),
    ...(hint !== undefined && { hint: redactor.text(hint) }),
  };
}

function frontChannel(address: string, redactor: Redactor) {
  const [beforeFragment = "", fragment = ""] = address.split("#", 2);
  const [base = "", query = ""] = beforeFragment.split("?", 2);
  return {
    channel: "front" as const,
    method: "GET",
    address: redactor.text(base),
    query: [query, fragment].flatMap((part) =>
      parameterFields(new URLSearchParams(part), redactor),
    ),
    requestHeaders: [],
    requestBody: noBody,
    responseHeaders: [],
    responseBody: noBody,
  };
}

function headersOf(
  headers: Readonly<Record<string, string>>,
  names: readonly string[],
  redactor: Redactor,
): Field[] {
  return names.flatMap((name): Field[] => {
    const value = headers[name];
    if (value === undefined) return [];
    if (name === "authorization") return [[name, redactor.authorization(value)]];
    return [[name, redactor.text(name === "location" ? (value.split(/[?#]/)[0] ?? "") : value)]];
  });
}
