// The sequence diagram as Mermaid, which GitHub and many editors draw. Dashed arrows are the front channel.
import { sanitise } from "../../terminal/sanitise.ts";
import type { Texts } from "../texts/texts.ts";
import type { Sequence, SequenceLine } from "./sequence.ts";

const longestLabel = 160;

/** The diagram's text. */
export function toMermaid({ participants, lines }: Sequence, texts: Texts): string {
  const names = { ...texts.diagram.parties, user: texts.report.diagram.user };
  return [
    "sequenceDiagram",
    ...participants.map((party) => `  participant ${party} as ${escapeMermaid(names[party])}`),
    ...lines.map((line) => `  ${mermaidLine(line)}`),
  ].join("\n");
}

function mermaidLine(line: SequenceLine): string {
  const mark = line.failed ? "✗ " : "";
  const label = escapeMermaid(`${mark}${line.label}`);
  if (line.kind === "note") return `Note over ${line.over.join(",")}: ${label}`;
  const shaft = line.channel === "front" ? "--" : "-";
  return `${line.from}${shaft}${line.failed ? "x" : ">>"}${line.to}: ${label}`;
}

/** Letters, digits and the plainest marks stay; all else becomes an entity in Mermaid's notation, so that no text can be taken for its grammar. */
function escapeMermaid(text: string): string {
  return sanitise(text, longestLabel).replace(
    /[^\p{L}\p{N} .,✗'’()-]/gu,
    (character) => `#${character.codePointAt(0)};`,
  );
}
