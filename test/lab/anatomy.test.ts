import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { takeApart } from "../../src/lab/anatomy/anatomy.ts";
import { hostileText, longHostileText } from "../support/hostile.ts";

const now = Date.UTC(2026, 10, 23);
const secret = "kX9vQ2mT7bR4wZ1cY8nL5pJ3hF6gD0sA";

function partsOf(text: string): Record<string, string> {
  const anatomy = takeApart(text, now);
  return Object.fromEntries((anatomy?.parts ?? []).map(({ name, value }) => [name, value]));
}

function notesOf(text: string): string {
  return takeApart(text, now)?.notes.join("\n") ?? "";
}

function jwt(header: object, payload: object, signature = "c2lnbmF0dXJl"): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(payload)}.${signature}`;
}

const request = `https://idp.example/authorize?response_type=code&client_id=lab&redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fcb&scope=openid+email&state=${secret}&code_challenge=${secret}&code_challenge_method=S256`;

test("shows an address of another scheme as it is, and says what that means", () => {
  const { parts, notes } = takeApart("com.example.app:/cb?code=x&state=y", now) ?? {};
  expect(parts?.[0]).toMatchObject({ name: "address", value: "com.example.app:/cb" });
  expect(notes?.join(" ")).toContain("any program here may claim it");
  const script = takeApart("javascript:alert(1)?code=x&state=y", now);
  expect(script?.parts[0]?.value).toBe("javascript:alert(1)");
});

describe("an authorization URL", () => {
  test("shows what is asked, and shortens what a thief could use", () => {
    expect(takeApart(request, now)?.kind).toBe("authorization-url");
    expect(partsOf(request)).toEqual({
      address: "https://idp.example/authorize",
      response_type: "code",
      client_id: "lab",
      redirect_uri: "http://127.0.0.1:8000/cb",
      scope: "openid email",
      state: "…D0sA (32 characters)".replace("D0sA", secret.slice(-4)),
      code_challenge: `…${secret.slice(-4)} (32 characters)`,
      code_challenge_method: "S256",
    });
    expect(notesOf(request)).toBe("");
  });

  test.each([
    ["state", "&state=", "&stat=", "Without state"],
    ["PKCE", "&code_challenge=", "&challenge=", "Without PKCE"],
    ["S256", "_method=S256", "_method=plain", "PKCE without S256"],
    ["the code flow", "=code&", "=token&", "asks for a token through the browser"],
    ["TLS", "https://idp", "http://idp", "It is http"],
    ["the secret kept out", "&scope", "&client_secret=abc&scope", "must be replaced"],
    ["one of each", "&scope", "&client_id=two&scope", "client_id stands there twice"],
  ])("is found to lack %s", (_what, from, to, note) => {
    expect(notesOf(request.replace(from, to))).toContain(note);
  });
});

describe("a redirect URL", () => {
  test("shows the answer with its code shortened, and says what is missing", () => {
    const text = `https://localhost:8000/callback?code=${secret}`;
    expect(takeApart(text, now)?.kind).toBe("redirect-url");
    expect(partsOf(text)).toEqual({
      address: "https://localhost:8000/callback",
      code: `…${secret.slice(-4)} (32 characters)`,
    });
    expect(notesOf(text)).toContain("It has no state");
    expect(notesOf(text)).toContain("It has no iss");
  });

  test("shows a refusal in the server's words", () => {
    const text = "http://127.0.0.1:1/cb?error=access_denied&error_description=No%20way&state=abc";
    expect(partsOf(text)).toMatchObject({ error: "access_denied", error_description: "No way" });
  });

  test("never shows a token behind the #", () => {
    const text = `https://app.example/cb#access_token=${secret}&token_type=bearer`;
    expect(JSON.stringify(takeApart(text, now))).not.toContain(secret);
    expect(notesOf(text)).toContain("It carries a token");
  });
});

describe("a JWT", () => {
  test("is decoded, its times are told, and it is said not to be verified", () => {
    const claims = { iss: "https://idp.example", sub: "1", exp: now / 1000 + 3600, nonce: secret };
    const text = jwt({ alg: "RS256" }, claims);
    expect(takeApart(text, now)?.title).toContain("NOT verified");
    expect(partsOf(text)).toMatchObject({
      "header alg": "RS256",
      iss: "https://idp.example",
      exp: `${claims.exp} = 2026-11-23T01:00:00.000Z (in 1 hour)`,
      nonce: `…${secret.slice(-4)} (32 characters)`,
    });
  });

  test("without a signature, or after its time, says so", () => {
    const text = jwt({ alg: "none" }, { exp: 1 }, "");
    expect(notesOf(text)).toContain("unsigned");
    expect(notesOf(text)).toContain("It has expired");
  });

  test("survives times that no calendar has", () => {
    for (const exp of [1e300, -1e300, Number.MAX_SAFE_INTEGER, "soon", null]) {
      expect(takeApart(jwt({ alg: "RS256" }, { exp }), now)?.kind).toBe("jwt");
    }
  });
});

test.each(["", "pkce", "https://example.com/", "a.b.c", `gho_${secret}`, "x".repeat(40_000)])(
  "takes nothing apart that is neither: %.30s",
  (text) => {
    expect(takeApart(text, now)).toBeUndefined();
  },
);

describe("hostile input", () => {
  const value = fc.oneof(hostileText, longHostileText);
  const shaped = fc.oneof(
    value,
    fc
      .tuple(value, value)
      .map(
        ([a, b]) =>
          `https://a.example/${encodeURIComponent(Buffer.from(a).toString())}?code=x&${b}`,
      ),
    fc
      .tuple(value, value)
      .map(
        ([a, b]) => `https://a.example/cb?${new URLSearchParams({ code: a, [b]: a, error: b })}`,
      ),
    fc.tuple(value, value).map(([a, b]) => jwt({ alg: a, [b]: 1 }, { [a]: b, exp: a, nonce: b })),
    fc.object().map((object) => jwt(object, object)),
  );

  test("never throws, and what is shown is printable, on one line, and short", () => {
    fc.assert(
      fc.property(shaped, (text) => {
        const anatomy = takeApart(text, now);
        for (const { name, value: shown } of anatomy?.parts ?? []) {
          for (const part of [name, shown]) {
            expect(part).not.toMatch(/[\p{Control}\p{Format}\p{Surrogate}]/u);
            expect(part.length).toBeLessThanOrEqual(260);
          }
        }
        for (const note of anatomy?.notes ?? []) expect(note).not.toMatch(/\p{Control}/u);
      }),
      { numRuns: 300 },
    );
  });

  test("no value that could be a secret is shown whole, whatever its name", () => {
    const name = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !harmless.has(text));
    fc.assert(
      fc.property(name, (unknown) => {
        const query = new URLSearchParams({ code: "x", [unknown]: secret });
        const shown = JSON.stringify(takeApart(`https://a.example/cb?${query}`, now));
        expect(shown).not.toContain(secret);
      }),
    );
  });
});

const harmless = new Set(["iss", "error", "scope", "prompt", "hd"]);
