// The catalogues: what no type can say of a text.
import { describe, expect, test } from "vitest";
import { english } from "../../src/lab/texts/english.ts";
import { russian } from "../../src/lab/texts/russian.ts";

/** Every text by its path; a text that takes arguments is given some. */
function flatten(value: unknown, path = ""): [path: string, text: string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value === "function") {
    const given = value.length === 1 && /messages$/.test(path) ? [[1, 2]] : [3, 4];
    return [[path, String(value(...given))]];
  }
  return Object.entries(value as object).flatMap(([key, member]) =>
    flatten(member, path === "" ? key : `${path}.${key}`),
  );
}

/** Names of parameters and products, and signs: the same in every language. */
const untranslated =
  /^(?:oauth-lab|API|redirect|state|iss|PKCE|aud|nonce|exp|scope|token_type|—|№ 1, 2)$/;

test("every Russian text is Russian, and no Latin letter hides in a Russian word", () => {
  for (const [path, text] of flatten(russian)) {
    if (untranslated.test(text)) continue;
    expect(text, path).toMatch(/[а-яё]/i);
    for (const word of text.match(/[\p{L}]+/gu) ?? [])
      expect(word, path).toMatch(/^(?:\p{Script=Latin}+|\p{Script=Cyrillic}+)$/u);
  }
});

describe.each(Object.entries({ english, russian }))("the %s texts", (_, texts) => {
  test("of purposes fit a line of the trace and one of the diagram", () => {
    for (const [name, text] of Object.entries(texts.purposes)) {
      const channel = /^(authorization|refused)/.test(name) ? "front" : "back";
      const right = `${texts.trace.channels[channel]}  RFC 6749 §4.1.1`;
      expect(`[10] ${text}  ${right}`.length, text).toBeLessThanOrEqual(80);
      expect(`10 ${text} ✗`.length, text).toBeLessThanOrEqual(45);
    }
  });

  test("of the checklist fit their columns", () => {
    for (const name of Object.values(texts.checks.names))
      expect(name.length, name).toBeLessThanOrEqual(13);
    for (const mark of Object.values(texts.trace.marks)) expect(mark.length).toBeLessThanOrEqual(4);
  });

  test("hold no markup", () => {
    for (const [path, text] of flatten(texts)) expect(text, path).not.toMatch(/`|\*\*|&\w+;|\s{2}/);
  });
});
