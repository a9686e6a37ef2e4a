// A report before it is Markdown or HTML: sections of blocks. Both writers escape every text, whoever wrote it.
import type { Html } from "../../http/page.ts";
import { sanitise } from "../../terminal/sanitise.ts";

/** A piece of text: words of the catalogue, or what stood on the wire, in a program's letters. */
export type Inline = string | { readonly code: string };

/** Text in one piece or several. */
export type Text = Inline | readonly Inline[];

/** What sections are made of. */
export type Block =
  | { readonly kind: "heading"; readonly level: 3 | 4; readonly text: string }
  | { readonly kind: "paragraph"; readonly text: Text }
  /** Lines that stand as they are. */
  | { readonly kind: "verbatim"; readonly lines: readonly string[] }
  | Table
  | { readonly kind: "diagram"; readonly svg: Html; readonly mermaid: string };

/** A table; the first cell of each row names the row. */
export interface Table {
  readonly kind: "table";
  /** Names and values; the fields of a message; rows that passed or did not; anything else. For its look only. */
  readonly look: "facts" | "fields" | "checks" | "grid";
  readonly caption?: Text;
  /** Without it, a table of names and values. */
  readonly head?: readonly string[];
  readonly rows: readonly (readonly Text[])[];
  /** What a row is, for its look only: its text has to say it too. */
  readonly marks?: readonly ("pass" | "fail" | "not applicable")[];
}

/** One part of a report. */
export interface Section {
  /** For links; ASCII. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** A report. */
export interface ReportDocument {
  readonly language: string;
  readonly title: string;
  readonly subtitle: string;
  readonly introduction: readonly Text[];
  readonly contents: string;
  readonly sections: readonly Section[];
}

const longestValue = 400;

/** Text that others wrote: printable, on one line, of bounded length. */
export function outside(text: string): Inline {
  return { code: sanitise(text, longestValue) };
}

/** The pieces of a text. */
export function inlines(text: Text): readonly Inline[] {
  return typeof text === "string" || "code" in text ? [text] : text;
}

/** The words of a piece, for where there are no letters of another kind. */
export function plainText(piece: Inline): string {
  return typeof piece === "string" ? piece : piece.code;
}
