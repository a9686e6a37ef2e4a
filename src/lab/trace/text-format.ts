// A trace as people read it, in at most 80 columns: one block a message, then the diagram and the checklist. Gets redacted text only, and makes it safe for a terminal.
import { sanitise } from "../../terminal/sanitise.ts";
import type { Style } from "../../terminal/terminal.ts";
import { wrap } from "../../terminal/wrap.ts";
import type { Texts } from "../texts/texts.ts";
import { type Field, sizeOf, type TracedBody } from "./body.ts";
import type { Check } from "./check.ts";
import { diagramLines } from "./diagram.ts";
import type { TracedMessage } from "./message.ts";
import type { TraceFormat } from "./trace-format.ts";

/** How a terminal is written to. */
export interface Drawing {
  readonly paint: (style: Style, text: string) => string;
  /** Box drawing characters; without them plain ASCII. */
  readonly unicode: boolean;
  readonly texts: Texts;
}

const columns = 80;
const maxFields = 40;

/** The trace of --trace. */
export function createTextFormat(drawing: Drawing): TraceFormat {
  return {
    message: (message, number) => messageLines(message, { number, drawing }),
    leftOut: () => [`    ${drawing.texts.trace.leftOut}`],
    note: (text) => [`    ${sanitise(text)}`],
    end: ({ messages, checks, failure }) => [
      ...diagramLines(messages, { ...drawing, ...(failure && { failure: failure.message }) }),
      ...checklistLines(checks, drawing),
    ],
  };
}

function messageLines(
  message: TracedMessage,
  { number, drawing }: { number: number; drawing: Drawing },
): string[] {
  const { paint, texts } = drawing;
  const { channel, reference, method, address, refusal } = message;
  const title = `[${number}] ${texts.purposes[message.purpose]}`;
  const right = `${texts.trace.channels[channel]}  ${reference}`;
  const space = " ".repeat(Math.max(2, columns - title.length - right.length));
  const why = refusal === undefined ? [] : [texts.trace.refused(sanitise(refusal.message, 300))];
  return [
    `${paint("bold", title)}${space}${paint(channel === "front" ? "yellow" : "cyan", right)}`,
    `    > ${method} ${sanitise(address, 400)}`,
    ...fieldLines(message.requestHeaders, { sign: ">   ", separator: ": ", texts }),
    ...fieldLines(message.query, { sign: ">   ", separator: " = ", texts }),
    ...bodyLines(message.requestBody, { sign: ">   ", texts }),
    ...(channel === "front" ? [] : [paint("cyan", statusLine(message, texts))]),
    ...fieldLines(message.responseHeaders, { sign: "<   ", separator: ": ", texts }),
    ...bodyLines(message.responseBody, { sign: "<   ", texts }),
    ...why.map((line) => paint("red", `    ${line}`)),
  ];
}

function statusLine({ status, milliseconds }: TracedMessage, { trace }: Texts): string {
  const time = milliseconds === undefined ? "" : `  ${trace.milliseconds(milliseconds)}`;
  return `    < ${status ?? trace.noAnswer}${time}`;
}

interface Manner {
  readonly sign: string;
  readonly texts: Texts;
}

function bodyLines(body: TracedBody, manner: Manner): string[] {
  const { fields, text, characters } = body;
  if (characters === 0) return [];
  if (text !== undefined) return fieldLines(fields, { ...manner, separator: " = " });
  return [`    ${manner.sign}${sizeOf(body, manner.texts)}`];
}

function fieldLines(
  fields: readonly Field[],
  { sign, separator, texts }: Manner & { readonly separator: string },
): string[] {
  const shown = fields.slice(0, maxFields).map(([name, value]) => {
    const line = `${sanitise(name, 40)}${separator}`;
    return `    ${sign}${line}${sanitise(value, Math.max(20, columns - 8 - line.length))}`;
  });
  const rest = fields.length - shown.length;
  return rest > 0 ? [...shown, `    ${sign}${texts.trace.more(rest)}`] : shown;
}

const styles = {
  pass: "green",
  fail: "red",
  "not applicable": "dim",
} as const satisfies Record<Check["outcome"], Style>;

/** The checklist as lines; the sections stand at the right. */
function checklistLines(checks: readonly Check[], { paint, texts }: Drawing): string[] {
  if (checks.length === 0) return [];
  const lines = checks.flatMap(({ name, outcome, detail, reference }) => {
    const mark = texts.trace.marks[outcome].padEnd(4);
    const width = columns - 22 - 20;
    const [first = "", ...more] = wrap(detail, width);
    const title = texts.checks.names[name].padEnd(13);
    return [
      `  ${paint(styles[outcome], mark)}  ${title} ${first.padEnd(width)}  ${paint("dim", reference)}`,
      ...more.map((line) => `${" ".repeat(22)}${line}`),
    ];
  });
  return [paint("bold", texts.trace.checklist), ...lines];
}
