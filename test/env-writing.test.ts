import dotenv from "dotenv";
import fc from "fast-check";
import { expect, test } from "vitest";
import { appendEntries } from "../src/env-writing.ts";

const title = "An example";

test("leaves what was there as it was, and begins on a line of its own", async () => {
  const before = "A=1\r\n# a comment\nB='two'";
  const after = await appendEntries(before, { title, entries: [["C", "3"]] });
  expect(after).toBe(`${before}\n\n# An example\nC=3\n`);
});

test.each([
  ["abc#def", "C='abc#def'"],
  ["it's", "C=`it's`"],
  ["it's `so`", 'C="it\'s `so`"'],
  ["$HOME", "C='$HOME'"],
  ["a\\nb", "C='a\\nb'"],
])("quotes %s so that it reads back", async (value, line) => {
  const after = await appendEntries("", { title, entries: [["C", value]] });
  expect(after).toContain(`${line}\n`);
});

test("either reads back exactly, or is refused", async () => {
  const printable = fc.string({
    unit: fc.integer({ min: 33, max: 126 }).map((n) => String.fromCharCode(n)),
    minLength: 1,
  });
  await fc.assert(
    fc.asyncProperty(printable, async (value) => {
      const after = await appendEntries("A=1\n", { title, entries: [["C", value]] }).catch(
        () => "",
      );
      if (after === "") expect(value).toMatch(/["'`]/);
      else expect(dotenv.parse(after)).toEqual({ A: "1", C: value });
    }),
  );
});

test("refuses where a file's open quote would swallow the lines", async () => {
  const before = "A='never closed\n";
  await expect(appendEntries(before, { title, entries: [["C", "#b"]] })).rejects.toMatchObject({
    code: "env_value_unwritable",
  });
});
