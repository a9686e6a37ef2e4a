// The man page, which the command table and docs/configuration.md write: complete, and sound to those who read it.
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { formatManPage } from "../../build/man-page.ts";
import { globalOptions } from "../../src/commands/global-options.ts";
import { commands } from "../../src/commands/table.ts";
import { exitCodes } from "../../src/errors.ts";
import { buildProgram } from "../support/built.ts";
import { itWith } from "../support/real-program.ts";
import { readDocument } from "./documents.ts";

const { version, man } = JSON.parse(readDocument("package.json"));
const page = formatManPage({ version, configuration: readDocument("docs/configuration.md") });
const itWithMandoc = itWith("mandoc", []);
const itWithMan = itWith("man", ["--version"]);

function runMandoc(...args: readonly string[]): string {
  const options = { input: page, encoding: "utf8" } as const;
  try {
    return execFileSync("mandoc", args, options);
  } catch (error) {
    // Its exit code tells how bad the worst finding is.
    return String((error as { stdout?: unknown }).stdout);
  }
}

itWithMandoc("is right to the letter of the man language, as mandoc knows it", () => {
  const findings = runMandoc("-T", "lint", "-W", "warning").split("\n").filter(Boolean);
  // It has no date, so that two builds of one version are the same.
  expect(findings.filter((line) => !line.includes("missing date"))).toEqual([]);
});

itWithMan("is shown by man without a complaint, quotes and hyphens as they are typed", async () => {
  await buildProgram();
  expect(await readFile("dist/oauth-lab.1", "utf8")).toBe(page);
  const env = { ...process.env, MANWIDTH: "100", LC_ALL: "C.UTF-8" };
  const args = ["--warnings", "-l", "dist/oauth-lab.1"];
  const shown = execFileSync("man", args, { env, encoding: "utf8" });
  expect(shown).toContain("oauth-lab token github --format header |");
  expect(shown).toContain("exec github -- sh -c 'GH_TOKEN=$ACCESS_TOKEN gh api user'");
});

test("is named in package.json as a list: npm 11 links no other form", () => {
  expect(man).toEqual(["dist/oauth-lab.1"]);
});

test("has every command, option, exit code and variable", () => {
  const shown = page.replaceAll("\\-", "-");
  for (const { name, options, hidden } of commands) {
    if (hidden) continue;
    expect(shown, name).toMatch(new RegExp(`^\\.SS ${name} `, "m"));
    for (const option of options) expect(shown).toContain(`--${option.name}`);
  }
  for (const { name } of globalOptions) expect(shown).toContain(`--${name}`);
  for (const [kind, code] of Object.entries(exitCodes))
    expect(shown).toContain(`${code} (${kind})`);
  const example = readDocument(".env.example");
  for (const [, key = ""] of example.matchAll(/^#?([A-Z_]+)=/gm)) {
    const general = key.split("_").map((_, at, words) => `<NAME>_${words.slice(at).join("_")}`);
    expect(
      [key, ...general].some((name) => shown.includes(name)),
      key,
    ).toBe(true);
  }
});
