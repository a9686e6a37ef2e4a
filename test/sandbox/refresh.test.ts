import { afterEach, describe, expect, it, vi } from "vitest";
import { approve, authorizationUrl, exchange, logIn, refresh, start, tryUserinfo } from "./lab.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** oidc-provider tells the time by Date alone. */
function letPass(seconds: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });
}

describe("refresh tokens", () => {
  it("are replaced with each use", async () => {
    const sandbox = await start();
    const first = await logIn(sandbox);
    const { body } = await refresh(sandbox, first.refreshToken);
    expect(body.refresh_token).toMatch(/^sandbox_/);
    expect(body.refresh_token).not.toBe(first.refreshToken);
    expect(body.access_token).not.toBe(first.accessToken);
  });

  it("N04 revoke the whole grant when a replaced one is used again", async () => {
    const sandbox = await start();
    const stolen = await logIn(sandbox);
    const { body } = await refresh(sandbox, stolen.refreshToken);
    const tokens = {
      accessToken: String(body.access_token),
      refreshToken: String(body.refresh_token),
    };
    expect(await tryUserinfo(sandbox, tokens)).toBe(200);
    expect((await refresh(sandbox, stolen.refreshToken)).body.error).toBe("invalid_grant");
    expect(await tryUserinfo(sandbox, tokens)).toBe(401);
    expect((await refresh(sandbox, tokens.refreshToken)).body.error).toBe("invalid_grant");
  });

  it("leave another login of the same user and client alone when one is revoked", async () => {
    const sandbox = await start();
    const [one, other] = [await logIn(sandbox), await logIn(sandbox)];
    await refresh(sandbox, one.refreshToken);
    await refresh(sandbox, one.refreshToken);
    expect((await refresh(sandbox, other.refreshToken)).status).toBe(200);
  });

  it.each([
    ["offline_access", { scope: "openid" }],
    ["prompt=consent", { prompt: "" }],
  ])("are not issued without %s", async (_name, changes) => {
    const sandbox = await start();
    const redirect = await approve(authorizationUrl(sandbox, changes));
    const { status, body } = await exchange(sandbox, redirect.searchParams.get("code") ?? "");
    expect(status).toBe(200);
    expect(body).not.toHaveProperty("refresh_token");
  });

  it("end after their lifetime, and each rotation starts it anew", async () => {
    const sandbox = await start({ refreshTokenTtlSeconds: 100, accessTokenTtlSeconds: 50 });
    const first = await logIn(sandbox);
    letPass(60);
    expect(await tryUserinfo(sandbox, first)).toBe(401);
    const second = (await refresh(sandbox, first.refreshToken)).body;
    expect(second.expires_in).toBe(50);
    letPass(60);
    const third = (await refresh(sandbox, String(second.refresh_token))).body;
    expect(third.refresh_token).toMatch(/^sandbox_/);
    letPass(101);
    const { body } = await refresh(sandbox, String(third.refresh_token));
    expect(body.error).toBe("invalid_grant");
  });

  it("go on rotating long after the first one would have ended", async () => {
    const sandbox = await start();
    let { refreshToken } = await logIn(sandbox);
    for (let fortnights = 0; fortnights < 6; fortnights += 1) {
      letPass(13 * 24 * 3600);
      const { status, body } = await refresh(sandbox, refreshToken);
      expect(status).toBe(200);
      refreshToken = String(body.refresh_token);
    }
  });
});
