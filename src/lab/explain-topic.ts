// One screen of theory: a topic's text, the command that shows it happen, and where the specifications say it.
import { wrap } from "../terminal/wrap.ts";
import { english } from "./topics/english.ts";
import { type Reference, type TopicName, type TopicText, topics } from "./topics/topic.ts";

const columns = 78;

/** The text of a topic. */
export function topicText(name: TopicName): TopicText {
  return english[name];
}

/** A topic as lines for a terminal, its title first. */
export function topicLines(name: TopicName): string[] {
  const { title, paragraphs, watch } = topicText(name);
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
    ...wrap(`See it:  oauth-lab ${command}   (${watch})`, columns),
    ...wrap(`Read it: ${references.map(formatReference).join("; ")}`, columns),
  ];
}

/** Every topic with its title, aligned. */
export function topicList(): string[] {
  const names = Object.keys(topics) as TopicName[];
  const width = Math.max(...names.map((name) => name.length));
  return names.map((name) => `${name.padEnd(width)}  ${topicText(name).title}`);
}

/** "RFC 6749 §1.1, §2.1". */
export function formatReference({ document, sections }: Reference): string {
  return `${document} ${sections.map((section) => `§${section}`).join(", ")}`;
}
