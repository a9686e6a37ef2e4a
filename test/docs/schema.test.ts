// The JSON Schemas in docs/schema against what the commands really print, and against the command table.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "../../src/cli.ts";
import { commands } from "../../src/commands/table.ts";
import { exitCodes } from "../../src/errors.ts";
import { play, playFailure, startSandboxScene } from "../commands/scene.ts";
import type { TestContext } from "../support/context.ts";
import {
  compileSchema,
  documentedAs,
  problemsOf,
  readSchema,
  schemaNames,
} from "../support/documented-json.ts";
import { codeBlocks, readDocument } from "./documents.ts";

/** Those that are no command's result on stdout: a part of others, and what goes to stderr. */
const otherNames = ["credential", "error", "trace"];
/** Commands whose stdout is another's, or no document. */
const withoutJson = ["exec", "ci", "git-credential", "api", "completion", "complete"];

describe("the schemas", () => {
  test.each(schemaNames)("%s is sound, says what it is and has a version", (name) => {
    expect(() => compileSchema(name)).not.toThrow();
    const schema = readSchema(name);
    expect(schema.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
    expect(schema.$id).toBe(`${name}.schema.json`);
    expect(schema.title).toMatch(/^[A-Z].+\.$/);
    if (name !== "credential") expect(schema.properties).toHaveProperty("version.const", 1);
  });

  test("are one for each document of a command, and no other", () => {
    const named = commands.flatMap(({ json = [] }) => json);
    expect(schemaNames).toEqual([...new Set([...named, ...otherNames])].sort());
    const silent = commands.filter(({ json }) => json === undefined).map(({ name }) => name);
    expect(silent.sort()).toEqual(withoutJson.sort());
  });

  test.each(["docs/configuration.md", "docs/scripting.md"])("fit the failure in %s", (path) => {
    const shown = codeBlocks(readDocument(path)).filter(({ code }) => code.includes('"error"'));
    expect(shown).toHaveLength(1);
    for (const { code } of shown) expect(problemsOf("error", JSON.parse(code))).toEqual([]);
  });

  test("know every kind of failure", () => {
    const kinds = { properties: { error: { properties: { kind: { enum: expect.anything() } } } } };
    const schema = readSchema("error") as typeof kinds;
    expect(schema).toMatchObject(kinds);
    expect(schema.properties.error.properties.kind.enum).toEqual(Object.keys(exitCodes));
  });
});

/** Each document as its command prints it: the line, or a scene of its own. */
const scenes: Readonly<Record<string, string | ((context: TestContext) => Promise<string>)>> = {
  login: "login sandbox --offline --json",
  token: "token --json",
  tokens: "refresh --all --json",
  whoami: "whoami sandbox --json",
  inspect: "inspect sandbox --json",
  status: "status --json",
  logout: "logout sandbox --json",
  providers: "providers --json",
  provider: "providers github --json",
  import: importClient,
  faults: "sandbox --list-faults --json",
  topics: "explain --json",
  topic: "explain pkce --json",
  anatomy: "explain https://idp.example/authorize?response_type=code&client_id=x --json",
  doctor: "doctor sandbox --json",
  demo: "demo --json",
  attacks: "demo --attacks --json",
  sandbox: startAndStop,
  trace: async (context) =>
    (await play(context, "logout sandbox --trace=jsonl")).stderr.split("\n")[0] ?? "",
  error: async (context) => {
    await playFailure(context, "token nobody");
    return context.stderr.text.trim().split("\n").at(-1) ?? "";
  },
};

async function importClient(context: TestContext): Promise<string> {
  const installed = {
    client_id: "1-a.apps.googleusercontent.com",
    client_secret: "GOCSPX-schema-secret-0123",
  };
  const path = join(context.workingFolder, "client.json");
  await writeFile(path, JSON.stringify({ installed }));
  context.allow(installed.client_secret, "files", "store");
  return (await play(context, `providers google --import ${path} --json`)).stdout;
}

async function startAndStop(context: TestContext): Promise<string> {
  const stop = new AbortController();
  const args = ["sandbox", "--port", "0", "--json"];
  const running = run(args, { ...context, signal: stop.signal });
  await context.stderr.until(/Stop it with Ctrl-C/);
  stop.abort();
  await running;
  documentedAs(args, context.stdout.text);
  return context.stdout.text;
}

async function printFrom(name: string): Promise<unknown> {
  const { context } = await startSandboxScene();
  context.printsToken();
  context.clock.passSleeps((milliseconds) => milliseconds > 2000 && milliseconds < 3000);
  if (name !== "login") await play(context, "login sandbox --offline --quiet");
  const scene = scenes[name];
  if (typeof scene !== "string") return JSON.parse((await scene?.(context)) ?? "");
  const { stdout } = await play(context, scene);
  expect(documentedAs(scene.split(" "), stdout)).toBe(name);
  return JSON.parse(stdout);
}

test.each(schemaNames.filter((name) => name !== "credential"))(
  "%s describes what is printed, and would not let another member pass",
  async (name) => {
    const document = await printFrom(name);
    expect(problemsOf(name, document)).toEqual([]);
    const open = new Set(["claims"]);
    for (const [path, changed] of withOneMore(document, open))
      expect(problemsOf(name, changed), path).not.toEqual([]);
    for (const member of Object.keys(document as object)) {
      const { [member]: _, ...less } = document as Record<string, unknown>;
      expect(problemsOf(name, less), member).not.toEqual([]);
    }
  },
);

/** The document with one undocumented member, once for each object in it; not below these members, which are the provider's own. */
function withOneMore(
  value: unknown,
  open: ReadonlySet<string>,
  path = "",
): [path: string, changed: unknown][] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, member]) => {
    if (open.has(key)) return [];
    const changes = withOneMore(member, open, `${path}/${key}`);
    return changes.map(([at, changed]): [string, unknown] => [
      at,
      Array.isArray(value)
        ? value.map((each, index) => (String(index) === key ? changed : each))
        : { ...value, [key]: changed },
    ]);
  });
  return Array.isArray(value) ? inner : [[path, { ...value, undocumented: 1 }], ...inner];
}
