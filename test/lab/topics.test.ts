import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readCommandLine } from "../../src/command-line.ts";
import { loadTopics, topicLines } from "../../src/lab/explain-topic.ts";
import { type TopicName, topics } from "../../src/lab/topics/topic.ts";
import { citations, specifications } from "./specifications.ts";

const names = Object.keys(topics) as TopicName[];

const catalogues = { en: await loadTopics("en"), ru: await loadTopics("ru") };

describe.each(["en", "ru"] as const)("in %s", (language) => {
  const catalogue = catalogues[language];

  test.each(names)("%s fits on one screen of 24 lines and 80 columns", (name) => {
    const lines = topicLines(name, catalogue);
    expect(lines.length).toBeLessThanOrEqual(23); // and the prompt below
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test.each(names)("%s names a command that there is", (name) => {
    expect(readCommandLine(topics[name].command.split(" "))).toBeDefined();
    const shown = topicLines(name, catalogue).join(" ");
    expect(shown).toContain(`oauth-lab ${topics[name].command} `);
  });
});

test("English is plain ASCII; Russian is Russian, with the parameters as they are on the wire", () => {
  for (const name of names) {
    const shown = topicLines(name, catalogues.en).join("").replaceAll("§", "");
    expect(shown).toMatch(/^[ -~]+$/);
    const { title, paragraphs, watch } = catalogues.ru.topics[name];
    for (const text of [title, ...paragraphs, watch]) {
      // A line of a formula or of JSON has no words to translate.
      if (!text.startsWith("   ")) expect(text, name).toMatch(/[а-яё]/i);
      expect(text).not.toMatch(/[^ -~а-яёА-ЯЁ«»—]/u);
    }
  }
});

test("both languages name the same parameters and commands in each topic", () => {
  const wireNames = (text: string) =>
    new Set(text.match(/\b[a-z]+_[a-z_]+\b|--[a-z-]+|\bOAUTH_LAB_\w+/g) ?? []);
  for (const name of names) {
    const [english, russian] = [catalogues.en, catalogues.ru].map(({ topics: texts }) =>
      wireNames(texts[name].paragraphs.join(" ")),
    );
    expect(russian, name).toEqual(english);
  }
});

test("covers what a lab report asks for", () => {
  expect(names).toEqual(
    expect.arrayContaining([
      "roles",
      "authorization-code",
      "state",
      "pkce",
      "nonce",
      "redirect-uri",
      "refresh-token",
      "client-credentials",
      "device-code",
      "scopes",
      "id-token",
      "tokens-at-rest",
      "front-and-back-channel",
      "par",
      "dpop",
    ]),
  );
});

/** All texts of the lab: the topics as shown, and every source file with its comments and its texts. */
function labTexts(): string[] {
  const folder = fileURLToPath(new URL("../../src/lab", import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const sources = files.filter((file) => file.endsWith(".ts"));
  return [
    ...names.map((name) => topicLines(name, catalogues.en).join(" ")),
    ...sources.map((file) => readFileSync(join(folder, file), "utf8")),
  ];
}

test("cites only sections that were looked up", () => {
  const cited = labTexts().flatMap(citations);
  expect(cited.length).toBeGreaterThan(60);
  const unknown = cited.filter(
    ({ document, section }) => !specifications[document]?.sections[section],
  );
  expect(unknown).toEqual([]);
});
