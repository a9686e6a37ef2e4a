import { afterEach, describe, expect, it, vi } from "vitest";
import { Records } from "../../src/sandbox/records.ts";

const limits = { lasting: 20, passing: 10 };
const day = 24 * 3600;

afterEach(() => {
  vi.useRealTimers();
});

describe("the records", () => {
  it("stay within their limits after ten thousand logins", async () => {
    const records = new Records([], limits);
    for (let login = 0; login < 10_000; login += 1) {
      await records.adapter("Grant").upsert(`grant-${login}`, {}, 365 * day);
      await records.adapter("AuthorizationCode").upsert(`code-${login}`, {}, 60);
      await records.adapter("AccessToken").upsert(`access-${login}`, {}, 3600);
      await records.adapter("RefreshToken").upsert(`refresh-${login}`, {}, 14 * day);
    }
    const saved = records.toSave().map(({ id }) => id);
    expect(saved).toHaveLength(30);
    expect(saved).toContain("refresh-9999");
    expect(saved).not.toContain("refresh-0");
  });

  it("never give up a code under way for the sake of old grants", async () => {
    const records = new Records([], limits);
    await records.adapter("AuthorizationCode").upsert("code", {}, 60);
    for (let grant = 0; grant < 100; grant += 1) {
      await records.adapter("Grant").upsert(`grant-${grant}`, {}, 365 * day);
    }
    expect(await records.adapter("AuthorizationCode").find("code")).toBeDefined();
  });

  it("drop what has expired before what is still good", async () => {
    const records = new Records([], limits);
    await records.adapter("AccessToken").upsert("good", {}, 3600);
    for (let code = 0; code < 9; code += 1) {
      await records.adapter("AuthorizationCode").upsert(`code-${code}`, {}, 60);
    }
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    await records.adapter("AccessToken").upsert("new", {}, 3600);
    expect(records.toSave().map(({ id }) => id)).toEqual(["good", "new"]);
  });

  it("keep a grant that is in use before a newer one that is not", async () => {
    const grants = new Records([], limits).adapter("Grant");
    await grants.upsert("in-use", {}, 365 * day);
    for (let grant = 0; grant < 100; grant += 1) {
      await grants.upsert(`grant-${grant}`, {}, 365 * day);
      await grants.find("in-use");
    }
    expect(await grants.find("in-use")).toBeDefined();
    expect(await grants.find("grant-0")).toBeUndefined();
  });

  it("keep every other login through a thousand refreshes with one", async () => {
    const records = new Records([], limits);
    const tokens = records.adapter("RefreshToken");
    await records.adapter("Grant").upsert("other", {}, 365 * day);
    await tokens.upsert("of-other", { grantId: "other" }, 14 * day);
    for (let rotation = 0; rotation < 1000; rotation += 1) {
      await tokens.upsert(`token-${rotation}`, { grantId: "busy" }, 14 * day);
      if (rotation > 0) await tokens.consume(`token-${rotation - 1}`);
    }
    expect(await tokens.find("of-other")).toBeDefined();
    expect(await tokens.find("token-999")).toEqual({ grantId: "busy" });
    expect(await tokens.find("token-998")).toHaveProperty("consumed");
    expect(records.toSave().length).toBeLessThan(15);
  });

  it("forget all that a revoked grant gave, and nothing else", async () => {
    const records = new Records([], limits);
    await records.adapter("AccessToken").upsert("a", { grantId: "one" }, 3600);
    await records.adapter("RefreshToken").upsert("r", { grantId: "one" }, 3600);
    await records.adapter("RefreshToken").upsert("other", { grantId: "two" }, 3600);
    await records.adapter("AccessToken").revokeByGrantId("one");
    expect(records.toSave().map(({ id }) => id)).toEqual(["other"]);
  });

  it("count as changed only by what is saved", async () => {
    const records = new Records([], limits);
    await records.adapter("Session").upsert("s", {}, 3600);
    await records.adapter("Interaction").destroy("none");
    expect(records.revision).toBe(0);
    await records.adapter("Grant").upsert("g", {}, 3600);
    expect(records.revision).toBe(1);
    await records.adapter("Grant").destroy("g");
    expect(records.revision).toBe(2);
  });
});
