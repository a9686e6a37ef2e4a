// Answers put right before the library sees them, and only where a provider is known to need it.
import { describe, expect, it } from "vitest";
import { straighten } from "../../src/http/quirks.ts";
import type { Quirk } from "../../src/providers/provider.ts";

/** What comes of this answer to a POST at a provider with these quirks. */
async function answer(
  body: unknown,
  {
    quirks = [],
    method = "POST",
    status = 200,
  }: { quirks?: Quirk[]; method?: string; status?: number } = {},
) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const fetch = straighten(
    async () => new Response(text, { status, headers: { "content-type": "text/html" } }),
    new Set(quirks),
  );
  const response = await fetch("https://as.example/token", { method });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    text: await response.text(),
  };
}

const json = async (...given: Parameters<typeof answer>) =>
  JSON.parse((await answer(...given)).text);

describe("errors-with-200", () => {
  const error = { error: "bad_verification_code", error_description: "expired" };
  it("makes an error of an error", async () => {
    const straight = await answer(error, { quirks: ["errors-with-200"] });
    expect(straight).toMatchObject({ status: 400, type: "application/json" });
    expect(JSON.parse(straight.text)).toEqual(error);
  });
  it("leaves tokens alone, whatever stands beside them", async () => {
    const both = { ...error, access_token: "t" };
    expect(await answer(both, { quirks: ["errors-with-200"] })).toMatchObject({ status: 200 });
  });
  it("is no other provider's", async () => {
    expect(await answer(error)).toMatchObject({ status: 200 });
  });
});

describe("comma-scopes", () => {
  it("become spaces, at that provider only", async () => {
    const body = { scope: "repo,gist,user:email" };
    expect(await json(body, { quirks: ["comma-scopes"] })).toEqual({
      scope: "repo gist user:email",
    });
    expect(await json(body)).toEqual(body);
  });
});

describe("verification-url", () => {
  const body = { verification_url: "https://google.example/device", interval: "5" };
  it("is called verification_uri too, where there is none", async () => {
    const quirks: Quirk[] = ["verification-url"];
    expect(await json(body, { quirks })).toMatchObject({ verification_uri: body.verification_url });
    expect(
      await json({ ...body, verification_uri: "https://as.example" }, { quirks }),
    ).toMatchObject({
      verification_uri: "https://as.example",
    });
    expect(await json(body)).not.toHaveProperty("verification_uri");
  });
  it("reads an interval that is text", async () => {
    expect(await json(body)).toMatchObject({ interval: 5 });
  });
});

describe("D24, D25 expires_in", () => {
  it.each([
    [3600, 3600],
    ["3600", 3600],
    ["3599.5", 3599],
    [0, 0],
    [1e308, 315_360_000],
    ["999999999999999", 315_360_000],
    [-1, undefined],
    ["-1", undefined],
    ["1h", undefined],
    ["", undefined],
    ["0x10", undefined],
    [null, undefined],
    [{}, undefined],
    [[], undefined],
    [true, undefined],
  ])("%j is %j", async (given, expected) => {
    expect(await json({ expires_in: given })).toEqual(
      expected === undefined ? {} : { expires_in: expected },
    );
  });
});

describe("members that are null or empty", () => {
  it("are left out, but an empty scope is a scope", async () => {
    const empty = { refresh_token: "", id_token: "", scope: "", expires_in: "" };
    expect(await json(empty)).toEqual({ scope: "" });
    const nothing = { refresh_token: null, id_token: null, scope: null, expires_in: null };
    expect(await json(nothing)).toEqual({});
    expect(await json({ access_token: null })).toEqual({ access_token: null });
  });
});

describe("what is not straightened", () => {
  const untidy = '{"expires_in": "1h"}';
  it.each([
    ["a GET", { method: "GET" }],
    ["an error status", { status: 400 }],
  ])("%s", async (_what, given) => {
    expect(await answer(untidy, given)).toMatchObject({ text: untidy, type: "text/html" });
  });
  it.each(["<html>", "null", "[]", '"text"', "", "{"])(
    "an answer that is no object: %s",
    async (text) => {
      expect(await answer(text)).toEqual({ status: 200, type: "text/html", text });
    },
  );
});
