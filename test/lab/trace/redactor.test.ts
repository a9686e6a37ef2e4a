import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HttpExchange } from "../../../src/http/trace.ts";
import { describeMoment } from "../../../src/lab/trace/message.ts";
import { Redactor } from "../../../src/lab/trace/redactor.ts";
import { hostileText } from "../../support/hostile.ts";

const token = "gho_16C7e42F292c6912E7710c838347Ae178B4a";

describe("a placeholder", () => {
  test("names the field, and equal secrets look equal", () => {
    const redactor = new Redactor();
    const placeholder = redactor.parameter("code", "4f3c2b1a9d");
    expect(placeholder).toMatch(/^<code [0-9a-f]{4}>$/);
    expect(redactor.parameter("code", "4f3c2b1a9d")).toBe(placeholder);
    expect(redactor.json({ note: "4f3c2b1a9d" })).toEqual({ note: placeholder });
  });

  test("differs for another secret, however many there are", () => {
    const redactor = new Redactor();
    const placeholders = Array.from({ length: 3000 }, (_, index) =>
      redactor.hide("code", `secret-${index}`),
    );
    expect(new Set(placeholders).size).toBe(3000);
  });

  test("differs in another run", () => {
    const seen = new Set(Array.from({ length: 20 }, () => new Redactor().hide("code", "secret")));
    expect(seen.size).toBeGreaterThan(10);
  });
});

describe("a secret is hidden", () => {
  test.each([
    "access_token",
    "refresh_token",
    "id_token",
    "client_secret",
    "code_verifier",
    "device_code",
    "token",
  ])("by its field %s, whatever it looks like", (field) => {
    const redactor = new Redactor();
    expect(redactor.parameter(field, "abc")).toMatch(/^<\w+ [0-9a-f]{4}>$/);
    expect(redactor.json({ deep: [{ [field]: "xyz" }] })).toEqual({
      deep: [{ [field]: expect.stringMatching(/^<\w+ [0-9a-f]{4}>$/) }],
    });
  });

  test("by what it looks like, whatever its field", () => {
    expect(new Redactor().json({ my_key: token })).toEqual({
      my_key: expect.stringMatching(/^<my_key /),
    });
  });

  test("by value, wherever it stands and however it is encoded", () => {
    const redactor = new Redactor();
    const secret = 'p@ss "word"/ü';
    const placeholder = redactor.hide("client_secret", secret);
    for (const text of [
      secret,
      encodeURIComponent(secret),
      new URLSearchParams({ a: secret }).toString(),
      JSON.stringify({ a: secret }),
    ]) {
      const redacted = redactor.text(`before ${text} after`);
      expect(redacted).toContain(placeholder);
      expect(redacted).not.toContain("word");
    }
  });

  test("in the Authorization header, of either scheme", () => {
    const redactor = new Redactor();
    expect(redactor.authorization(`Bearer ${token}`)).toMatch(
      /^Bearer <access_token [0-9a-f]{4}>$/,
    );
    const basic = Buffer.from("lab-client:s%26cret-value").toString("base64");
    expect(redactor.authorization(`Basic ${basic}`)).toMatch(
      /^Basic lab-client:<client_secret [0-9a-f]{4}>$/,
    );
    expect(redactor.text("s&cret-value")).toMatch(/^<client_secret/);
    expect(redactor.text(basic)).toBe("<credentials>");
    expect(redactor.authorization("Unknown abcdef")).toMatch(/^<authorization /);
  });

  test.each([
    "pem",
    "private_key",
    "secret",
    "webhook_secret",
    "api_key",
    "apiKey",
    "x-api-key",
    "clientSecret",
    "private_keys",
    "temp_clone_token",
    "passphrase",
  ])("by the names that APIs give: %s", (field) => {
    const redactor = new Redactor();
    expect(redactor.apiJson({ [field]: "two words" })).toEqual({
      [field]: expect.stringMatching(/^<[\w-]+ [0-9a-f]{4}>$/),
    });
    expect(redactor.text("quotes two words")).not.toContain("two words");
  });

  test("whatever the field of a key is, and in any text", () => {
    const pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEcanary\n-----END RSA PRIVATE KEY-----\n";
    const redactor = new Redactor();
    const shown = [
      redactor.apiJson({ note: `a ${pem}`, deep: [{ more: pem }] }),
      redactor.json({ note: pem }),
      redactor.parameter("note", pem),
      redactor.text(`it said: ${encodeURIComponent(pem)}`),
    ];
    expect(JSON.stringify(shown)).not.toContain("MIIEcanary");
  });

  test("of an API where it looks like a token, in its place only", () => {
    const redactor = new Redactor();
    const shown = redactor.apiJson({ sha: token, note: "c" }) as { sha: string };
    expect(shown.sha).toMatch(/^<sha [0-9a-f]{8}>$/);
    expect(redactor.apiJson({ sha: token })).toEqual({ sha: shown.sha });
    expect(redactor.text(token)).toBe(token);
  });

  test("with no rest of it where it overlaps with another", () => {
    const redactor = new Redactor();
    redactor.hide("state", "abcdefgh");
    redactor.hide("code", "fghijklmnop");
    redactor.hide("nonce", "bcdefg");
    expect(redactor.text("x abcdefghijklmnop y")).toMatch(
      /^x <state [0-9a-f]{4}><code [0-9a-f]{4}> y$/,
    );
  });

  test("also where one secret is the beginning of another", () => {
    const redactor = new Redactor();
    redactor.hide("state", "abcdefgh");
    redactor.hide("code", "abcdefgh-and-more");
    expect(redactor.text("abcdefgh-and-more")).toMatch(/^<code [0-9a-f]{4}>$/);
  });
});

test("what is no secret stays readable", () => {
  const redactor = new Redactor();
  expect(redactor.parameter("client_id", "Ov23liABCDEFGHIJKLMN")).toBe("Ov23liABCDEFGHIJKLMN");
  expect(redactor.json({ error: "invalid_grant", code: "some_code", expires_in: 3600 })).toEqual({
    error: "invalid_grant",
    code: "some_code",
    expires_in: 3600,
  });
});

describe("a whole exchange", () => {
  const base: HttpExchange = {
    kind: "http",
    method: "POST",
    url: "https://idp.example/token",
    requestHeaders: { "content-type": "application/x-www-form-urlencoded" },
    requestBody: "",
    status: 200,
    responseHeaders: { "content-type": "application/json" },
    responseBody: "",
    startedAt: 0,
    milliseconds: 1,
  };
  const secret = fc
    .string({ unit: "grapheme", minLength: 8, maxLength: 60 })
    .filter((text) => text.trim().length >= 8 && !/^(.)\1*$/u.test(text));

  test("shows no secret that stands in any of its parts", () => {
    const parts = fc.record({
      code: secret,
      verifier: secret,
      access: secret,
      refresh: secret,
      note: hostileText,
    });
    fc.assert(
      fc.property(parts, ({ code, verifier, access, refresh, note }) => {
        const exchange: HttpExchange = {
          ...base,
          url: `https://idp.example/token?${new URLSearchParams({ state: code })}`,
          requestHeaders: {
            ...base.requestHeaders,
            authorization: `Bearer ${encodeURIComponent(Buffer.from(access).toString())}`,
          },
          requestBody: new URLSearchParams({
            code,
            code_verifier: verifier,
            echo: `x ${code} y`,
          }).toString(),
          responseBody: JSON.stringify({
            access_token: access,
            refresh_token: refresh,
            note: `${note} ${verifier}`,
            deep: [{ code_verifier: verifier }],
          }),
        };
        const shown = JSON.stringify(describeMoment({ event: exchange, at: 0 }, new Redactor()));
        for (const value of [code, verifier, access, refresh]) {
          expect(shown).not.toContain(JSON.stringify(value).slice(1, -1));
        }
      }),
      { numRuns: 200 },
    );
  });

  test("tells of a page only how long it is", () => {
    const page = {
      ...base,
      responseHeaders: { "content-type": "text/html" },
      responseBody: `<p>${token}</p>`,
    };
    expect(describeMoment({ event: page, at: 0 }, new Redactor())?.responseBody).toEqual({
      mediaType: "text/html",
      fields: [],
      characters: token.length + 7,
    });
  });
});
