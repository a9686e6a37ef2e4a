// JSON with parts that others wrote, for a terminal or a CI log.
import fc from "fast-check";
import { expect, test } from "vitest";
import { safeJson } from "../../src/terminal/safe-json.ts";
import { hostileText } from "../support/hostile.ts";

const unsafe =
  /[\p{Control}\p{Format}\p{Surrogate}\p{Line_Separator}\p{Paragraph_Separator}]|::|##/u;

test.each([
  ["a C1 control", "\u009b31m", "\\u009b31m"],
  ["DEL", "\u007f", "\\u007f"],
  ["a bidirectional override", "\u202e", "\\u202e"],
  ["a zero width space", "\u200b", "\\u200b"],
  ["a tag beyond the BMP", "\u{e0041}", "\\udb40\\udc41"],
  ["GitHub's command", "::add-mask::x", "\\u003a:add-mask\\u003a:x"],
  ["Azure's command", "##vso[task]", "\\u0023#vso[task]"],
  ["a backslash before it", "\\\u009b", "\\\\\\u009b"],
])("writes %s as an escape", (_, text, written) => {
  expect(safeJson(text)).toBe(`"${written}"`);
  expect(JSON.parse(safeJson(text))).toBe(text);
});

test("is the same value, and safe, whatever stands in it", () => {
  fc.assert(
    fc.property(fc.dictionary(hostileText, fc.array(hostileText)), (value) => {
      expect(JSON.parse(safeJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      expect(safeJson(value)).not.toMatch(unsafe);
      expect(JSON.parse(safeJson(value, 2))).toEqual(JSON.parse(JSON.stringify(value)));
      expect(safeJson(value, 2).replaceAll("\n", "")).not.toMatch(unsafe);
    }),
  );
});
