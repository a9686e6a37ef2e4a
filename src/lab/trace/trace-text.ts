// A trace as people read it, in at most 80 columns: one block a message, then the checklist. Gets redacted text only, and makes it safe for a terminal.

import { sanitise } from "../../terminal/sanitise.ts";
import type { Style } from "../../terminal/terminal.ts";
import { wrap } from "../../terminal/wrap.ts";
import type { Check } from "./checklist.ts";
import type { Field, TracedMessage } from "./message.ts";

export type Paint = (style: Style, text: string) => string;

const columns = 80;
const maxFields = 40;

/** One message as lines. */
export function messageLines(
  message: TracedMessage,
  { number, paint }: { number: number; paint: Paint },
): string[] {
  const { purpose, channel, reference, method, address, status, milliseconds, refusal } = message;
  const title = `[${number}] ${purpose}`;
  const right = `${channel} channel  ${reference}`;
  const space = " ".repeat(Math.max(2, columns - title.length - right.length));
  const answer =
    channel === "front"
      ? []
      : [
          paint(
            "cyan",
            `    < ${status ?? "no answer"}${milliseconds === undefined ? "" : `  ${milliseconds} ms`}`,
          ),
        ];
  return [
    `${paint("bold", title)}${space}${paint(channel === "front" ? "yellow" : "cyan", right)}`,
    `    > ${method} ${sanitise(address, 400)}`,
    ...fieldLines(message.requestHeaders, ">", ": "),
    ...fieldLines(message.requestFields, ">", " = "),
    ...answer,
    ...fieldLines(message.responseHeaders, "<", ": "),
    ...fieldLines(message.responseFields, "<", " = "),
    ...(refusal === undefined ? [] : [paint("red", `    refused: ${sanitise(refusal, 300)}`)]),
  ];
}

function fieldLines(fields: readonly Field[], direction: string, separator: string): string[] {
  const shown = fields.slice(0, maxFields).map(([name, value]) => {
    const line = `${sanitise(name, 40)}${separator}`;
    return `    ${direction}   ${line}${sanitise(value, Math.max(20, columns - 8 - line.length))}`;
  });
  const rest = fields.length - shown.length;
  return rest > 0 ? [...shown, `    ${direction}   and ${rest} more`] : shown;
}

const marks = {
  pass: ["pass", "green"],
  fail: ["FAIL", "red"],
  "not applicable": ["n/a ", "dim"],
} as const satisfies Record<Check["outcome"], readonly [string, Style]>;

/** The checklist as lines; the sections stand at the right. */
export function checklistLines(checks: readonly Check[], paint: Paint): string[] {
  if (checks.length === 0) return [];
  const lines = checks.flatMap(({ name, outcome, detail, reference }) => {
    const [mark, style] = marks[outcome];
    const width = columns - 22 - 20;
    const [first = "", ...more] = wrap(detail, width);
    return [
      `  ${paint(style, mark)}  ${name.padEnd(13)} ${first.padEnd(width)}  ${paint("dim", reference)}`,
      ...more.map((line) => `${" ".repeat(22)}${line}`),
    ];
  });
  return [paint("bold", "What was checked"), ...lines];
}
