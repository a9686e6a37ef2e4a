// The sections that our texts cite, with their titles and what they were read in: a citation that does not stand there fails the tests.
import { readFileSync } from "node:fs";

interface Specification {
  /** The text that the titles were compared with, and when. */
  readonly source: string;
  /** Titles by section. */
  readonly sections: Readonly<Record<string, string>>;
}

/** By document. */
export const specifications: Readonly<Record<string, Specification>> = JSON.parse(
  readFileSync(new URL("specifications.json", import.meta.url), "utf8"),
);

/** Every "RFC 6749 §4.1, §4.2" in a text, as document and section. */
export function citations(text: string): { document: string; section: string }[] {
  const found = text.matchAll(/(RFC \d{4}|OIDC Core) ((?:§[\d.]+\d|§\d)(?:, §[\d.]*\d)*)/g);
  return [...found].flatMap(([, document = "", sections = ""]) =>
    sections.split(", ").map((section) => ({ document, section: section.slice(1) })),
  );
}
