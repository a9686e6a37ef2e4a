// Text as an attacker would write it, for property tests: control characters, escapes, forged CI commands, broken Unicode.
import fc from "fast-check";

const controls = fc
  .oneof(fc.integer({ min: 0, max: 0x1f }), fc.integer({ min: 0x7f, max: 0x9f }))
  .map((code) => String.fromCharCode(code));

/** Bidirectional controls, zero-width and otherwise invisible characters, also outside of the basic plane. */
const invisible = fc.constantFrom(
  ..."\u00ad\u034f\u061c\u115f\u17b4\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e",
  ..."\u2060\u2061\u2066\u2067\u2068\u2069\u206f\u3164\ufe0f\ufeff\uffa0\ufff9\ufffb\uffff",
  "\u{1bca0}",
  "\u{1d173}",
  "\u{e0001}",
  "\u{e0061}",
  "\u{e0100}",
);

const loneSurrogates = fc
  .integer({ min: 0xd800, max: 0xdfff })
  .map((code) => String.fromCharCode(code));

const escapes = fc.constantFrom(
  "\u001b[2J",
  "\u001b[1A\u001b[2K",
  "\u001b]0;title\u0007",
  "\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\",
  "\u001b]52;c;ZXZpbA==\u0007",
  "\u009b31m",
  "\u0090q\u009c",
  "\r\nforged line",
  "\b\b\b",
);

const ciCommands = fc.constantFrom(
  "::add-mask::x",
  ":::add-mask::x",
  "\n::set-output name=a::b",
  "::stop-commands::x",
  "##[error]x",
  "##vso[task.setvariable variable=a]b",
  "###vso[task.complete]",
  "##teamcity[message]",
  "##VSO[task.x]",
);

const stackedMarks = fc.integer({ min: 1, max: 40 }).map((count) => `a${"\u0301".repeat(count)}`);

const markup = fc.constantFrom(
  "<script>alert(1)</script>",
  '"onload="x',
  "</title>",
  "&lt;",
  "%1b%5b2J",
  "%00",
  "%E2%80%AE",
  "../../etc/passwd",
  "$(id)",
  "`id`",
  "'; --",
);

const pieces = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  controls,
  invisible,
  loneSurrogates,
  escapes,
  ciCommands,
  stackedMarks,
  markup,
);

/** Hostile text of a few pieces. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(pieces, { maxLength: 12 })
  .map((parts) => parts.join(""));

/** The same, long enough to be cut. */
export const longHostileText: fc.Arbitrary<string> = fc
  .tuple(hostileText, fc.integer({ min: 100, max: 4000 }))
  .map(([text, times]) => (text || "a").repeat(Math.ceil(times / Math.max(1, text.length))));
