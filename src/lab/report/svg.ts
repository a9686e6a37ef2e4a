// The sequence diagram as SVG, to stand inside the HTML report: its colours come from the page, and channels differ in their dashes too.
import { type Html, html } from "../../http/page.ts";
import { sanitise } from "../../terminal/sanitise.ts";
import { wrap } from "../../terminal/wrap.ts";
import type { Texts } from "../texts/texts.ts";
import type { Participant, Sequence, SequenceLine } from "../trace/sequence.ts";

/** Lengths in the drawing's own units, which are a pixel at full width. */
const head = { height: 44, gap: 14 };
const rowHeight = 42;
const noteLineHeight = 17;
const margin = 74;
const columnWidth = 214;
const longestNote = 400;

type Places = ReadonlyMap<Participant, number>;

/** The drawing as markup. */
export function toSvg({ participants, lines }: Sequence, texts: Texts): Html {
  const places: Places = new Map(
    participants.map((party, index) => [party, margin + index * columnWidth]),
  );
  const width = margin * 2 + (participants.length - 1) * columnWidth;
  const rows: Html[] = [];
  let top = head.height + head.gap;
  for (const line of lines) {
    const { drawing, height } = drawLine(line, { places, top, width });
    rows.push(drawing);
    top += height;
  }
  const names = { ...texts.diagram.parties, user: texts.report.diagram.user };
  const bars = participants.map((party) =>
    drawBar(names[party], { x: places.get(party) ?? 0, top }),
  );
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top + head.gap}" width="${width}" height="${top + head.gap}" role="img" aria-label="${texts.report.diagram.label}">
${bars}${rows}
</svg>`;
}

function drawBar(name: string, { x, top }: { x: number; top: number }): Html {
  const lines = wrap(name, 15);
  const first = head.height / 2 + 5 - ((lines.length - 1) * 15) / 2;
  const texts = lines.map(
    (line, index) => html`<text class="party" x="${x}" y="${first + index * 15}">${line}</text>`,
  );
  return html`<line class="bar" x1="${x}" y1="${head.height}" x2="${x}" y2="${top}"/><rect class="head" x="${x - 68}" y="1" width="136" height="${head.height - 1}" rx="6"/>${texts}`;
}

interface Drawn {
  readonly drawing: Html;
  readonly height: number;
}

function drawLine(
  line: SequenceLine,
  { places, top, width }: { places: Places; top: number; width: number },
): Drawn {
  if (line.kind === "note") return drawNote(line, { places, top, width });
  const from = places.get(line.from) ?? 0;
  const to = places.get(line.to) ?? 0;
  const y = top + 28;
  const direction = to > from ? 1 : -1;
  const kind = line.failed ? `${line.channel} failed` : line.channel;
  // Beside the sender, where no other party's line crosses the words.
  const x = (from + to) / 2;
  const drawing = html`<g class="${kind}"><text class="label" x="${x}" y="${y - 8}">${line.failed ? "✗ " : ""}${sanitise(line.label, 60)}</text><line class="shaft" x1="${from}" y1="${y}" x2="${to - direction * 8}" y2="${y}"/><path class="tip" d="M${to} ${y}l${-direction * 10} -5v10z"/></g>`;
  return { drawing, height: rowHeight };
}

function drawNote(
  { over, label, failed }: Extract<SequenceLine, { kind: "note" }>,
  { places, top, width }: { places: Places; top: number; width: number },
): Drawn {
  const [left, right] = over.map((party) => places.get(party) ?? 0) as [number, number];
  const start = failed ? 12 : Math.max(4, left - 40);
  const end = failed ? width - 12 : right + 40;
  const lines = wrap(
    sanitise(`${failed ? "✗ " : ""}${label}`, longestNote),
    Math.floor((end - start) / 7.6),
  );
  const height = lines.length * noteLineHeight + 12;
  const texts = lines.map(
    (text, index) =>
      html`<text class="label" x="${(start + end) / 2}" y="${top + 20 + index * noteLineHeight}">${text}</text>`,
  );
  const drawing = html`<g class="${failed ? "note failed" : "note"}"><rect class="box" x="${start}" y="${top + 3}" width="${end - start}" height="${height}" rx="4"/>${texts}</g>`;
  return { drawing, height: height + 14 };
}
