// What a paste is forgiven, what it is refused for, and that no text whatever gets past the checks or crashes them.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OAuthLabError } from "../../src/errors.ts";
import { type Awaited, maxPasteLength, readPastedAddress } from "../../src/flow/pasted-address.ts";
import { verifyRedirect } from "../../src/flow/redirect.ts";
import { hostileText } from "../support/hostile.ts";

const state = "right-state-0123456789-abcdefghijklmnopqrst";
const code = "4/0AfCode-4f1c2b7a9d0e8f6a";
const awaited: Awaited = {
  redirectUri: "https://localhost:8000/callback",
  authorizationEndpoint: "https://as.example/authorize?tenant=1",
};
const right = `${awaited.redirectUri}?code=${code}&state=${state}`;

function refusalOf(text: string): OAuthLabError {
  const answer = readPastedAddress(text, awaited);
  if (!(answer instanceof OAuthLabError)) throw new Error(`read as ${answer}`);
  const told = `${answer.message} ${answer.hint}`;
  for (const secret of [state, code]) expect(told).not.toContain(secret);
  return answer;
}

describe("a paste that holds the address", () => {
  it.each([
    ["A01 as it is", right],
    ["A02 between spaces and tabs", ` \t ${right}\t  `],
    ["A02 between no-break spaces", `\u00a0${right}\u202f`],
    ["A02 between zero-width spaces", `\u200b${right}\u200b\u2060`],
    ["A02 behind a byte order mark", `\ufeff${right}`],
    ["A03 in double quotes", `"${right}"`],
    ["A03 in single quotes", `'${right}'`],
    ["A03 in backticks", `\`${right}\``],
    ["A03 in typographic quotes", `“${right}”`],
    ["A03 in angle brackets", `<${right}>`],
    ["A03 in parentheses, at the end of a sentence", `(${right}).`],
    ["A03 with a comma behind it", `${right},`],
    ["A03 wrapped twice", ` "<${right}>", `],
    ["A03 with half of a pair", `"${right}`],
    ["A04 over two lines", right.replace("&state", "\n&state")],
    ["A04 over five lines", right.match(/.{1,20}/g)?.join("\r\n")],
    ["A04 indented and padded by a screen", right.match(/.{1,20}/g)?.join("   \n    ")],
    ["A06 with &amp; for &", right.replace("&", "&amp;")],
    ["without its scheme", right.replace("https://", "")],
    ["A28 the query alone", `?code=${code}&state=${state}`],
    ["A28 the query without its question mark", `code=${code}&state=${state}`],
    [
      "A28 the query with the issuer's address in it",
      `?state=${state}&iss=https://as.example&code=${code}`,
    ],
  ])("is read %s", (_what, text) => {
    const address = readPastedAddress(text ?? "", awaited);
    if (address instanceof OAuthLabError) throw address;
    const verdict = verifyRedirect(address, {
      redirectUri: awaited.redirectUri,
      state,
      issuer: "https://as.example",
      issRequired: false,
    });
    expect(verdict).toMatchObject({ kind: "verified" });
  });

  it("A05 is read at a suspicious length, if it is whole", () => {
    const text = right.replace(code, "c".repeat(4095 - right.length + code.length));
    expect(text).toHaveLength(4095);
    expect(readPastedAddress(text, awaited)).toBe(text);
  });

  it("A08 is not made ours: another host stays another host", () => {
    const text = right.replace("localhost:8000", "evil.example");
    expect(readPastedAddress(text, awaited)).toBe(text);
  });
});

describe("a slip of the hand gets a sentence that helps", () => {
  it.each([
    ["A27 the code alone", code, "code_only_pasted", /whole address/],
    ["A27 a code that looks like a parameter", "abc=", "code_only_pasted", /whole address/],
    [
      "A30 the authorization URL",
      `https://as.example/authorize?tenant=1&client_id=x&state=${state}`,
      "authorization_url_pasted",
      /address to open/,
    ],
    ["an empty line", "", "paste_empty", /Nothing/],
    ["spaces and quotes", " \"' ", "paste_empty", /Nothing/],
    [
      "A05 cut off before the state",
      `${awaited.redirectUri}?code=${"c".repeat(4095)}`.slice(0, 4095),
      "paste_cut",
      /cut off .* 4095 characters/,
    ],
    [
      "A05 cut off in the name of the state",
      `${awaited.redirectUri}?code=${"c".repeat(1016 - 37)}&state=`,
      "paste_cut",
      /cut off .* 1023 characters/,
    ],
    ["A32 5 MB", "x".repeat(5_000_000), "paste_too_long", /64 KiB/],
  ])("%s", (_what, text, ourCode, message) => {
    const refusal = refusalOf(text);
    expect(refusal).toMatchObject({ kind: "usage", code: ourCode });
    expect(refusal.message).toMatch(message);
    expect(refusal.hint).toContain("copy the whole address");
  });
});

describe("a character that hides in the address is refused", () => {
  it.each([
    ["A02 a zero-width space", "\u200b"],
    ["A33 a colour", "\u001b[31m"],
    ["A33 the clipboard's escape", "\u001b]52;c;ZXZpbA==\u0007"],
    ["A33 a null", "\u0000"],
    ["A33 a C1 control", "\u009b"],
    ["A33 a turn of the writing direction", "\u202e"],
    ["a letter outside of ASCII", "é"],
    ["a space", " "],
  ])("%s", (_what, hidden) => {
    const refusal = refusalOf(`${right.slice(0, 30)}${hidden}${right.slice(30)}`);
    expect(refusal).toMatchObject({ kind: "unsafe", code: "hidden_characters" });
    expect(refusal.message).toContain("at position 31");
  });
});

describe("for every text", () => {
  it("is an address in plain ASCII, or a refusal that shows nothing of it", () => {
    const texts = fc.oneof(
      hostileText,
      fc.tuple(hostileText, hostileText).map(([before, after]) => `${before}${right}${after}`),
      fc
        .tuple(fc.nat(right.length), hostileText)
        .map(([at, text]) => `${right.slice(0, at)}${text}${right.slice(at)}`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const answer = readPastedAddress(text, awaited);
        if (answer instanceof OAuthLabError) refusalOf(text);
        else expect(answer).toMatch(/^https?:\/\/[\u0021-\u007e]*$/i);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["brackets", "(".repeat(maxPasteLength)],
    ["spaces before a letter", `x${" ".repeat(maxPasteLength - 2)}x`],
    ["full stops before a letter", `x${".".repeat(maxPasteLength - 2)}x`],
    ["line ends", `x${"\n".repeat(maxPasteLength - 2)}x`],
    ["parameters", `a=${"&b=".repeat(20_000)}`],
  ])("reads as much of it as there may be: %s", (_what, text) => {
    expect(refusalOf(text)).toBeInstanceOf(OAuthLabError);
  });
});
