// A run as arrows between parties, for the diagrams of reports: the front channel goes by way of the user's browser.
import type { Texts } from "../texts/texts.ts";
import type { TracedMessage } from "./message.ts";
import type { Party } from "./purpose.ts";

/** Who stands in a diagram, from left to right. */
export type Participant = Party | "user";

/** One line of a diagram. */
export type SequenceLine =
  | {
      readonly kind: "arrow";
      readonly from: Participant;
      readonly to: Participant;
      readonly channel: "front" | "back";
      readonly label: string;
      /** It was refused, or nothing came. */
      readonly failed: boolean;
    }
  /** Something that was said over these parties. */
  | {
      readonly kind: "note";
      readonly over: readonly [Participant, Participant];
      readonly label: string;
      readonly failed: boolean;
    };

/** A diagram before it is drawn. */
export interface Sequence {
  readonly participants: readonly Participant[];
  readonly lines: readonly SequenceLine[];
}

const order: readonly Participant[] = ["user", "client", "server", "api"];

/** The run's arrows; the failure, if there is one, as the last line. */
export function toSequence(
  messages: readonly TracedMessage[],
  { texts, failure }: { readonly texts: Texts; readonly failure?: string },
): Sequence {
  const lines = messages.flatMap((message, index) => {
    const label = `${index + 1}. ${texts.purposes[message.purpose]}`;
    return message.channel === "front"
      ? frontLines(message, { label, texts })
      : backLines(message, { label, texts });
  });
  if (failure !== undefined && lines.length > 0) {
    lines.push({ kind: "note", over: ["client", "server"], label: failure, failed: true });
  }
  const present = new Set(
    lines.flatMap((line) => (line.kind === "arrow" ? [line.from, line.to] : line.over)),
  );
  return { participants: order.filter((party) => present.has(party)), lines };
}

function frontLines(
  { from, to, refusal, query }: TracedMessage,
  { label, texts }: { label: string; texts: Texts },
): SequenceLine[] {
  const { opens, redirect, consent } = texts.report.diagram;
  const failed = refusal !== undefined;
  const base = { kind: "arrow", channel: "front" } as const;
  if (from === "client") {
    return [
      { ...base, from, to: "user", label: opens, failed: false },
      { ...base, from: "user", to, label, failed },
    ];
  }
  const approved = !failed && query.some(([name]) => name === "code");
  const note = { kind: "note", over: ["user", "server"], label: consent, failed: false } as const;
  return [
    ...(approved ? [note] : []),
    { ...base, from, to: "user", label, failed: false },
    { ...base, from: "user", to, label: redirect, failed },
  ];
}

function backLines(
  { from, to, status }: TracedMessage,
  { label, texts }: { label: string; texts: Texts },
): SequenceLine[] {
  const base = { kind: "arrow", channel: "back" } as const;
  const answer = status === undefined ? texts.diagram.noAnswer : String(status);
  const failed = status === undefined || status >= 400;
  return [
    { ...base, from, to, label, failed: false },
    { ...base, from: to, to: from, label: answer, failed },
  ];
}
