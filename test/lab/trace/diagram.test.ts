import { expect, test } from "vitest";
import { english } from "../../../src/lab/texts/english.ts";
import { diagramLines, usesUnicode } from "../../../src/lab/trace/diagram.ts";
import type { TracedMessage } from "../../../src/lab/trace/message.ts";
import { createPastingContext, play, startSandboxScene } from "../../commands/scene.ts";
import { startGitHubServer } from "../../support/github-server.ts";

const texts = english;
const plain = { paint: (_style: string, text: string) => text, texts };

const noBody = { mediaType: "", fields: [], characters: 0 };

function message(changes: Partial<TracedMessage>): TracedMessage {
  return {
    purpose: "authorization-request",
    reference: "RFC 6749 §4.1.1",
    from: "client",
    to: "server",
    channel: "front",
    method: "GET",
    address: "https://idp.example/authorize",
    query: [],
    requestHeaders: [],
    requestBody: noBody,
    responseHeaders: [],
    responseBody: noBody,
    startedAt: 0,
    ...changes,
  };
}

const run = [
  message({}),
  message({ purpose: "authorization-response", from: "server", to: "client" }),
  message({ purpose: "exchange-code", channel: "back", status: 200 }),
  message({ purpose: "use-token", channel: "back", to: "api" }),
];

test("draws each message from its sender to its receiver, and each answer back", () => {
  expect(diagramLines(run, { ...plain, unicode: false })).toEqual([
    "oauth-lab                                 authorization server            API",
    "    | 1 Ask for a code                              |                      |",
    "    |..............................................>|                      |",
    "    | 2 The answer                                  |                      |",
    "    |<..............................................|                      |",
    "    | 3 Exchange the code for tokens                |                      |",
    "    |---------------------------------------------->|                      |",
    "    |<-------------------- 200 ---------------------|                      |",
    "    | 4 Use the access token                        |                      |",
    "    |--------------------------------------------------------------------->|",
    "    |<---------------------------- x no answer ----------------------------|",
    "    .... front channel, through the browser   ---- back channel",
  ]);
});

test("is at most 80 columns wide, whatever the words, and as wide in either drawing", () => {
  const long = Array.from({ length: 30 }, () => run).flat();
  const failure = "y".repeat(300);
  for (const unicode of [true, false]) {
    for (const line of diagramLines(long, { ...plain, unicode, failure })) {
      expect(line.length, line).toBeLessThanOrEqual(80);
    }
  }
});

test("in plain ASCII has nothing else", () => {
  expect(diagramLines(run, { ...plain, unicode: false }).join("")).toMatch(/^[ -~]+$/);
});

test("of a run without messages there is none", () => {
  expect(diagramLines([], { ...plain, unicode: true })).toEqual([]);
});

test.each([
  [{}, true],
  [{ LANG: "C.UTF-8" }, true],
  [{ LANG: "de_DE.utf8" }, true],
  [{ LANG: "C" }, false],
  [{ LANG: "C.UTF-8", LC_ALL: "POSIX" }, false],
])("%o uses box drawing: %s", (env, unicode) => {
  expect(usesUnicode(env)).toBe(unicode);
});

test("--trace ends with the diagram of the real run", async () => {
  const { context } = await startSandboxScene();
  const { stderr } = await play(context, "login sandbox --trace");
  const rows = stderr.split("\n").filter((line) => /^ {4}│ \d/.test(line));
  expect(rows.map((row) => /\d (.+?) {2}/.exec(row)?.[1])).toEqual([
    "Read the server's metadata",
    "Ask for a code",
    "The answer",
    "Exchange the code for tokens",
    "Fetch the server's public keys",
    "Use the access token",
  ]);
});

test("the diagram of a failed login ends where it failed and says why", async () => {
  const server = await startGitHubServer();
  const context = await createPastingContext(
    { env: { ...server.env, GITHUB_REDIRECT_URI: "https://localhost:8000/callback" } },
    { alter: (address) => String(address).replace(/state=[\w-]/, "state=") },
  );
  const { stderr } = await play(context, "login github --trace");
  const drawing = stderr.slice(stderr.indexOf("oauth-lab       "));
  expect(drawing).toContain("2 An answer, refused ✗");
  expect(drawing).toContain("✗ The state does not match: this is the answer to another sign-in.");
  expect(drawing).not.toContain("Exchange");
});

test("--lang ru draws it in Russian", async () => {
  const { context } = await startSandboxScene();
  const { stderr } = await play(context, "login sandbox --trace --lang ru");
  expect(stderr).toContain("сервер авторизации");
  expect(stderr).not.toContain("authorization server");
});
