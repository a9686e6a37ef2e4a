import { createHash, createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type GoogleServer, startGoogleServer } from "./google-server.ts";
import type { GoogleOptions } from "./google-state.ts";

const redirectUri = "http://127.0.0.1:8000/callback/google";
const verifier = "verifier-".repeat(6);
const challenge = createHash("sha256").update(verifier).digest("base64url");

function authorize(server: GoogleServer, parameters: Record<string, string> = {}) {
  const query = new URLSearchParams({
    client_id: server.clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: "openid email",
    state: "state-1",
    nonce: "nonce-1",
    code_challenge: challenge,
    code_challenge_method: "S256",
    ...parameters,
  });
  return fetch(`${server.url}/o/oauth2/v2/auth?${query}`, { redirect: "manual" });
}

async function post(server: GoogleServer, path: string, parameters: Record<string, string>) {
  const body = new URLSearchParams(parameters);
  const answer = await fetch(server.url + path, { method: "POST", body });
  return { status: answer.status, json: (await answer.json()) as Record<string, string> };
}

async function startClient(options: GoogleOptions = {}) {
  const server = await startGoogleServer(options);
  const client = { client_id: server.clientId, client_secret: server.clientSecret };
  const token = (parameters: Record<string, string>) =>
    post(server, "/token", { ...client, ...parameters });
  const exchange = (code: string, parameters: Record<string, string> = {}) => {
    const form = { grant_type: "authorization_code", code, redirect_uri: redirectUri };
    return token({ ...form, code_verifier: verifier, ...parameters });
  };
  const login = async (parameters: Record<string, string> = {}) => {
    const { headers } = await authorize(server, parameters);
    const { searchParams } = new URL(headers.get("location") ?? "");
    return (await exchange(searchParams.get("code") ?? "")).json;
  };
  return { server, client, token, exchange, login };
}

describe("the imitated Google", () => {
  it("returns scope, authuser, prompt and issuer beside code and state", async () => {
    const { server } = await startClient();
    const { headers } = await authorize(server);
    const { searchParams } = new URL(headers.get("location") ?? "");
    expect(Object.fromEntries(searchParams)).toEqual({
      state: "state-1",
      iss: server.url,
      code: expect.stringMatching(/^4\/0A/),
      scope: "openid https://www.googleapis.com/auth/userinfo.email",
      authuser: "0",
      prompt: "none",
    });
  });

  it.each([
    ["a port that is not registered", { redirect_uri: "http://127.0.0.1:8001/callback/google" }],
    ["localhost for 127.0.0.1", { redirect_uri: "http://localhost:8000/callback/google" }],
    ["the scope offline_access", { scope: "openid offline_access" }],
  ])("shows an error page of its own for %s", async (_what, parameters) => {
    const { server } = await startClient();
    const answer = await authorize(server, parameters);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("location")).toBeNull();
  });

  it("lets a desktop client use any loopback address", async () => {
    const { server } = await startClient({ clientType: "desktop" });
    const answer = await authorize(server, { redirect_uri: "http://127.0.0.1:5555/any" });
    expect(answer.status).toBe(302);
  });

  it("gives a refresh token with the first consent, and again only when consent is asked for", async () => {
    const { login } = await startClient();
    expect(await login()).not.toHaveProperty("refresh_token");
    expect(await login({ access_type: "offline" })).not.toHaveProperty("refresh_token");
    expect(await login({ access_type: "offline", scope: "openid profile" })).toHaveProperty(
      "refresh_token",
    );
    expect(await login({ access_type: "offline", prompt: "consent" })).toHaveProperty(
      "refresh_token",
    );
  });

  it("adds earlier grants where they are asked for", async () => {
    const { login } = await startClient();
    await login({ scope: "openid profile" });
    const { scope } = await login({ scope: "openid", include_granted_scopes: "true" });
    expect(scope).toBe("openid https://www.googleapis.com/auth/userinfo.profile");
  });

  it("signs ID tokens that its key set verifies", async () => {
    const { server, login } = await startClient();
    const { id_token = "" } = await login();
    const metadata = await fetch(`${server.url}/.well-known/openid-configuration`);
    const { jwks_uri } = (await metadata.json()) as { jwks_uri: string };
    const { keys } = (await (await fetch(jwks_uri)).json()) as { keys: JsonWebKey[] };
    const [head = "", claims = "", signature = ""] = id_token.split(".");
    const key = createPublicKey({ key: keys[0] ?? {}, format: "jwk" });
    const content = Buffer.from(`${head}.${claims}`);
    expect(verify("sha256", content, key, Buffer.from(signature, "base64url"))).toBe(true);
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({
      iss: server.url,
      aud: server.clientId,
      nonce: "nonce-1",
      email: "ada@example.com",
    });
  });

  it.each([
    ["a used code", { code: "4/0Aused" }, [400, "invalid_grant", "Malformed auth code."]],
    ["a wrong secret", { client_secret: "x" }, [401, "invalid_client", "Unauthorized"]],
    [
      "a wrong client",
      { client_id: "x" },
      [401, "invalid_client", "The OAuth client was not found."],
    ],
  ])("refuses %s with a proper status", async (_what, parameters, expected) => {
    const { exchange } = await startClient();
    const { status, json } = await exchange("none", parameters);
    expect([status, json.error, json.error_description]).toEqual(expected);
  });

  it("wants the secret even with PKCE, and the verifier of a challenge", async () => {
    const { server, token } = await startClient();
    const { headers } = await authorize(server);
    const code = new URL(headers.get("location") ?? "").searchParams.get("code") ?? "";
    const form = { grant_type: "authorization_code", code, redirect_uri: redirectUri };
    const withoutSecret = await post(server, "/token", { ...form, client_id: server.clientId });
    expect(withoutSecret.json.error_description).toBe("client_secret is missing.");
    expect((await token(form)).json.error_description).toBe("Missing code verifier.");
  });

  it("keeps the refresh token when it is used, until one of the tokens is revoked", async () => {
    const { server, login, token } = await startClient();
    const { access_token = "", refresh_token = "" } = await login({ access_type: "offline" });
    const form = { grant_type: "refresh_token", refresh_token };
    const renewed = await token(form);
    expect(renewed.json).not.toHaveProperty("refresh_token");
    expect((await token(form)).status).toBe(200);
    expect((await post(server, "/revoke", { token: access_token })).status).toBe(200);
    expect((await token(form)).json.error).toBe("invalid_grant");
    expect((await post(server, "/revoke", { token: access_token })).json.error).toBe(
      "invalid_token",
    );
  });

  it("tells about the user and the token", async () => {
    const { server, login } = await startClient();
    const { access_token = "" } = await login();
    const headers = { authorization: `Bearer ${access_token}` };
    const userinfo = await (await fetch(`${server.url}/v1/userinfo`, { headers })).json();
    expect(userinfo).toEqual({
      sub: "110169484474386276334",
      email: "ada@example.com",
      email_verified: true,
    });
    const info = await fetch(`${server.url}/tokeninfo`, { method: "POST", headers });
    expect(await info.json()).toMatchObject({ aud: server.clientId, expires_in: "3599" });
    const dead = { authorization: "Bearer dead" };
    const refused = await fetch(`${server.url}/v1/userinfo`, { headers: dead });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toContain("invalid_token");
  });

  it("says 428 to a device that waits and 403 to one that was refused", async () => {
    const { server, client, token } = await startClient({ clientType: "tv" });
    const { json: device } = await post(server, "/device/code", { ...client, scope: "email" });
    expect(device).toHaveProperty("verification_url");
    const form = {
      grant_type: "urn:ietf:params:oauth:grant-type:device_code",
      device_code: device.device_code ?? "",
    };
    expect((await token(form)).status).toBe(428);
    server.decideDevice("deny");
    expect(await token(form)).toMatchObject({ status: 403, json: { error: "access_denied" } });
  });
});
