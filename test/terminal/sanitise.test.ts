import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sanitise } from "../../src/terminal/sanitise.ts";
import { hostileText, longHostileText } from "../support/hostile.ts";

/** Written out, and not by Unicode property as in the source: the test must not share its mistakes. */
const harmful =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: the combining ones are meant one by one
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not come through
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\ud834[\udd73-\udd7a]|\ud82f[\udca0-\udca3]|[\udb40-\udb43]/;

const texts = fc.oneof(hostileText, longHostileText);
const lengths = fc.integer({ min: 1, max: 400 });

describe("sanitise", () => {
  it("lets no control, bidirectional, invisible or broken character through", () => {
    fc.assert(fc.property(texts, (text) => !harmful.test(sanitise(text))));
  });

  it("changes nothing when it is applied again", () => {
    fc.assert(
      fc.property(texts, lengths, (text, maxLength) => {
        const once = sanitise(text, maxLength);
        expect(sanitise(once, maxLength)).toBe(once);
      }),
    );
  });

  it("never returns more characters than asked for", () => {
    fc.assert(
      fc.property(texts, lengths, (text, maxLength) => {
        expect(sanitise(text, maxLength).length).toBeLessThanOrEqual(maxLength);
      }),
    );
  });

  it("leaves no sign by which a CI runner knows a command", () => {
    fc.assert(fc.property(texts, (text) => !/::|##/.test(sanitise(text))));
  });

  it("J18 never stacks more than four marks on a letter", () => {
    fc.assert(fc.property(texts, (text) => !/\p{Mark}{5}/u.test(sanitise(text))));
  });

  it("keeps printable text of any script as it is", () => {
    for (const text of ["read:user, gist", "Åse Österlund", "山田太郎", "नमस्ते", "🙂 ok", "a:b #c"])
      expect(sanitise(text)).toBe(text);
  });

  it.each([
    ["an escape sequence", "\u001b[2J", "\\u{1b}[2J"],
    ["an 8-bit escape sequence", "\u009b31m", "\\u{9b}31m"],
    ["a new line", "a\r\nb", "a\\u{d}\\u{a}b"],
    ["a line separator", "a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c"],
    ["a right-to-left override", "\u202egnp.exe", "\\u{202e}gnp.exe"],
    ["a tag character", "a\u{e0041}", "a\\u{e0041}"],
    ["half of a surrogate pair", "a\ud83d", "a\\u{d83d}"],
    ["a blank that is no space", "a\u2800b\u3164", "a\\u{2800}b\\u{3164}"],
    ["GitHub's command", "::add-mask::x", ":\u2009:add-mask:\u2009:x"],
    ["a command behind a colon", ":::add-mask::x", ":\u2009:\u2009:add-mask:\u2009:x"],
    ["Azure's command", "##vso[task.x]", "#\u2009#vso[task.x]"],
    ["GitHub's old command", "##[error]x", "#\u2009#[error]x"],
  ])("shows %s for what it is", (_what, text, shown) => {
    expect(sanitise(text)).toBe(shown);
  });

  it("marks what it cut, and cuts no character in two", () => {
    expect(sanitise("abcdef", 4)).toBe("abc…");
    expect(sanitise("abcd", 4)).toBe("abcd");
    expect(sanitise("ab🙂cd", 4)).toBe("ab…");
  });

  it("looks at no more of a long text than it shows", () => {
    // Escaped whole it would be longer than a string can be.
    expect(sanitise("\u001b".repeat(2 ** 27), 20)).toBe(`${"\\u{1b}".repeat(4).slice(0, 19)}…`);
  });
});
