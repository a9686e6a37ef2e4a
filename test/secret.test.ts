// A Secret shows in no way of printing it.
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Secret } from "../src/secret.ts";

const value = "gho_0123456789abcdef0123456789abcdef9f2c";
const secret = new Secret(value);

describe("a Secret", () => {
  it.each([
    ["a template", `${secret}`],
    ["a sum of texts", `token: ${String(secret)}`],
    ["JSON", JSON.stringify({ secret, list: [secret] })],
    ["inspect, hidden members included", inspect({ secret }, { showHidden: true, depth: 9 })],
    ["inspect without its own say", inspect(secret, { customInspect: false, showHidden: true })],
    ["an error's cause", inspect(new Error("failed", { cause: secret }))],
    ["its members", JSON.stringify([Object.entries(secret), Reflect.ownKeys(secret).map(String)])],
    ["a copy", inspect({ ...secret })],
    ["a structured clone", inspect(structuredClone(secret))],
  ])("J05 does not stand in %s", (_way, text) => {
    expect(text).not.toContain(value.slice(4, 20));
    expect(text).not.toContain(value.slice(-8));
  });

  it("is told apart by its prefix and its last four characters", () => {
    expect(secret.abbreviate()).toBe("gho_…9f2c");
    expect(secret.length).toBe(value.length);
  });

  it("of few characters shows none of them", () => {
    expect(new Secret("short-secret-of-23-char").abbreviate()).toBe("…");
  });

  it("is revealed on request", () => {
    expect(secret.reveal()).toBe(value);
  });
});
