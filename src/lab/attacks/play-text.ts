// How a played attack reads: for a terminal of 80 columns, and as JSON.
import type { Style, Terminal } from "../../terminal/terminal.ts";
import { wrap } from "../../terminal/wrap.ts";
import { formatReference } from "../explain-topic.ts";
import type { Observation } from "./attack.ts";
import { held, type Played } from "./play.ts";

const label = 12;
const columns = 78;

/** The attack, what came of it without the defence, what stopped it, and where to read on. */
export function attackLines(
  played: Played,
  { number, terminal }: { readonly number: number; readonly terminal: Terminal },
): string {
  const { attack, without, withDefence } = played;
  const paint = (style: Style, text: string): string => terminal.styleResult(style, text);
  const part = (name: string, lines: readonly string[], style: Style = "dim"): string[] =>
    lines.map((line, index) => paint(style, (index === 0 ? name : "").padEnd(label)) + line);
  const seen = ({ requests, outcome }: Observation, whose: string): string[] => [
    ...fold(whose),
    ...requests.map((request) => paint("cyan", request)),
    ...fold(outcome),
  ];
  const verdict = held(played)
    ? paint("green", "✓ it holds")
    : paint("red", without.succeeded ? "✗ IT DOES NOT HOLD" : "✗ THE ATTACK SHOWS NOTHING");
  const readOn = [...attack.references.map(formatReference), `oauth-lab explain ${attack.explain}`];
  return [
    paint("bold", `${number}. ${attack.title}`),
    ...part("Attack", fold(attack.how)),
    ...part("Without", seen(without, attack.careless), "yellow"),
    ...part("Stopped by", seen(withDefence, attack.defence), "green"),
    ...part("Read", fold(readOn.join("; "))),
    " ".repeat(label) + verdict,
    "",
  ].join("\n");
}

function fold(text: string): string[] {
  return wrap(text, columns - label);
}

/** The same for a program. */
export function describeAttack(played: Played): object {
  const { attack, without, withDefence } = played;
  return {
    name: attack.name,
    title: attack.title,
    attack: attack.how,
    without,
    defence: attack.defence,
    with: withDefence,
    held: held(played),
    references: attack.references.map(formatReference),
    explain: attack.explain,
  };
}
