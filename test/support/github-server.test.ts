import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { startGitHubServer } from "./github-server.ts";
import type { GitHubOptions } from "./github-state.ts";

const redirectUri = "http://127.0.0.1:4321/callback/github";
const verifier = "verifier-".repeat(6);
const challenge = createHash("sha256").update(verifier).digest("base64url");

/** GitHub, and one function for each thing that a client does there. */
async function startClient(options: GitHubOptions = {}) {
  const server = await startGitHubServer(options);
  const client = { client_id: server.clientId, client_secret: server.clientSecret };
  const authorize = async (parameters: Record<string, string> = {}) => {
    const query = new URLSearchParams({
      client_id: server.clientId,
      redirect_uri: redirectUri,
      scope: "read:user",
      state: "state-1",
      code_challenge: challenge,
      code_challenge_method: "S256",
      ...parameters,
    });
    const url = `${server.url}/login/oauth/authorize?${query}`;
    const { headers } = await fetch(url, { redirect: "manual" });
    return new URL(headers.get("location") ?? "");
  };
  const post = async (parameters: Record<string, string>, path = "/login/oauth/access_token") => {
    const body = new URLSearchParams({ ...client, ...parameters });
    const headers = { accept: "application/json" };
    const answer = await fetch(server.url + path, { method: "POST", body, headers });
    return { status: answer.status, json: (await answer.json()) as Record<string, string> };
  };
  const exchange = (code: string, parameters: Record<string, string> = {}) =>
    post({ code, redirect_uri: redirectUri, code_verifier: verifier, ...parameters });
  const login = async (scope: string) => {
    const callback = await authorize({ scope });
    const { json } = await exchange(callback.searchParams.get("code") ?? "");
    return {
      ...json,
      access_token: json.access_token ?? "",
      refresh_token: json.refresh_token ?? "",
    };
  };
  const user = (token: string, path = "/user") =>
    fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } });
  return { server, authorize, post, exchange, login, user };
}

describe("the imitated GitHub", () => {
  it("returns code, state and issuer, and takes any port of a loopback IP", async () => {
    const { server, authorize } = await startClient();
    const { origin, searchParams } = await authorize();
    expect(origin).toBe("http://127.0.0.1:4321");
    expect(searchParams.get("state")).toBe("state-1");
    expect(searchParams.get("iss")).toBe(`${server.url}/login/oauth`);
    expect(searchParams.get("code")).toMatch(/^\w{20}$/);
  });

  it("sends a wrong redirect URI's error to the registered one", async () => {
    const { authorize } = await startClient();
    for (const redirect_uri of ["http://127.0.0.1:4321/other", "https://localhost:8001/callback"]) {
      const { pathname, searchParams } = await authorize({ redirect_uri });
      expect(pathname).toBe("/callback/github");
      expect(searchParams.get("error")).toBe("redirect_uri_mismatch");
    }
  });

  it("denies with the state", async () => {
    const { authorize } = await startClient({ decision: "deny", namesIssuer: false });
    expect(Object.fromEntries((await authorize()).searchParams)).toMatchObject({
      error: "access_denied",
      state: "state-1",
    });
  });

  it("refuses a plain challenge", async () => {
    const { authorize } = await startClient();
    const { searchParams } = await authorize({ code_challenge_method: "plain" });
    expect(searchParams.get("error")).toBe("invalid_request");
  });

  it("answers with commas, covers sub-scopes and lets a code be used once", async () => {
    const { authorize, exchange } = await startClient();
    const code = (await authorize({ scope: "user gist user:email" })).searchParams.get("code");
    const first = await exchange(code ?? "");
    expect(first.json).toMatchObject({ scope: "user,gist", token_type: "bearer" });
    expect(first.json).not.toHaveProperty("expires_in");
    const second = await exchange(code ?? "");
    expect(second).toMatchObject({ status: 200, json: { error: "bad_verification_code" } });
  });

  it.each([
    ["a wrong verifier", { code_verifier: "w".repeat(43) }, "bad_verification_code"],
    ["a wrong secret", { client_secret: "wrong" }, "incorrect_client_credentials"],
    ["another redirect URI", { redirect_uri: "http://127.0.0.1:1/x" }, "redirect_uri_mismatch"],
    ["another grant", { grant_type: "password" }, "unsupported_grant_type"],
  ])("refuses %s with status 200", async (_what, parameters, error) => {
    const { authorize, exchange } = await startClient();
    const code = (await authorize()).searchParams.get("code") ?? "";
    expect(await exchange(code, parameters)).toMatchObject({ status: 200, json: { error } });
  });

  it("answers with a form unless JSON is asked for", async () => {
    const { server, authorize } = await startClient();
    const code = (await authorize()).searchParams.get("code") ?? "";
    const body = new URLSearchParams({
      client_id: server.clientId,
      client_secret: server.clientSecret,
      code,
      code_verifier: verifier,
    });
    const url = `${server.url}/login/oauth/access_token`;
    const text = await (await fetch(url, { method: "POST", body })).text();
    expect(new URLSearchParams(text).get("access_token")).toMatch(/^gho_/);
  });

  it("ends both old tokens on a refresh", async () => {
    const { login, post, user } = await startClient();
    const { access_token, refresh_token, ...rest } = await login("read:user offline_access");
    expect(rest).toMatchObject({ scope: "read:user", expires_in: 28800 });
    const form = { grant_type: "refresh_token", refresh_token };
    const renewed = (await post(form)).json;
    expect((await user(renewed.access_token ?? "")).status).toBe(200);
    expect((await user(access_token)).status).toBe(401);
    expect((await post(form)).json.error).toBe("bad_refresh_token");
  });

  it("names the user on both API roots, with the token's scopes", async () => {
    const { login, user } = await startClient();
    const { access_token } = await login("read:user gist");
    for (const path of ["/user", "/api/v3/user"]) {
      const answer = await user(access_token, path);
      expect(await answer.json()).toMatchObject({ login: "octocat" });
      expect(answer.headers.get("x-oauth-scopes")).toBe("read:user, gist");
    }
    expect(await (await user("gho_other")).json()).toMatchObject({ message: "Bad credentials" });
  });

  it("lets the client check and delete a token, with Basic authentication only", async () => {
    const { server, login, user } = await startClient();
    const { access_token } = await login("read:user");
    const call = (method: string, secret: string) =>
      fetch(`${server.url}/applications/${server.clientId}/token`, {
        method,
        headers: { authorization: `Basic ${btoa(`${server.clientId}:${secret}`)}` },
        body: JSON.stringify({ access_token }),
      });
    expect((await call("DELETE", "wrong")).status).toBe(404);
    expect((await call("POST", server.clientSecret)).status).toBe(200);
    expect((await call("DELETE", server.clientSecret)).status).toBe(204);
    expect((await call("POST", server.clientSecret)).status).toBe(404);
    expect((await user(access_token)).status).toBe(401);
  });

  it("keeps a device waiting until the user has decided", async () => {
    const { server, post } = await startClient();
    const { json: device } = await post({ scope: "read:user" }, "/login/device/code");
    expect(device).not.toHaveProperty("verification_uri_complete");
    const poll = {
      grant_type: "urn:ietf:params:oauth:grant-type:device_code",
      device_code: device.device_code ?? "",
    };
    const pending = await post(poll);
    expect(pending).toMatchObject({ status: 200, json: { error: "authorization_pending" } });
    server.decideDevice("allow");
    expect((await post(poll)).json.access_token).toMatch(/^gho_/);
  });

  it("answers as a test tells it to, and as usual where that gives nothing", async () => {
    const { server, post } = await startClient();
    let calls = 0;
    server.answers.token = () => {
      calls += 1;
      return calls === 1 ? { status: 502, body: { error: "bad gateway" } } : undefined;
    };
    expect((await post({ code: "x" })).status).toBe(502);
    expect((await post({ code: "x" })).json.error).toBe("bad_verification_code");
  });

  it("remembers every secret that it gave out", async () => {
    const { server, authorize, exchange } = await startClient();
    const code = (await authorize()).searchParams.get("code") ?? "";
    const { access_token } = (await exchange(code)).json;
    expect(server.issued).toContain(code);
    expect(server.issued).toContain(access_token);
  });
});
