// What the documents claim, compared with what they describe: links, configuration keys and their defaults, exit codes.
import * as files from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatCommandsDocument } from "../../build/commands-document.ts";
import { run } from "../../src/cli.ts";
import { commands } from "../../src/commands/table.ts";
import { exitCodes } from "../../src/errors.ts";
import { resolveProvider } from "../../src/providers/known.ts";
import { readRegistration } from "../../src/registration.ts";
import { readSettings } from "../../src/settings.ts";
import { createHome, runBuilt } from "../support/built.ts";
import { createTestContext } from "../support/context.ts";
import {
  documentPaths,
  headingAnchors,
  readAssignments,
  readDocument,
  relativeLinks,
  tableUnder,
} from "./documents.ts";

test.each(documentPaths())("%s links to files and headings that there are", async (path) => {
  for (const { target, anchor } of relativeLinks(path)) {
    await expect(files.stat(target), `${target} from ${path}`).resolves.toBeTruthy();
    if (anchor !== "") expect(headingAnchors(target)).toContain(anchor);
  }
});

test.each(documentPaths())("%s names npm scripts that there are", (path) => {
  const { scripts } = JSON.parse(readDocument("package.json"));
  for (const [, name] of readDocument(path).matchAll(/npm run ([a-z-]+)/g))
    expect(Object.keys(scripts)).toContain(name);
});

test.each(documentPaths())("J20 %s shows no command with a secret in it", (path) => {
  const inlineSecret =
    /^\s*(?:export |set )?[A-Z_]*(?:SECRET|PASSPHRASE|REFRESH_TOKEN)=(?!\$|…|<|\S*known-to-everyone)\S/;
  const blocks = [...readDocument(path).matchAll(/```(?:sh|bash|console)\n([\s\S]*?)```/g)];
  const lines = blocks.flatMap(([, code = ""]) => code.split("\n"));
  expect(lines.filter((line) => inlineSecret.test(line))).toEqual([]);
  expect(lines.filter((line) => /--[a-z-]*(?:secret|passphrase|password)\b/.test(line))).toEqual(
    [],
  );
});

test("docs/commands.md is as the command table writes it: `npx vitest run test/docs/documents.test.ts -u` does", async () => {
  await expect(formatCommandsDocument()).toMatchFileSnapshot("../../docs/commands.md");
});

test("the README leads to every document, over the others if need be", () => {
  const reached = new Set(["README.md"]);
  for (const path of reached) {
    if (!path.endsWith(".md")) continue;
    for (const { target } of relativeLinks(path)) reached.add(target);
  }
  const documents = documentPaths().filter((path) => !path.startsWith("docs/adr/"));
  expect(documents.filter((path) => !reached.has(path))).toEqual([]);
});

test("the README's table has every command that is for people", () => {
  const rows = tableUnder("Commands", readDocument("README.md"));
  const named = rows.flatMap(([names = ""]) => names.split(", "));
  const shown = commands.filter(({ hidden }) => !hidden).map(({ name }) => name);
  expect(named.sort()).toEqual(shown.sort());
});

describe(".env.example", () => {
  const example = readDocument(".env.example");
  const switchedOn = example.replaceAll(/^#([A-Z])/gm, "$1");
  const keys = Object.keys(readAssignments(switchedOn.split("\n")));

  test.each(["github", "google"])("copied and not filled in, %s says so", async (provider) => {
    const context = await createTestContext();
    await files.writeFile(join(context.workingFolder, ".env"), example);
    expect(await run(["login", provider, "--json"], context)).toBe(exitCodes.usage);
    const last = context.stderr.text.trim().split("\n").at(-1) ?? "";
    expect(JSON.parse(last).error).toMatchObject({
      code: "placeholder",
      message: expect.stringContaining(`${provider.toUpperCase()}_CLIENT_ID`),
    });
  });

  test("is read by the built program", async () => {
    const { workingFolder, env } = await createHome();
    await files.writeFile(join(workingFolder, ".env"), example);
    const { code, stderr } = await runBuilt(["login", "github"], { cwd: workingFolder, env });
    expect(stderr).toContain("GITHUB_CLIENT_ID");
    expect(stderr).toContain("still holds a placeholder");
    expect(code).toBe(exitCodes.usage);
  });

  test("has only keys that are read, each on a line that can be switched on", async () => {
    const context = await createTestContext({ env: { OAUTH_LAB_HOME: undefined } });
    context.env.OAUTH_LAB_STORE = undefined;
    await files.writeFile(join(context.workingFolder, "all.env"), switchedOn);
    const settings = await readSettings({ envFile: "all.env" }, context);
    const read = keys.filter((key) => settings.get(key)?.origin.endsWith("all.env"));
    expect(read).toEqual(keys);
  });

  test("has every key that is read", () => {
    const source = readDocument("src/settings.ts");
    const [, suffixes = ""] = /_\(([A-Z_|]+)\)\$\//.exec(source) ?? [];
    const own = /ownKeys = new Set\(\[([^\]]+)\]/.exec(source)?.[1]?.match(/[A-Z_]+/g) ?? [];
    expect(own.length).toBeGreaterThan(3);
    expect(keys).toEqual(expect.arrayContaining([...own]));
    for (const suffix of suffixes.split("|")) expect(keys).toContain(`MY_IDP_${suffix}`);
  });

  test("shows the real defaults", async () => {
    const shown = readAssignments(switchedOn.replaceAll('"', "").split("\n"));
    for (const name of ["github", "google", "my-idp"]) {
      const prefix = name.toUpperCase().replaceAll("-", "_");
      const context = await createTestContext();
      for (const key of [`${prefix}_CLIENT_ID`, `${prefix}_CLIENT_SECRET`]) context.env[key] = "x";
      if (name === "my-idp") context.env.MY_IDP_ISSUER = shown.MY_IDP_ISSUER;
      const settings = await readSettings({}, context);
      const provider = resolveProvider(name, settings);
      const { redirectUri, scopes } = readRegistration(provider, settings);
      expect(shown[`${prefix}_REDIRECT_URI`]).toBe(redirectUri.href);
      expect(shown[`${prefix}_SCOPE`]).toBe(scopes.join(" "));
      if (name === "github") {
        expect(provider.endpoints.token).toContain(`${shown.GITHUB_SERVER_URL}/login`);
        expect(provider.apiOrigins).toEqual([shown.GITHUB_API_URL]);
      }
    }
  });

  test("and docs/configuration.md know the same keys", () => {
    const text = readDocument("docs/configuration.md");
    for (const key of keys) {
      const general = key.replace(/^(GITHUB|GOOGLE|GITLAB|SANDBOX|MY_IDP)_/, "<NAME>_");
      expect(text.includes(`\`${key}\``) || text.includes(`\`${general}\``), key).toBe(true);
    }
  });
});

describe("the exit codes", () => {
  test("in docs/configuration.md are all that there are", () => {
    const rows = tableUnder("Exit codes", readDocument("docs/configuration.md"));
    const [success, ...failures] = rows;
    expect(success?.slice(0, 2)).toEqual(["0", ""]);
    expect(Object.fromEntries(failures.map(([code, kind]) => [kind, Number(code)]))).toEqual(
      exitCodes,
    );
  });

  test("in the README are some of them", () => {
    const codes = tableUnder("In a script", readDocument("README.md")).map(([code]) =>
      Number(code),
    );
    expect([0, ...Object.values(exitCodes)]).toEqual(expect.arrayContaining(codes));
    expect(codes).toHaveLength(6);
  });
});
