// A command line has two readers: ours for well-formed ones, commander for all others. Nobody may be able to tell which read a line.
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readCommandLine } from "../src/command-line.ts";
import { globalOptions } from "../src/commands/global-options.ts";
import type { CommandRow, OptionRow } from "../src/commands/row.ts";
import { commands } from "../src/commands/table.ts";
import type { Context } from "../src/context.ts";
import { runWithCommander } from "../src/help.ts";
import { createTestContext } from "./support/context.ts";

afterEach(() => vi.restoreAllMocks());

/** What commander hands to the command; undefined where it explains instead. */
async function readWithCommander(
  row: CommandRow,
  { argv, context }: { argv: readonly string[]; context: Context },
): Promise<unknown> {
  const given: unknown[] = [];
  const run = vi.spyOn(row, "run").mockImplementation(async (line) => void given.push(line));
  await runWithCommander(argv, { context, fail: () => undefined });
  run.mockRestore();
  return given[0];
}

const word = fc.stringMatching(/^[a-z0-9][a-z0-9:=/._-]{0,11}$/);

/** An option as it is typed, one or two words. */
function typedOption({ name, value, short, choices, atMost, alone }: OptionRow) {
  if (alone !== undefined)
    return fc
      .constantFrom("", ...(choices ?? []).map((one) => `=${one}`))
      .map((end) => [`--${name}${end}`]);
  if (value === undefined)
    return fc.constantFrom(`--${name}`, `-${short ?? `-${name}`}`).map((text) => [text]);
  const typed =
    name === "report"
      ? fc.constant("lab.md")
      : atMost !== undefined
        ? fc.integer({ min: 0, max: atMost }).map(String)
        : choices !== undefined
          ? fc.constantFrom(...choices)
          : word;
  return fc
    .tuple(typed, fc.constantFrom("joined", "apart", "short"))
    .map(([text, form]) =>
      form === "joined"
        ? [`--${name}=${text}`]
        : [form === "short" && short ? `-${short}` : `--${name}`, text],
    );
}

/** A well-formed line of the command: options of the table and the words that it takes, in any order. */
function typedLine(row: CommandRow) {
  const options = fc
    .subarray([...row.options, ...globalOptions])
    .chain((rows) => fc.tuple(...rows.map(typedOption)));
  const maxLength = row.argument ? 2 : row.provider ? 1 : 0;
  const needsArgument = row.argument !== undefined && !row.argument.optional;
  const minLength = needsArgument ? 2 : row.provider?.required ? 1 : 0;
  return fc
    .tuple(options, fc.array(fc.tuple(word), { minLength, maxLength }))
    .map(([typed, words]) => [...typed, ...words])
    .chain((parts) => fc.shuffledSubarray(parts, { minLength: parts.length }))
    .map((parts) => [row.name, ...parts.flat(), ...(row.rest ? ["--", "program", "--json"] : [])]);
}

describe.each(commands.map((row) => [row.name, row] as const))("%s", (_, row) => {
  it("means the same to both readers", async () => {
    const context = await createTestContext();
    const severalValues = row.options
      .filter(({ many }) => many)
      .flatMap(({ name, short }) => [`--${name}`, `-${short}`]);
    await fc.assert(
      fc.asyncProperty(typedLine(row), async (argv) => {
        const line = readCommandLine(argv);
        if (line === undefined) {
          // Only what a word belongs to is left to commander.
          expect(argv.some((text) => severalValues.includes(text))).toBe(true);
          return;
        }
        const { command, ...read } = line;
        expect(command).toBe(row);
        expect(await readWithCommander(row, { argv, context })).toEqual(read);
      }),
      { numRuns: 25 },
    );
  });
});

it.each([
  "token -undefined",
  "token --quiet=yes",
  "token --timeout",
  "token --timeout -5",
  "token --timeout 1e3",
  "token -qh",
  "token -q=1",
  "token -- github",
  "token one two",
  "api github user -XPATCH",
  "exec github",
  "nothing",
])("leaves to commander what is no plain line: %s", (line) => {
  expect(readCommandLine(line.split(" "))).toBeUndefined();
});
