// One message of a run as it may be shown: its purpose, its channel, the section that describes it, and its parts without secrets.
import type { FlowEvent } from "../../flow/flow-event.ts";
import type { HttpExchange } from "../../http/trace.ts";
import { type Purpose, purposeOf } from "./purpose.ts";
import type { Redactor } from "./redactor.ts";

/** A named value, redacted. */
export type Field = readonly [name: string, value: string];

/** A message with its answer, redacted: what traces, diagrams and reports are made of. */
export interface TracedMessage extends Purpose {
  readonly channel: "front" | "back";
  readonly method: string;
  /** Without its query, which is among the fields. */
  readonly address: string;
  readonly requestHeaders: readonly Field[];
  readonly requestFields: readonly Field[];
  /** Undefined for the front channel, and where no answer came. */
  readonly status?: number;
  readonly responseHeaders: readonly Field[];
  readonly responseFields: readonly Field[];
  /** Why an answer of the front channel was refused. */
  readonly refusal?: string;
  readonly startedAt?: number;
  readonly milliseconds?: number;
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

/** A back channel message. Throws nothing that holds a secret of it to its caller's knowledge: who shows it must show nothing where this throws. */
export function describeExchange(exchange: HttpExchange, redactor: Redactor): TracedMessage {
  const { method, requestBody, responseBody, status, startedAt, milliseconds } = exchange;
  const url = new URL(exchange.url);
  const requestHeaders = headersOf(exchange.requestHeaders, requestHeadersThatMatter, redactor);
  const sent = [
    ...queryFields(url.searchParams, redactor),
    ...bodyFields(requestBody, exchange.requestHeaders["content-type"] ?? "", redactor),
  ];
  return {
    ...purposeOf(exchange),
    channel: "back",
    method,
    address: redactor.text(url.origin + url.pathname),
    requestHeaders,
    requestFields: sent,
    ...(status !== undefined && { status }),
    responseHeaders: headersOf(exchange.responseHeaders, responseHeadersThatMatter, redactor),
    responseFields: bodyFields(
      responseBody,
      exchange.responseHeaders["content-type"] ?? "",
      redactor,
    ),
    startedAt,
    milliseconds,
  };
}

/** A front channel message; undefined for an event that is none. */
export function describeFlowEvent(event: FlowEvent, redactor: Redactor): TracedMessage | undefined {
  switch (event.kind) {
    case "authorization-request":
      return {
        purpose: "Ask for a code",
        reference: "RFC 6749 §4.1.1",
        from: "client",
        to: "server",
        ...frontChannel(event.url.href, redactor),
      };
    case "authorization-response":
      return {
        purpose: event.failure ? "An answer, refused" : "The answer",
        reference: "RFC 6749 §4.1.2",
        from: "server",
        to: "client",
        ...frontChannel(event.address, redactor),
        ...(event.failure && { refusal: redactor.text(event.failure.message) }),
      };
    case "id-token-verified":
      return undefined;
  }
}

function frontChannel(address: string, redactor: Redactor) {
  const [beforeFragment = "", fragment = ""] = address.split("#", 2);
  const [base = "", query = ""] = beforeFragment.split("?", 2);
  const fields = [query, fragment].flatMap((part) =>
    queryFields(new URLSearchParams(part), redactor),
  );
  return {
    channel: "front" as const,
    method: "GET",
    address: redactor.text(base),
    requestHeaders: [],
    requestFields: fields,
    responseHeaders: [],
    responseFields: [],
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

function queryFields(parameters: URLSearchParams, redactor: Redactor): Field[] {
  return [...parameters].map(([name, value]) => [
    redactor.text(name),
    redactor.parameter(name, value),
  ]);
}

/** The members of a JSON object, or the parameters of a form. Of anything else only its size is told. */
function bodyFields(body: string, contentType: string, redactor: Redactor): Field[] {
  if (body === "") return [];
  if (contentType.includes("x-www-form-urlencoded"))
    return queryFields(new URLSearchParams(body), redactor);
  const value = parseJson(body);
  if (typeof value !== "object" || value === null) return [["body", `${body.length} characters`]];
  const shown = redactor.json(value) as object;
  return Object.entries(shown).map(([name, member]) => [
    name,
    typeof member === "string" ? member : JSON.stringify(member),
  ]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
