import { expect, test } from "vitest";
import { loadTopics, topicLines } from "../../src/lab/explain-topic.ts";
import { topics } from "../../src/lab/topics/topic.ts";
import { createTestContext } from "../support/context.ts";
import { play, playFailure } from "./scene.ts";

const code = "4f3c2b1a9d8e7f6a5b4c3d2e1f0a9b8c";
const answer = `https://localhost:8000/callback?code=${code}&state=hT5ZyXwVuTsRqPoNmLkJiHgF`;

test("alone lists every topic with its title", async () => {
  const { exitCode, stdout } = await play(await createTestContext(), "explain");
  expect(exitCode).toBe(0);
  expect(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[0]),
  ).toEqual(Object.keys(topics));
});

test("shows a topic on stdout, without network and without anything to read", async () => {
  const context = await createTestContext();
  const { exitCode, stdout, stderr } = await play(context, "explain pkce");
  expect(exitCode).toBe(0);
  expect(stdout).toBe(`${topicLines("pkce", await loadTopics()).join("\n")}\n`);
  expect(stderr).toBe("");
  expect(context.exchanges).toEqual([]);
});

test("gives a topic as JSON", async () => {
  const { stdout } = await play(await createTestContext(), "explain state --json");
  expect(JSON.parse(stdout)).toMatchObject({
    version: 1,
    topic: "state",
    command: "oauth-lab demo",
    references: expect.arrayContaining(["RFC 6749 §4.1.1, §10.12"]),
  });
});

test("speaks Russian with --lang ru, as text and as JSON", async () => {
  const context = await createTestContext();
  const shown = await play(context, "explain state --lang ru");
  expect(shown.stdout).toContain("state: это ответ на мой запрос?");
  expect(shown.stdout).toContain("Читать:  RFC 6749 §4.1.1, §10.12");
  const listed = await play(context, "explain --lang ru --json");
  expect(JSON.parse(listed.stdout).topics).toContainEqual({ name: "roles", title: "Четыре роли" });
});

test("takes an address apart without showing its code, and warns of the shell's history", async () => {
  const context = await createTestContext();
  context.canary(code);
  const { exitCode, stdout, stderr } = await play(context, `explain ${answer}`);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("An authorization response");
  expect(stdout).toContain("It has no iss");
  expect(stderr).toContain("explain -");
  expect(context.exchanges).toEqual([]);
});

test("reads the address from a pipe", async () => {
  const context = await createTestContext({ input: [answer] });
  const { stdout, stderr } = await play(context, "explain - --json");
  expect(JSON.parse(stdout)).toMatchObject({ version: 1, kind: "redirect-url" });
  expect(stderr).toBe("");
});

test("reads the address at a terminal's prompt and gives the terminal back", async () => {
  const context = await createTestContext({ terminal: true });
  context.stdin.paste(answer);
  context.stdin.type("\r");
  const { exitCode, stdout } = await play(context, "explain -");
  expect(exitCode).toBe(0);
  expect(stdout).toContain("An authorization response");
  expect(context.stdin.isRaw).toBe(false);
});

test("reads nothing with --no-input", async () => {
  const context = await createTestContext({ input: [answer] });
  expect(await playFailure(context, "explain - --no-input")).toMatchObject({
    exitCode: 2,
    code: "input_forbidden",
  });
});

test("repeats a misspelt topic, and never what may be a token", async () => {
  const context = await createTestContext();
  expect((await playFailure(context, "explain pcke")).message).toBe("There is no topic pcke.");
  context.canary("gho_16C7e42F292c6912E7710c838347Ae178B4a");
  const failure = await playFailure(context, "explain gho_16C7e42F292c6912E7710c838347Ae178B4a");
  expect(failure).toMatchObject({ exitCode: 2, code: "nothing_to_explain" });
});
