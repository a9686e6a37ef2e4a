// The steps of a run as blocks: its messages in order, each with its request and its answer, under the step of the flow that they belong to.
import type { Texts } from "../texts/texts.ts";
import { type Field, sizeOf, type TracedBody } from "../trace/body.ts";
import type { TracedMessage } from "../trace/message.ts";
import type { PurposeName } from "../trace/purpose.ts";
import { type Block, outside, type Table, type Text } from "./document.ts";
import { failureText } from "./failure-text.ts";

/** The steps that the catalogue describes. */
type StepName = keyof Texts["report"]["steps"];

const stepOf: Readonly<Record<PurposeName, StepName>> = {
  metadata: "preparation",
  "authorization-request": "ask",
  "authorization-response": "approve",
  "refused-response": "approve",
  "push-request": "ask",
  "exchange-code": "exchange",
  keys: "exchange",
  refresh: "renew",
  "client-credentials": "client",
  "device-code": "device",
  "poll-device": "poll",
  introspect: "inspect",
  revoke: "revoke",
  "use-token": "use",
  "register-client": "register",
  "deregister-client": "register",
  other: "other",
};

const maxFields = 40;

/** Of a server's metadata what a login goes by (RFC 8414 §2). */
const tellingMetadata: ReadonlySet<string> = new Set([
  ...["issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"],
  ...["revocation_endpoint", "scopes_supported", "code_challenge_methods_supported"],
  ...["authorization_response_iss_parameter_supported", "token_endpoint_auth_methods_supported"],
]);

/** How a message is shown. */
interface Showing {
  readonly texts: Texts;
  /** Whether the answers of the API, which say who the user is, are shown. */
  readonly includesIdentity: boolean;
}

/** The messages with the headings of their steps; keys that are fetched later belong to the step under way. */
export function stepBlocks(messages: readonly TracedMessage[], showing: Showing): Block[] {
  const { steps, message: words } = showing.texts.report;
  let current: StepName | undefined;
  let count = 0;
  return messages.flatMap((message, index) => {
    const next =
      message.purpose === "keys" && current !== undefined ? current : stepOf[message.purpose];
    const blocks: Block[] = [];
    if (next !== current) {
      const { title, about } = steps[next];
      if (next !== "preparation") count += 1;
      const text = next === "preparation" ? title : words.heading(count, title);
      blocks.push({ kind: "heading", level: 3, text }, { kind: "paragraph", text: about });
      current = next;
    }
    return [...blocks, ...messageBlocks(message, { number: index + 1, ...showing })];
  });
}

function messageBlocks(
  message: TracedMessage,
  { number, texts, includesIdentity }: Showing & { number: number },
): Block[] {
  const { purposes, trace } = texts;
  const words = texts.report.message;
  const { channel, from, reference, method, address, milliseconds, refusal } = message;
  const time = milliseconds === undefined ? "" : ` ${trace.milliseconds(milliseconds)}.`;
  const place = `${words.places[channel]} ${reference}.${time}`;
  const sent: Text =
    channel === "front" && from === "server"
      ? [`${words.redirected}: `, outside(address)]
      : [`${words.request}: `, outside(`${method} ${address}`)];
  const why: Text[] =
    refusal === undefined ? [] : [[`${words.refused}: `, failureText(refusal, texts)]];
  return [
    { kind: "heading", level: 4, text: words.title(number, purposes[message.purpose]) },
    { kind: "paragraph", text: place },
    fieldTable(sent, { fields: sentFields(message, texts), texts }),
    ...(channel === "front" ? [] : [answerTable(message, { texts, includesIdentity })]),
    ...why.map((text): Block => ({ kind: "paragraph", text })),
  ];
}

type Row = readonly [part: string, name: string, value: Text];

function sentFields({ query, requestHeaders, requestBody }: TracedMessage, texts: Texts): Row[] {
  const words = texts.report.message;
  return [
    ...requestHeaders.map(toRow(words.header)),
    ...query.map(toRow(words.query)),
    ...bodyRows(requestBody, texts),
  ];
}

function answerTable(message: TracedMessage, showing: Showing): Table {
  const { texts } = showing;
  const words = texts.report.message;
  const status = String(message.status ?? texts.trace.noAnswer);
  const headers = message.responseHeaders.map(toRow(words.header));
  const fields = [...headers, ...answerRows(message, showing)];
  return fieldTable(words.answer(status), { fields, texts });
}

function answerRows(
  { purpose, to, status, responseBody }: TracedMessage,
  { texts, includesIdentity }: Showing,
): Row[] {
  const words = texts.report.message;
  const rows = bodyRows(responseBody, texts);
  if (purpose === "metadata") {
    const telling = rows.filter(([, name]) => tellingMetadata.has(name));
    const rest = rows.length - telling.length;
    return rest > 0 ? [...telling, [words.body, "", texts.trace.more(rest)]] : telling;
  }
  const isOk = status !== undefined && status < 400;
  if (to !== "api" || !isOk || includesIdentity || responseBody.fields.length === 0) return rows;
  const names = responseBody.fields.map(([name]) => name).join(", ");
  return [[words.body, "", [outside(names), ` (${words.hidden})`]]];
}

function bodyRows(body: TracedBody, texts: Texts): Row[] {
  const { fields, text, characters } = body;
  const part = texts.report.message.body;
  if (characters === 0) return [];
  if (text !== undefined) return fields.map(toRow(part));
  return [[part, "", sizeOf(body, texts)]];
}

function toRow(part: string): (field: Field) => Row {
  return ([name, value]) => [part, name, outside(value)];
}

function fieldTable(
  caption: Text,
  { fields, texts }: { fields: readonly Row[]; texts: Texts },
): Table {
  const words = texts.report.message;
  const shown = fields
    .slice(0, maxFields)
    .map(([part, name, value]): Text[] => [name === "" ? "—" : outside(name), part, value]);
  const rest = fields.length - shown.length;
  const more = rest > 0 ? [["", "", texts.trace.more(rest)]] : [];
  const rows = shown.length === 0 ? [["—", "", words.empty]] : [...shown, ...more];
  return {
    kind: "table",
    look: "fields",
    caption,
    head: [words.name, words.part, words.value],
    rows,
  };
}
