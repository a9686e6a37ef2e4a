import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readCommandLine } from "../../src/command-line.ts";
import { topicLines } from "../../src/lab/explain-topic.ts";
import { type TopicName, topics } from "../../src/lab/topics/topic.ts";
import { citations, specifications } from "./specifications.ts";

const names = Object.keys(topics) as TopicName[];

describe.each(names)("%s", (name) => {
  const lines = topicLines(name);

  test("fits on one screen of 24 lines and 80 columns, in plain ASCII", () => {
    expect(lines.length).toBeLessThanOrEqual(23); // and the prompt below
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.join("").replaceAll("§", "")).toMatch(/^[ -~]+$/);
  });

  test("names a command that there is", () => {
    expect(readCommandLine(topics[name].command.split(" "))).toBeDefined();
    expect(lines.join(" ")).toContain(`oauth-lab ${topics[name].command} `);
  });
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
    ]),
  );
});

/** All texts of the lab: the topics as shown, and every source file with its comments and its texts. */
function labTexts(): string[] {
  const folder = fileURLToPath(new URL("../../src/lab", import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const sources = files.filter((file) => file.endsWith(".ts"));
  return [
    ...names.map((name) => topicLines(name).join(" ")),
    ...sources.map((file) => readFileSync(join(folder, file), "utf8")),
  ];
}

test("cites only sections that were looked up", () => {
  const cited = labTexts().flatMap(citations);
  expect(cited.length).toBeGreaterThan(60);
  const unknown = cited.filter(({ document, section }) => !specifications[document]?.[section]);
  expect(unknown).toEqual([]);
});
