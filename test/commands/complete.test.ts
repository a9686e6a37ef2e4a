// complete: what could come next, for every place of a command line.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run } from "../../src/cli.ts";
import { commands } from "../../src/commands/table.ts";
import {
  createTestContext,
  type TestContext,
  type TestContextOptions,
} from "../support/context.ts";
import { startFaultyProvider, storeTokens } from "./faulty-provider.ts";
import { play, playFailure } from "./scene.ts";

async function wordsAfter(context: TestContext, ...words: string[]): Promise<string[]> {
  const start = context.stdout.text.length;
  expect(await run(["complete", "--", ...words], context)).toBe(0);
  expect(context.stderr.text).toBe("");
  const lines = context.stdout.text.slice(start).split("\n").slice(0, -1);
  return lines.map((line) => line.split("\t")[0] ?? "");
}

async function startHome(options: Omit<TestContextOptions, "browser"> = {}) {
  const provider = await startFaultyProvider("no-answer", options);
  await storeTokens(provider, { profile: "work" });
  await storeTokens(provider, { provider: "old-one" });
  return provider.context;
}

describe("complete", () => {
  it("knows every command but itself, with what it does", async () => {
    const context = await createTestContext();
    const all = commands.map(({ name }) => name).filter((name) => name !== "complete");
    expect(await wordsAfter(context, "")).toEqual(all);
    expect(await wordsAfter(context, "who")).toEqual(["whoami"]);
    expect(context.stdout.text).toContain("whoami\task the provider's API whose token this is\n");
  });

  it("knows the providers: the known, the configured and the stored ones", async () => {
    const context = await startHome();
    const names = ["github", "google", "gitlab", "sandbox", "faulty", "old-one"];
    expect(await wordsAfter(context, "token", "")).toEqual(names);
    expect(await wordsAfter(context, "token", "--min-ttl", "5", "fa")).toEqual(["faulty"]);
    expect(await wordsAfter(context, "token", "github", "")).toEqual([]);
    expect(await wordsAfter(context, "status", "")).toEqual([]);
    expect(context.exchanges).toEqual([]);
  });

  it("knows options and their values", async () => {
    const context = await startHome();
    expect(await wordsAfter(context, "token", "--f")).toEqual(["--format"]);
    expect(await wordsAfter(context, "token", "github", "--pro")).toEqual(["--profile"]);
    expect(await wordsAfter(context, "token", "--format", "e")).toEqual(["env"]);
    expect(await wordsAfter(context, "token", "--profile", "")).toEqual(["work", "default"].sort());
    expect(await wordsAfter(context, "completion", "")).toEqual([
      "bash",
      "zsh",
      "fish",
      "powershell",
    ]);
    expect(await wordsAfter(context, "exec", "github", "--", "")).toEqual([]);
    expect(await wordsAfter(context, "no-such", "")).toEqual([]);
  });

  it("is not kept from it by a broken .env or a missing home", async () => {
    const context = await createTestContext({ env: { OAUTH_LAB_HOME: "/nowhere/at/all" } });
    await writeFile(join(context.workingFolder, ".env"), 'LAB_ISSUER="open\n');
    expect(await wordsAfter(context, "token", "go")).toEqual(["google"]);
  });

  it("opens no credential", async () => {
    const context = await createTestContext();
    await mkdir(join(context.storeFolder, "unreadable@github.json"));
    await writeFile(join(context.storeFolder, "$(id)@x.json"), "");
    expect(await wordsAfter(context, "token", "--profile", "")).toEqual(["unreadable"]);
  });

  it("is not shown in the help", async () => {
    const { stdout } = await play(await createTestContext(), "--help");
    expect(stdout).toContain("completion");
    expect(stdout).not.toMatch(/^ {2}complete /m);
  });
});

it("completion names the shells where there is no such one", async () => {
  for (const shell of ["tcsh", "constructor"]) {
    const failure = await playFailure(await createTestContext(), `completion ${shell}`);
    expect(failure).toMatchObject({ exitCode: 2, code: "shell_unknown", stdout: "" });
    expect(failure.hint).toContain("bash, zsh, fish, powershell");
  }
});
