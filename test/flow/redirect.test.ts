// What a redirect must be to be ours: group A of the attacks, each with its answer, and what holds for every text.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OAuthLabError } from "../../src/errors.ts";
import { type Expected, isVerifiedRedirect, verifyRedirect } from "../../src/flow/redirect.ts";
import { hostileText } from "../support/hostile.ts";

const state = "right-state-0123456789-abcdefghijklmnopqrst";
const wrongState = "wrong-state-9876543210-zyxwvutsrqponmlkjihg";
const code = "code-4f1c2b7a9d0e8f6a";
const expected: Expected = {
  redirectUri: "http://127.0.0.1:8765/callback/github",
  state,
  issuer: "https://as.example",
  issRequired: false,
};
const issRequired: Expected = { ...expected, issRequired: true };
const right = `code=${code}&state=${state}`;
const ours = (query: string) => `${expected.redirectUri}?${query}`;

/** The failure of a verdict, which must tell neither the code nor a state. */
function failureOf(address: string, request: Expected): OAuthLabError {
  const verdict = verifyRedirect(address, request);
  if (verdict.kind === "verified") throw new Error("verified");
  const { message, hint = "" } = verdict.failure;
  for (const secret of [state, wrongState, code])
    expect(`${message} ${hint}`).not.toContain(secret);
  return verdict.failure;
}

describe("an address that is our answer", () => {
  it.each([
    ["A01 code and state", ours(right), expected],
    ["A18 a parameter that nobody knows, twice", ours(`${right}&authuser=0&authuser=1`), expected],
    ["A24 the issuer that was asked", ours(`${right}&iss=https%3A%2F%2Fas.example`), issRequired],
    ["A25 an empty issuer that was not promised", ours(`${right}&iss=`), expected],
    ["a fragment that means nothing", `${ours(right)}#_=_`, expected],
    ["an empty error, which counts as none", ours(`${right}&error=`), expected],
  ])("%s is verified", (_what, address, request) => {
    const verdict = verifyRedirect(address, request);
    if (verdict.kind !== "verified") throw verdict.failure;
    expect(verdict.redirect.code.reveal()).toBe(code);
    expect(isVerifiedRedirect(verdict.redirect)).toBe(true);
  });

  it("F3 becomes a URL that we built, with nothing but what the exchange needs", () => {
    const verdict = verifyRedirect(
      `${ours(`${right}&iss=https://as.example&authuser=0&scope=a`)}#_=_`,
      expected,
    );
    if (verdict.kind !== "verified") throw verdict.failure;
    const { origin, pathname, searchParams, hash } = verdict.redirect.url;
    expect(`${origin}${pathname}`).toBe(expected.redirectUri);
    expect(Object.fromEntries(searchParams)).toEqual({ code, state, iss: "https://as.example" });
    expect(hash).toBe("");
  });

  it("A34 keeps a code as the server wrote it", () => {
    const verdict = verifyRedirect(ours(`code=4%2F0A%2B%25zz%20b&state=${state}`), expected);
    if (verdict.kind !== "verified") throw verdict.failure;
    expect(verdict.redirect.code.reveal()).toBe("4/0A+%zz b");
    expect(verdict.redirect.url.searchParams.get("code")).toBe("4/0A+%zz b");
  });
});

/** [what, address, our code, our kind, a word that the message must have]. */
const foreign: [string, string, string, string, RegExp][] = [
  [
    "A08 another host",
    `https://evil.example/callback/github?${right}`,
    "redirect_mismatch",
    "unsafe",
    /scheme differs/,
  ],
  [
    "A08 another host, same scheme",
    `http://evil.example:8765/callback/github?${right}`,
    "redirect_mismatch",
    "unsafe",
    /host differs/,
  ],
  [
    "A09 our host as the beginning of another",
    `http://127.0.0.1.evil:8765/callback/github?${right}`,
    "redirect_mismatch",
    "unsafe",
    /host differs/,
  ],
  [
    "A09 our host as a user name",
    `http://127.0.0.1:8765@evil/callback/github?${right}`,
    "redirect_mismatch",
    "unsafe",
    /user name differs/,
  ],
  [
    "A09 a user name before our host",
    `http://user@127.0.0.1:8765/callback/github?${right}`,
    "redirect_mismatch",
    "unsafe",
    /user name differs/,
  ],
  [
    "A10 another port",
    `http://127.0.0.1:8766/callback/github?${right}`,
    "redirect_mismatch",
    "unsafe",
    /port differs/,
  ],
  [
    "A10 no port",
    `http://127.0.0.1/callback/github?${right}`,
    "redirect_mismatch",
    "unsafe",
    /port differs/,
  ],
  [
    "A10 another path",
    `http://127.0.0.1:8765/callback/google?${right}`,
    "redirect_mismatch",
    "unsafe",
    /path differs/,
  ],
  [
    "A10 the path in other letters",
    `http://127.0.0.1:8765/CALLBACK/github?${right}`,
    "redirect_mismatch",
    "unsafe",
    /path differs/,
  ],
  [
    "A10 a trailing slash",
    `http://127.0.0.1:8765/callback/github/?${right}`,
    "redirect_mismatch",
    "unsafe",
    /path differs/,
  ],
  [
    "A10 two slashes",
    `http://127.0.0.1:8765//callback/github?${right}`,
    "redirect_mismatch",
    "unsafe",
    /path differs/,
  ],
  [
    "A10 dot segments that lead to our path",
    `http://127.0.0.1:8765/a/../callback/github?${right}`,
    "redirect_mismatch",
    "unsafe",
    /spelling differs/,
  ],
  [
    "A10 an escaped letter",
    `http://127.0.0.1:8765/%63allback/github?${right}`,
    "redirect_mismatch",
    "unsafe",
    /path differs/,
  ],
  [
    "A10 a backslash",
    `http://127.0.0.1:8765\\callback/github?${right}`,
    "redirect_mismatch",
    "unsafe",
    /spelling differs/,
  ],
  [
    "A10 our address in other letters",
    `HTTP://127.0.0.1:8765/callback/github?${right}`,
    "redirect_mismatch",
    "unsafe",
    /spelling differs/,
  ],
  [
    "A10 https instead of http",
    `https://127.0.0.1:8765/callback/github?${right}`,
    "redirect_mismatch",
    "unsafe",
    /scheme differs/,
  ],
  [
    "A11 localhost instead of 127.0.0.1",
    `http://localhost:8765/callback/github?${right}`,
    "redirect_mismatch",
    "unsafe",
    /host differs/,
  ],
  ["no address at all", "hello", "redirect_mismatch", "unsafe", /form differs/],
  ["nothing", "", "redirect_mismatch", "unsafe", /form differs/],
  [
    "A13, A15 a wrong state, as that of an older sign-in is",
    ours(`code=${code}&state=${wrongState}`),
    "state_mismatch",
    "unsafe",
    /another sign-in/,
  ],
  [
    "A13 a state cut short",
    ours(`code=${code}&state=${state.slice(0, -1)}`),
    "state_mismatch",
    "unsafe",
    /another sign-in/,
  ],
  [
    "A13 a state in other letters",
    ours(`code=${code}&state=${state.toUpperCase()}`),
    "state_mismatch",
    "unsafe",
    /another sign-in/,
  ],
  [
    "A13 a state with more behind it",
    ours(`code=${code}&state=${state}0`),
    "state_mismatch",
    "unsafe",
    /another sign-in/,
  ],
  ["A14 no state", ours(`code=${code}`), "state_missing", "unsafe", /no state/],
  ["A14 an empty state", ours(`code=${code}&state=`), "state_missing", "unsafe", /no state/],
  ["B11 no parameters", expected.redirectUri, "state_missing", "unsafe", /no state/],
  [
    "A17 two codes",
    ours(`${right}&code=other-code-0123`),
    "duplicate_parameter",
    "unsafe",
    /two code/,
  ],
  [
    "A17 two states, one of them right",
    ours(`${right}&state=${wrongState}`),
    "duplicate_parameter",
    "unsafe",
    /two state/,
  ],
  [
    "A17 the same state twice",
    ours(`${right}&state=${state}`),
    "duplicate_parameter",
    "unsafe",
    /two state/,
  ],
  [
    "A17 two errors",
    ours(`error=a&error=b&state=${state}`),
    "duplicate_parameter",
    "unsafe",
    /two error/,
  ],
  [
    "A17 a name twice, once escaped",
    ours(`${right}&%63ode=other-code-0123`),
    "duplicate_parameter",
    "unsafe",
    /two code/,
  ],
  [
    "A24 two issuers",
    ours(`${right}&iss=https://as.example&iss=https://evil.example`),
    "duplicate_parameter",
    "unsafe",
    /two iss/,
  ],
  [
    "A19 the answer in the fragment",
    `${expected.redirectUri}#${right}`,
    "fragment_response",
    "protocol",
    /#/,
  ],
  [
    "A19 half of the answer in the fragment",
    `${ours(`state=${state}`)}#code=${code}`,
    "fragment_response",
    "protocol",
    /#/,
  ],
  [
    "A20 an access token in the query",
    ours(`${right}&access_token=token-0123456789`),
    "token_in_redirect",
    "unsafe",
    /token/,
  ],
  [
    "A20 an ID token in the fragment",
    `${ours(right)}#id_token=token-0123456789`,
    "token_in_redirect",
    "unsafe",
    /token/,
  ],
  [
    "A22 an error with a wrong state",
    ours(`error=access_denied&state=${wrongState}`),
    "state_mismatch",
    "unsafe",
    /another sign-in/,
  ],
  [
    "A22 an error without a state",
    ours("error=access_denied"),
    "state_missing",
    "unsafe",
    /no state/,
  ],
  [
    "A34 a line break in the state",
    ours(`code=${code}&state=${state}%0d%0a`),
    "state_mismatch",
    "unsafe",
    /another sign-in/,
  ],
];

it("nothing else passes for a verified redirect", () => {
  const verdict = verifyRedirect(ours(right), expected);
  if (verdict.kind !== "verified") throw verdict.failure;
  const { code: theCode, url } = verdict.redirect;
  for (const forged of [
    { code: theCode, url },
    { ...verdict.redirect },
    Object.create(verdict.redirect),
    undefined,
  ])
    expect(isVerifiedRedirect(forged)).toBe(false);
});

describe("an address that is not our answer", () => {
  it.each(foreign)("%s changes nothing", (_what, address, ourCode, kind, message) => {
    const failure = failureOf(address, expected);
    expect(verifyRedirect(address, expected).kind).toBe("foreign");
    expect(failure).toMatchObject({ code: ourCode, kind });
    expect(failure.message).toMatch(message);
    expect(failure.message).not.toContain("token-0123456789");
  });

  it("A11 says that localhost and 127.0.0.1 are two addresses, either way round", () => {
    const localhost = { ...expected, redirectUri: "https://localhost:8000/callback" };
    expect(failureOf(`https://127.0.0.1:8000/callback?${right}`, localhost).hint).toContain(
      "localhost and 127.0.0.1 are two addresses",
    );
    expect(failureOf(`http://localhost:8765/callback/github?${right}`, expected).hint).toContain(
      "localhost and 127.0.0.1 are two addresses",
    );
  });

  it("C05 is every address, where the expected state is empty", () => {
    const address = `${expected.redirectUri}?code=${code}&state=`;
    expect(failureOf(address, { ...expected, state: "" }).code).toBe("state_missing");
  });
});

const final: [string, string, Expected, string, string][] = [
  [
    "A21 a denial",
    ours(`error=access_denied&state=${state}`),
    expected,
    "access_denied",
    "refused",
  ],
  [
    "A23 an error beside a code",
    ours(`${right}&error=access_denied`),
    expected,
    "access_denied",
    "refused",
  ],
  [
    "A24 another issuer",
    ours(`${right}&iss=https://evil.example`),
    expected,
    "issuer_mismatch",
    "unsafe",
  ],
  [
    "A24 the issuer with a slash more",
    ours(`${right}&iss=https://as.example/`),
    expected,
    "issuer_mismatch",
    "unsafe",
  ],
  ["A24 no issuer, though it was promised", ours(right), issRequired, "issuer_missing", "unsafe"],
  [
    "A24 an empty issuer, though it was promised",
    ours(`${right}&iss=`),
    issRequired,
    "issuer_missing",
    "unsafe",
  ],
  [
    "A24 a denial by another issuer",
    ours(`error=access_denied&state=${state}&iss=https://evil.example`),
    expected,
    "issuer_mismatch",
    "unsafe",
  ],
  ["A26 an empty code", ours(`code=&state=${state}`), expected, "code_missing", "protocol"],
  ["A26 no code", ours(`state=${state}`), expected, "code_missing", "protocol"],
  [
    "A34 a null byte in the code",
    ours(`code=${code}%00&state=${state}`),
    expected,
    "code_malformed",
    "unsafe",
  ],
  [
    "A34 a line break in the code",
    ours(`code=${code}%0d%0aHost:x&state=${state}`),
    expected,
    "code_malformed",
    "unsafe",
  ],
  [
    "A34 broken UTF-8 in the code",
    ours(`code=${code}%E0%A4%A&state=${state}`),
    expected,
    "code_malformed",
    "unsafe",
  ],
  [
    "A34 a code of 5,000 characters",
    ours(`code=${"c".repeat(5000)}&state=${state}`),
    expected,
    "code_malformed",
    "unsafe",
  ],
];

describe("our answer, which ends the login", () => {
  it.each(final)("%s", (_what, address, request, ourCode, kind) => {
    expect(verifyRedirect(address, request).kind).toBe("final");
    expect(failureOf(address, request)).toMatchObject({ code: ourCode, kind });
  });

  it("A21 R27 shows the provider's words escaped and cut", () => {
    const words = `no\u001b[2J\u202e${"x".repeat(5000)}`;
    const query = new URLSearchParams({ error: "access_denied", error_description: words, state });
    const { message } = failureOf(ours(query.toString()), expected);
    expect(message).toContain("no\\u{1b}[2J\\u{202e}");
    expect(message).not.toContain("\u001b");
    expect(message.length).toBeLessThan(500);
  });
});

describe("for every text", () => {
  const pairs = fc.array(
    fc.tuple(
      fc.constantFrom("code", "state", "iss", "error", "error_description", "access_token", "x"),
      fc.oneof(hostileText, fc.constantFrom(state, wrongState, code, "https://as.example", "")),
    ),
    { maxLength: 6 },
  );
  const bases = fc.oneof(
    { weight: 4, arbitrary: fc.constant(expected.redirectUri) },
    { weight: 1, arbitrary: fc.webUrl() },
    { weight: 1, arbitrary: hostileText },
  );
  const addresses = fc
    .tuple(bases, fc.constantFrom("?", "#", "&"), pairs)
    .map(
      ([base, separator, parameters]) => `${base}${separator}${new URLSearchParams(parameters)}`,
    );

  it("verifies nothing without our exact address, the right state once and a code", () => {
    fc.assert(
      fc.property(fc.oneof(addresses, hostileText), (address) => {
        const verdict = verifyRedirect(address, expected);
        if (verdict.kind !== "verified") return;
        const query = new URLSearchParams(address.slice(address.indexOf("?")).split("#")[0]);
        expect(address.startsWith(`${expected.redirectUri}?`)).toBe(true);
        expect(query.getAll("state")).toEqual([state]);
        expect(query.getAll("code")).toEqual([verdict.redirect.code.reveal()]);
        expect(query.get("error") ?? "").toBe("");
        expect(["", "https://as.example"]).toContain(query.get("iss") ?? "");
        expect(`${verdict.redirect.url}`.startsWith(`${expected.redirectUri}?code=`)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("tells a wrong state before it looks at anything behind it", () => {
    fc.assert(
      fc.property(
        hostileText,
        hostileText,
        fc.constantFrom("code", "error"),
        (other, value, name) => {
          fc.pre(other !== state && other !== "");
          const query = new URLSearchParams({ [name]: value, state: other, iss: value });
          const verdict = verifyRedirect(ours(query.toString()), expected);
          expect(verdict).toMatchObject({ kind: "foreign", failure: { code: "state_mismatch" } });
        },
      ),
      { numRuns: 500 },
    );
  });
});
