// One screen of theory: a topic's text, the command that shows it happen, and where the specifications say it.
import type { Language } from "../commands/global-options.ts";
import { wrap } from "../terminal/wrap.ts";
import { type Reference, type TopicCatalogue, type TopicName, topics } from "./topics/topic.ts";

const columns = 78;

const catalogues: Readonly<Record<Language, () => Promise<TopicCatalogue>>> = {
  en: async () => (await import("./topics/english.ts")).english,
  ru: async () => (await import("./topics/russian.ts")).russian,
};

/** The texts in this language; in English where none was asked for. */
export function loadTopics(language: Language = "en"): Promise<TopicCatalogue> {
  return catalogues[language]();
}

/** A topic as lines for a terminal, its title first. */
export function topicLines(name: TopicName, { labels, topics: texts }: TopicCatalogue): string[] {
  const { title, paragraphs, watch } = texts[name];
  const { command, references } = topics[name];
  return [
    title,
    "",
    ...paragraphs.flatMap((paragraph, index) => [
      // Lines that stand as they are stay together with what is above them.
      ...(index > 0 && !paragraph.startsWith(" ") ? [""] : []),
      ...wrap(paragraph, columns),
    ]),
    "",
    ...wrap(`${labels.see} oauth-lab ${command}   (${watch})`, columns),
    ...wrap(`${labels.read} ${references.map(formatReference).join("; ")}`, columns),
  ];
}

/** Every topic with its title, aligned. */
export function topicList({ topics: texts }: TopicCatalogue): string[] {
  const names = Object.keys(topics) as TopicName[];
  const width = Math.max(...names.map((name) => name.length));
  return names.map((name) => `${name.padEnd(width)}  ${texts[name].title}`);
}

/** "RFC 6749 §1.1, §2.1". */
export function formatReference({ document, sections }: Reference): string {
  return `${document} ${sections.map((section) => `§${section}`).join(", ")}`;
}
