import { createPublicKey, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { FormBrowser } from "../../src/lab/form-browser.ts";
import { sandboxServiceClient, sandboxWebClient } from "../../src/sandbox/clients.ts";
import { supportedScopes } from "../../src/sandbox/scopes.ts";
import {
  approve,
  authorizationUrl,
  exchange,
  logIn,
  post,
  reachConsent,
  refresh,
  start,
  tryUserinfo,
  verifier,
} from "./lab.ts";

describe("the authorization code grant", () => {
  it("gives tokens for the user who signed in, with the issuer and the state in the redirect", async () => {
    const sandbox = await start();
    const redirect = await approve(authorizationUrl(sandbox), "grace");
    expect(redirect.origin + redirect.pathname).toBe("http://127.0.0.1:54321/callback/sandbox");
    expect(redirect.searchParams.get("state")).toBe("the-state");
    expect(redirect.searchParams.get("iss")).toBe(sandbox.issuer);

    const { status, body } = await exchange(sandbox, redirect.searchParams.get("code") ?? "");
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^sandbox_[\w-]{43}$/),
      refresh_token: expect.stringMatching(/^sandbox_[\w-]{43}$/),
      id_token: expect.any(String),
      token_type: "Bearer",
      expires_in: 3600,
      scope: "openid profile email offline_access",
    });
    const authorization = `Bearer ${body.access_token}`;
    const userinfo = await fetch(`${sandbox.issuer}/me`, { headers: { authorization } });
    expect(await userinfo.json()).toMatchObject({
      sub: "grace",
      name: "Grace Hopper",
      email: "grace@example.com",
    });
  });

  it("signs the ID token with RS256 and the published key", async () => {
    const sandbox = await start();
    const redirect = await approve(authorizationUrl(sandbox, { nonce: "the-nonce" }));
    const { body } = await exchange(sandbox, redirect.searchParams.get("code") ?? "");
    const [header = "", payload = "", signature = ""] = String(body.id_token).split(".");
    const { keys } = (await (await fetch(`${sandbox.issuer}/jwks`)).json()) as { keys: [object] };
    const key = createPublicKey({ key: { ...keys[0] }, format: "jwk" });
    const signed = Buffer.from(`${header}.${payload}`);
    expect(verify("RSA-SHA256", signed, key, Buffer.from(signature, "base64url"))).toBe(true);
    expect(JSON.parse(Buffer.from(payload, "base64url").toString())).toMatchObject({
      iss: sandbox.issuer,
      sub: "ada",
      nonce: "the-nonce",
    });
  });

  it("tells the client when the user says no", async () => {
    const { browser, consent } = await reachConsent(authorizationUrl(await start()));
    const { url } = await browser.submit(consent, { answer: "deny" });
    expect(url.searchParams.get("error")).toBe("access_denied");
    expect(url.searchParams.get("state")).toBe("the-state");
    expect(url.searchParams.has("code")).toBe(false);
  });

  it("asks who signs in at every login, so that the next one can be somebody else", async () => {
    const sandbox = await start();
    const { browser, consent } = await reachConsent(authorizationUrl(sandbox));
    await browser.submit(consent, { answer: "allow" });
    const again = await browser.visit(authorizationUrl(sandbox));
    expect(again.text).toContain("Who are you?");
    expect((await browser.submit(again, { user: "grace" })).text).toContain("Grace Hopper");
  });

  it("lets a token live on when the next login in the same browser signs its user out", async () => {
    const sandbox = await start();
    const { browser, consent } = await reachConsent(authorizationUrl(sandbox, { scope: "openid" }));
    const { url } = await browser.submit(consent, { answer: "allow" });
    const { body } = await exchange(sandbox, url.searchParams.get("code") ?? "");
    await browser.visit(authorizationUrl(sandbox));
    const tokens = { accessToken: String(body.access_token), refreshToken: "" };
    expect(await tryUserinfo(sandbox, tokens)).toBe(200);
  });

  it("refuses a wrong code verifier", async () => {
    const sandbox = await start();
    const code = (await approve(authorizationUrl(sandbox))).searchParams.get("code") ?? "";
    const { status, body } = await exchange(sandbox, code, { code_verifier: `${verifier}x` });
    expect([status, body.error]).toEqual([400, "invalid_grant"]);
  });

  it.each([
    ["no challenge", { code_challenge: "", code_challenge_method: "" }],
    ["the plain method", { code_challenge_method: "plain" }],
    [
      "a client with a secret and no challenge",
      {
        client_id: sandboxWebClient.clientId,
        redirect_uri: "https://localhost:8000/callback",
        code_challenge: "",
        code_challenge_method: "",
      },
    ],
  ])("requires PKCE with S256: %s is refused", async (_name, changes) => {
    const { url } = await new FormBrowser().visit(authorizationUrl(await start(), changes));
    expect(url.searchParams.get("error")).toBe("invalid_request");
  });

  it.each([
    ["another path", "http://127.0.0.1:54321/callback/other"],
    ["another host", "http://evil.example/callback/sandbox"],
    ["localhost by name", "http://localhost:54321/callback/sandbox"],
    ["a query", "http://127.0.0.1:54321/callback/sandbox?x=1"],
  ])("shows an error and redirects nowhere for %s as the redirect URI", async (_name, uri) => {
    const shown = await new FormBrowser().visit(
      authorizationUrl(await start(), { redirect_uri: uri }),
    );
    expect(shown.status).toBe(400);
    expect(shown.text).toContain("invalid_redirect_uri");
  });

  it("refuses a replayed code and revokes what the first use gave", async () => {
    const sandbox = await start();
    const code = (await approve(authorizationUrl(sandbox))).searchParams.get("code") ?? "";
    const { body } = await exchange(sandbox, code);
    const tokens = {
      accessToken: String(body.access_token),
      refreshToken: String(body.refresh_token),
    };
    expect(await tryUserinfo(sandbox, tokens)).toBe(200);
    expect((await exchange(sandbox, code)).body.error).toBe("invalid_grant");
    expect(await tryUserinfo(sandbox, tokens)).toBe(401);
    expect((await refresh(sandbox, tokens.refreshToken)).body.error).toBe("invalid_grant");
  });

  it("lets the web client use the https redirect that nothing listens on", async () => {
    const sandbox = await start();
    const { clientId, clientSecret } = sandboxWebClient;
    const pasted = { client_id: clientId, redirect_uri: "https://localhost:8000/callback" };
    const redirect = await approve(authorizationUrl(sandbox, pasted));
    expect(redirect.origin).toBe("https://localhost:8000");
    const authorization = `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
    const fields = {
      ...pasted,
      grant_type: "authorization_code",
      code: redirect.searchParams.get("code") ?? "",
      code_verifier: verifier,
    };
    expect((await post(`${sandbox.issuer}/token`, fields, { authorization })).status).toBe(200);
    expect((await post(`${sandbox.issuer}/token`, fields)).body.error).toBe("invalid_client");
  });
});

describe("the other endpoints", () => {
  const { clientId, clientSecret } = sandboxServiceClient;
  const basic = { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` };

  it("give the service client a token of its own, without a user or a refresh token", async () => {
    const { issuer } = await start();
    const request = { client_id: clientId, grant_type: "client_credentials", scope: "read:notes" };
    const { body } = await post(`${issuer}/token`, request, basic);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^sandbox_/),
      token_type: "Bearer",
      expires_in: 3600,
      scope: "read:notes",
    });
    const wrong = { authorization: `Basic ${btoa(`${clientId}:wrong`)}` };
    const refused = await post(`${issuer}/token`, request, wrong);
    expect([refused.status, refused.body.error]).toEqual([401, "invalid_client"]);
  });

  it("introspect a token for its own client and for the service client, for no other", async () => {
    const sandbox = await start();
    const { accessToken } = await logIn(sandbox);
    const introspect = (client: Record<string, string>, headers = {}) =>
      post(`${sandbox.issuer}/token/introspection`, { token: accessToken, ...client }, headers);
    expect((await introspect({})).body).toMatchObject({ active: true, sub: "ada" });
    expect((await introspect({ client_id: clientId }, basic)).body.active).toBe(true);
    const web = { authorization: `Basic ${btoa(Object.values(sandboxWebClient).join(":"))}` };
    const asWeb = { client_id: sandboxWebClient.clientId };
    expect((await introspect(asWeb, web)).body).toEqual({ active: false });
  });

  it("revoke a refresh token and all that came of its grant", async () => {
    const sandbox = await start();
    const tokens = await logIn(sandbox);
    const revocation = `${sandbox.issuer}/token/revocation`;
    expect((await post(revocation, { token: tokens.refreshToken })).status).toBe(200);
    expect(await tryUserinfo(sandbox, tokens)).toBe(401);
    expect((await refresh(sandbox, tokens.refreshToken)).status).toBe(400);
  });

  it("leave a token alone that another client wants revoked", async () => {
    const sandbox = await start();
    const tokens = await logIn(sandbox);
    const fields = { client_id: clientId, token: tokens.accessToken };
    await post(`${sandbox.issuer}/token/revocation`, fields, basic);
    expect(await tryUserinfo(sandbox, tokens)).toBe(200);
  });

  it("describe themselves in the metadata", async () => {
    const { issuer } = await start();
    for (const name of ["openid-configuration", "oauth-authorization-server"]) {
      const metadata = await (await fetch(`${issuer}/.well-known/${name}`)).json();
      expect(metadata).toMatchObject({
        issuer,
        code_challenge_methods_supported: ["S256"],
        authorization_response_iss_parameter_supported: true,
        id_token_signing_alg_values_supported: ["RS256"],
        scopes_supported: supportedScopes,
        revocation_endpoint: `${issuer}/token/revocation`,
        introspection_endpoint: `${issuer}/token/introspection`,
        device_authorization_endpoint: `${issuer}/device/auth`,
      });
    }
  });
});
