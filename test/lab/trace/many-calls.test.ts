// A run with very many calls to an API: its trace and its report keep up, and say what they left out.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { english } from "../../../src/lab/texts/english.ts";
import { play } from "../../commands/scene.ts";
import { createTestContext } from "../../support/context.ts";
import { problemsOf } from "../../support/documented-json.ts";
import { startProviderServer } from "../../support/provider-server.ts";

const pages = 60;
const line = "api lab items --paginate --allow-rotation-loss";

/** An API of so many pages, each of 48 KB of what looks like tokens. */
async function startPages() {
  const answer = { access_token: "fresh-at-90a1b2c3d4e5f607", token_type: "bearer" };
  const server = await startProviderServer((url) => ({
    "POST /token": { name: "token", respond: () => ({ body: answer }) },
    "GET /items": {
      name: "items",
      respond: ({ query }) => {
        const page = Number(query.get("page") ?? 1);
        const link = `<${url}/items?page=${page + 1}>; rel="next"`;
        return { ...(page < pages && { headers: { link } }), body: itemsOf(page) };
      },
    },
  }));
  return createTestContext({ env: labSettings(server.url) });
}

const labSettings = (url: string) => ({
  LAB_TOKEN_ENDPOINT: `${url}/token`,
  LAB_API_URL: url,
  LAB_CLIENT_ID: "lab-client",
  LAB_REFRESH_TOKEN: "given-rt-2f61d08ab39c4e75",
});

function itemsOf(page: number): object[] {
  return Array.from({ length: 480 }, (_, index) => ({
    sha: `A${page}.${index}`.padEnd(40, "0aB"),
    node_id: `N${page}.${index}`.padEnd(30, "9zY"),
  }));
}

test("every page is asked for, and the trace says from where on it left calls out", async () => {
  const context = await startPages();
  const { exitCode, stdout, stderr } = await play(context, `${line} --trace=jsonl`);
  expect(exitCode).toBe(0);
  expect(stdout.trim().split("\n")).toHaveLength(pages);
  const lines = stderr
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text));
  expect(lines.flatMap((value) => problemsOf("trace", value))).toEqual([]);
  const calls = lines.filter(({ purpose }) => purpose === "use-token");
  expect(calls.length).toBeGreaterThan(20);
  expect(calls.length).toBeLessThan(pages);
  const notes = lines.filter(({ type }) => type === "note");
  expect(notes).toEqual([{ version: 1, type: "note", text: english.trace.tooMany }]);
  expect(lines.at(-1)).toMatchObject({ type: "end", exit_code: 0 });
}, 60_000);

test.each(["md", "har"])(
  "a report says so too: %s",
  async (form) => {
    const context = await startPages();
    expect((await play(context, `${line} --report pages.${form}`)).exitCode).toBe(0);
    const report = await readFile(join(context.workingFolder, `pages.${form}`), "utf8");
    expect(report).toContain("Later calls to the API are left out");
  },
  60_000,
);

test.each([
  ["--trace", (length: number) => `    <   ${english.trace.cut(length)}\n`],
  ["--trace=jsonl", (length: number) => `"characters":${length},"cut":true,"shown":false`],
  ["--trace=har", (length: number) => `"size": ${length},`],
  ["--trace=har", (length: number) => `"comment": "${english.trace.cut(length)}"`],
])(
  "of an answer too long to be kept, %s tells the whole length, and that",
  async (option, told) => {
    const answer = { access_token: "fresh-at-90a1b2c3d4e5f607", token_type: "bearer" };
    const page = { items: "a long, long word ".repeat(6000), end: "here" };
    const server = await startProviderServer(() => ({
      "POST /token": { name: "token", respond: () => ({ body: answer }) },
      "GET /items": { name: "items", respond: () => ({ body: page }) },
    }));
    const context = await createTestContext({ env: labSettings(server.url) });
    const line = `api lab items --allow-rotation-loss ${option}`;
    const { exitCode, stdout, stderr } = await play(context, line);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(JSON.stringify(page));
    expect(stderr).toContain(told(stdout.length));
    expect(stderr).not.toContain("65536");
  },
);
