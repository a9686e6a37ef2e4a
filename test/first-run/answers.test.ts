import { describe, expect, it } from "vitest";
import {
  readClientId,
  readClientSecret,
  readIssuer,
  readName,
  readOptionalSecret,
  suggestName,
} from "../../src/first-run/answers.ts";

describe("a client id", () => {
  it.each([
    ["as it is", "Ov23liABCDEF", "Ov23liABCDEF"],
    ["with spaces around it", " \tOv23liABCDEF\u00a0", "Ov23liABCDEF"],
    ["in quotes", '"Ov23liABCDEF"', "Ov23liABCDEF"],
    ["in typographic quotes", "“Ov23liABCDEF”", "Ov23liABCDEF"],
    ["as a line of an .env", "GITHUB_CLIENT_ID=Ov23liABCDEF", "Ov23liABCDEF"],
    ["as a quoted line of an .env", "GITHUB_CLIENT_ID = 'Ov23liABCDEF'", "Ov23liABCDEF"],
  ])("%s", (_how, answer, value) => {
    expect(readClientId(answer, "github")).toEqual({ value });
  });

  it.each([
    ["nothing", "", /nothing was entered/],
    ["a space inside", "Ov23 liABC", /space or a line break/],
    ["a line break inside", "Ov23\nliABC", /space or a line break/],
    ["a zero-width space inside", "Ov23\u200bliABC", /character that none has/],
    ["dots for a hidden one", "••••••••abcd", /character that none has/],
    ["an escape sequence", "Ov\u001b[31m", /character that none has/],
    ["a placeholder", "your-client-id", /placeholder/],
    ["another placeholder", "<client id>".replace(" ", "-"), /placeholder/],
    ["GitHub's secret", "0123456789abcdef0123456789abcdef01234567", /client secret/],
    ["a GitHub App's number", "123456", /App ID/],
    ["a book", "x".repeat(2000), /longer/],
  ])("not %s", (_what, answer, problem) => {
    expect(readClientId(answer, "github")).toEqual({ problem: expect.stringMatching(problem) });
  });

  it("of Google's has its ending, and is not the secret", () => {
    const value = "1-a.apps.googleusercontent.com";
    expect(readClientId(value, "google")).toEqual({ value });
    expect(readClientId("1-a", "google")).toEqual({ problem: expect.stringContaining("ends in") });
    expect(readClientId("GOCSPX-abc", "google")).toEqual({
      problem: expect.stringContaining("client secret"),
    });
  });
});

describe("a client secret", () => {
  it.each(["abc#def", "it's", 'say"so', "back`tick", "GOCSPX-a_b", "p%2F+/=="])(
    "may be %s",
    (value) => {
      expect(readClientSecret(value, "id")).toEqual({ value });
    },
  );

  it.each([
    ["the id again", "the-id", /client id again/],
    ["Google's id", "1-a.apps.googleusercontent.com", /client id/],
    ["asterisks for a hidden one", "*****abc", /asterisks/],
    ["nothing", "", /nothing/],
  ])("is not %s", (_what, answer, problem) => {
    expect(readClientSecret(answer, "the-id")).toEqual({
      problem: expect.stringMatching(problem),
    });
  });

  it("may be missing where the client is public", () => {
    expect(readOptionalSecret("", "id")).toEqual({ value: "" });
    expect(readOptionalSecret("a b", "id")).toHaveProperty("problem");
  });
});

describe("an issuer", () => {
  it.each([
    ["https://gitlab.com", "https://gitlab.com"],
    ["gitlab.com", "https://gitlab.com"],
    ['"https://idp.example/realms/x"', "https://idp.example/realms/x"],
    ["http://127.0.0.1:9400", "http://127.0.0.1:9400"],
  ])("%s", (answer, value) => {
    expect(readIssuer(answer)).toEqual({ value });
  });

  it.each([
    "",
    "http://idp.example",
    "javascript:alert(1)",
    "https://",
    "https://a b",
    "https://idp.example/.well-known/openid-configuration",
    "https://user:word@idp.example",
  ])("is not %j", (answer) => {
    expect(readIssuer(answer)).toHaveProperty("problem");
  });

  it.each([
    ["https://gitlab.com", "gitlab"],
    ["https://login.example.org/x", "example"],
    ["https://localhost:1", "localhost"],
    ["http://127.0.0.1:9400", "my-idp"],
  ])("%s is called %s", (issuer, name) => {
    expect(suggestName(issuer)).toBe(name);
  });
});

describe("a name", () => {
  const known = { suggested: "gitlab", taken: ["github"] };

  it("is the suggested one on Enter, and small", () => {
    expect(readName("", known)).toEqual({ value: "gitlab" });
    expect(readName("My-IdP", known)).toEqual({ value: "my-idp" });
  });

  it.each(["github", "9to5", "a b", "ü", "-x", "x".repeat(40)])("is not %s", (answer) => {
    expect(readName(answer, known)).toHaveProperty("problem");
  });
});
