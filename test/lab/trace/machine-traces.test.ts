// --trace=jsonl and --trace=har: what programs read has stderr for itself.
import { describe, expect, test } from "vitest";
import { english } from "../../../src/lab/texts/english.ts";
import { createPastingContext, play, startSandboxScene } from "../../commands/scene.ts";
import { createTestContext } from "../../support/context.ts";
import { problemsOf, readSchema } from "../../support/documented-json.ts";
import { startGitHubServer } from "../../support/github-server.ts";

function parseLines(stderr: string): Record<string, unknown>[] {
  return stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** A login whose answer has another state. */
async function forgedScene() {
  const server = await startGitHubServer();
  return createPastingContext(
    { env: { ...server.env, GITHUB_REDIRECT_URI: "https://localhost:8000/callback" } },
    { alter: (address) => String(address).replace(/state=[\w-]/, "state=") },
  );
}

describe("--trace=jsonl", () => {
  test("writes messages, checks and the end, each a line as its schema says, and nothing else", async () => {
    const { context } = await startSandboxScene();
    const { exitCode, stderr } = await play(context, "login sandbox --trace=jsonl");
    expect(exitCode).toBe(0);
    const lines = parseLines(stderr);
    expect(lines.flatMap((line) => problemsOf("trace", line))).toEqual([]);
    expect(lines.map(({ type }) => type)).toEqual([
      ...Array(6).fill("message"),
      ...Array(11).fill("check"),
      "end",
    ]);
    expect(lines.at(-1)).toEqual({ version: 1, type: "end", exit_code: 0, error: null });
  });

  test("of a login that fails: the exit code, and why in the last line", async () => {
    const context = await forgedScene();
    const { exitCode, stderr } = await play(context, "login github --trace=jsonl");
    const lines = parseLines(stderr);
    expect(exitCode).toBe(6);
    expect(lines.flatMap((line) => problemsOf("trace", line))).toEqual([]);
    expect(lines.at(-1)).toMatchObject({ exit_code: 6, error: { code: "state_mismatch" } });
    expect(lines).toContainEqual(expect.objectContaining({ name: "state", outcome: "fail" }));
  });

  test("in a terminal stands among what is told there", async () => {
    const context = await createTestContext({ terminal: { stderr: true } });
    const { exitCode, stderr } = await play(context, "token --trace=jsonl --no-color");
    expect(exitCode).toBe(4);
    expect(stderr).toContain('"type":"end"');
    expect(stderr).toContain("Error: ");
  });

  test("the schema knows every purpose and every check", () => {
    const schema = JSON.stringify(readSchema("trace"));
    expect(schema).toContain(JSON.stringify(Object.keys(english.purposes)));
    expect(schema).toContain(JSON.stringify(Object.keys(english.checks.names)));
  });
});

/** The archive of a login at the sandbox. */
async function loginArchive() {
  const { context } = await startSandboxScene();
  const { exitCode, stderr } = await play(context, "login sandbox --trace=har");
  return { exitCode, har: JSON.parse(stderr) };
}

describe("--trace=har", () => {
  test("writes one document, with every message in it", async () => {
    const { exitCode, har } = await loginArchive();
    expect(exitCode).toBe(0);
    const { entries } = har.log;
    expect(entries.map((entry: { comment: string }) => entry.comment)).toContain(
      "Exchange the code for tokens (back channel, RFC 6749 §4.1.3)",
    );
    expect(entries).toHaveLength(6);
    const exchange = entries[3];
    expect(exchange.request.postData.params).toContainEqual({
      name: "grant_type",
      value: "authorization_code",
    });
    expect(JSON.parse(exchange.response.content.text)).toMatchObject({
      access_token: expect.stringMatching(/^<access_token [0-9a-f]{4}>$/),
      token_type: "Bearer",
    });
  });

  test("of a login that fails is one document too, and says why", async () => {
    const context = await forgedScene();
    const { exitCode, stderr } = await play(context, "login github --trace=har");
    expect(exitCode).toBe(6);
    expect(JSON.parse(stderr).log.comment).toContain("The state does not match");
  });
});

test("another value of --trace is refused, and the next word is not taken for one", async () => {
  const { context } = await startSandboxScene();
  expect((await play(context, "status --trace=xml")).exitCode).toBe(2);
  const { exitCode, stderr } = await play(context, "login --trace sandbox");
  expect(exitCode).toBe(0);
  expect(stderr).toContain("What was checked");
});
