// The sequence diagram of a run, made of its messages: who spoke to whom, over which channel, and where it ended. At most 80 columns.
import { sanitise } from "../../terminal/sanitise.ts";
import type { Texts } from "../texts/texts.ts";
import type { TracedMessage } from "./message.ts";
import type { Party } from "./purpose.ts";
import type { Drawing } from "./text-format.ts";

/** How a diagram is drawn; `failure` is why the run failed, told where it ended. */
interface DiagramDrawing extends Drawing {
  readonly failure?: string;
}

interface Glyphs {
  readonly bar: string;
  readonly front: string;
  readonly back: string;
  readonly right: string;
  readonly left: string;
  readonly cross: string;
}

const unicodeGlyphs: Glyphs = {
  bar: "│",
  front: "╌",
  back: "─",
  right: "▶",
  left: "◀",
  cross: "✗",
};
const asciiGlyphs: Glyphs = { bar: "|", front: ".", back: "-", right: ">", left: "<", cross: "x" };

/** The column of each party's line. */
const lines: Readonly<Record<Party, number>> = { client: 4, server: 52, api: 75 };
const columns = 80;

/** The diagram as lines; none where nothing was sent. */
export function diagramLines(
  messages: readonly TracedMessage[],
  drawing: DiagramDrawing,
): string[] {
  if (messages.length === 0) return [];
  const glyphs = drawing.unicode ? unicodeGlyphs : asciiGlyphs;
  const { paint, failure } = drawing;
  const texts = drawing.texts.diagram;
  const body = messages.flatMap((message, index) =>
    messageRows(message, { number: index + 1, glyphs, paint, texts: drawing.texts }),
  );
  const front = paint("yellow", glyphs.front.repeat(4));
  const back = paint("cyan", glyphs.back.repeat(4));
  return [
    paint("bold", header(texts)),
    ...body,
    ...(failure === undefined
      ? []
      : [paint("red", sanitise(`    ${glyphs.cross} ${failure}`, columns))]),
    `    ${front} ${texts.frontChannel}   ${back} ${texts.backChannel}`,
  ];
}

function header({ parties }: Texts["diagram"]): string {
  const row = Array.from({ length: columns }, () => " ");
  for (const [party, column] of Object.entries(lines)) {
    const name = parties[party as Party];
    const start = Math.max(0, column - Math.floor(name.length / 2));
    row.splice(start, name.length, ...name);
  }
  return row.join("").trimEnd();
}

interface Row {
  readonly number: number;
  readonly glyphs: Glyphs;
  readonly paint: Drawing["paint"];
  readonly texts: Texts;
}

function messageRows(message: TracedMessage, { number, glyphs, paint, texts }: Row): string[] {
  const { from, to, channel, purpose, status, refusal } = message;
  const style = channel === "front" ? "yellow" : "cyan";
  const line = glyphs[channel];
  const refused = refusal === undefined ? "" : ` ${glyphs.cross}`;
  const label = sanitise(
    `${number} ${texts.purposes[purpose]}${refused}`,
    lines.server - lines.client - 3,
  );
  const there = arrow({ from, to, line, glyphs, text: "" });
  const answer =
    status === undefined ? `${glyphs.cross} ${texts.diagram.noAnswer}` : String(status);
  const back =
    channel === "front" ? [] : [arrow({ from: to, to: from, line, glyphs, text: answer })];
  return [
    withBars(` ${label}`, glyphs),
    ...[there, ...back].map(({ before, shaft, after }) => before + paint(style, shaft) + after),
  ];
}

/** The parties' lines with a text right of the first. */
function withBars(text: string, { bar }: Glyphs): string {
  const row = Array.from({ length: columns }, () => " ");
  for (const column of Object.values(lines)) row[column] = bar;
  row.splice(lines.client + 1, text.length, ...text);
  return row.join("").trimEnd();
}

/** An arrow between two lines, with a text in its middle; the lines beside it stay. */
function arrow(parts: { from: Party; to: Party; line: string; glyphs: Glyphs; text: string }) {
  const { from, to, line, glyphs, text } = parts;
  const [start, end] = [lines[from], lines[to]].sort((one, other) => one - other) as [
    number,
    number,
  ];
  const length = end - start - 1;
  const words = text === "" ? "" : ` ${text} `;
  const lead = Math.floor((length - words.length - 1) / 2);
  const rest = length - words.length - 1 - lead;
  const shaft = line.repeat(lead) + words + line.repeat(rest);
  const bars = withBars("", glyphs).padEnd(columns);
  return {
    before: bars.slice(0, start + 1),
    shaft: lines[to] > lines[from] ? shaft + glyphs.right : glyphs.left + shaft,
    after: bars.slice(end).trimEnd(),
  };
}

/** Whether the locale's characters are Unicode's; unset, they are taken to be. */
export function usesUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "UTF-8";
  return /utf-?8/i.test(locale);
}
