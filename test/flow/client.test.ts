// The client at its server: what it reads of the metadata, what it asks for, and what it will not do.
import { describe, expect, it } from "vitest";
import type { AuthorizationRequest } from "../../src/flow/authorization-request.ts";
import { openClient } from "../../src/flow/client.ts";
import { type VerifiedRedirect, verifyRedirect } from "../../src/flow/redirect.ts";
import { discovered } from "../../src/providers/discovered.ts";
import type { Provider } from "../../src/providers/provider.ts";
import type { Registration } from "../../src/registration.ts";
import { Secret } from "../../src/secret.ts";
import { sampleCredential } from "../credentials/credential-sample.ts";
import { createTestContext } from "../support/context.ts";
import {
  type ProviderServer,
  type Routes,
  startProviderServer,
} from "../support/provider-server.ts";

const redirectUri = "http://127.0.0.1:8000/callback/as";
const wellKnown = {
  oidc: "GET /.well-known/openid-configuration",
  oauth2: "GET /.well-known/oauth-authorization-server",
};

/** A server with this metadata at this well-known address. */
async function startServer(
  metadata: (url: string) => object,
  at: keyof typeof wellKnown = "oidc",
): Promise<ProviderServer> {
  return startProviderServer((url): Routes => {
    const body = {
      issuer: url,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      ...metadata(url),
    };
    const tokens = { access_token: "client-test-token-0123", token_type: "bearer" };
    return {
      [wellKnown[at]]: { name: "discovery", respond: () => ({ body }) },
      "POST /token": { name: "token", respond: () => ({ body: tokens }) },
      "POST /par": { name: "par", respond: () => ({ body: {} }) },
      "POST /revoke": { name: "revoke", respond: () => ({ body: {} }) },
    };
  });
}

async function open(
  { url }: Pick<ProviderServer, "url">,
  {
    secret,
    changes = {},
    registration: own = {},
    fetch: otherFetch,
  }: {
    secret?: string;
    changes?: Partial<Provider>;
    registration?: Partial<Registration>;
    fetch?: typeof fetch;
  } = {},
) {
  const context = await createTestContext();
  const registration = {
    clientId: "client-1",
    ...(secret && { clientSecret: new Secret(secret) }),
    redirectUri: new URL(redirectUri),
    scopes: ["read"],
    ...own,
  };
  const provider = { ...discovered({ name: "as", issuer: url }), ...changes };
  const client = await openClient(
    { provider, registration, timeoutSeconds: 30 },
    { ...context, ...(otherFetch && { fetch: otherFetch }) },
  );
  return { client, context };
}

async function begun(scopes: string[] = ["read"]) {
  const server = await startServer(() => ({}));
  const { client, context } = await open(server);
  const request = await client.begin({ redirectUri, scopes, parameters: {} });
  const answer = `${redirectUri}?code=client-test-code-01&state=${request.state}`;
  context.watch(answer);
  const verdict = verifyRedirect(answer, request);
  if (verdict.kind !== "verified") throw new Error(verdict.kind);
  return { server, client, context, request, redirect: verdict.redirect };
}

describe("F4 an exchange", () => {
  it("sends the code, the verifier and our own redirect URI", async () => {
    const { server, client, request, redirect } = await begun();
    await client.exchange(request, redirect);
    expect(Object.fromEntries(server.requests.at(-1)?.form ?? [])).toEqual({
      grant_type: "authorization_code",
      code: "client-test-code-01",
      redirect_uri: redirectUri,
      code_verifier: request.codeVerifier.reveal(),
      client_id: "client-1",
    });
  });

  it.each<[string, Partial<AuthorizationRequest>]>([
    ["an empty verifier", { codeVerifier: new Secret("") }],
    ["a short verifier", { codeVerifier: new Secret("v".repeat(42)) }],
    ["a long verifier", { codeVerifier: new Secret("v".repeat(129)) }],
    ["a verifier of other characters", { codeVerifier: new Secret("é".repeat(43)) }],
    ["an empty state", { state: "" }],
    ["a short state", { state: "s".repeat(21) }],
  ])("with %s is not made", async (_what, changes) => {
    const { server, client, request, redirect } = await begun();
    const asked = server.requests.length;
    await expect(client.exchange({ ...request, ...changes }, redirect)).rejects.toMatchObject({
      kind: "bug",
      code: "unchecked_exchange",
    });
    expect(server.requests).toHaveLength(asked);
  });

  it("of a redirect that nobody verified is not made", async () => {
    const { server, client, request, redirect } = await begun();
    const asked = server.requests.length;
    const forged = { code: redirect.code, url: redirect.url } as VerifiedRedirect;
    await expect(client.exchange(request, forged)).rejects.toMatchObject({ kind: "bug" });
    expect(server.requests).toHaveLength(asked);
  });
});

describe("an authorization request", () => {
  it("F14, R2, R5 has a state, a verifier and a nonce of its own, each of 256 bits", async () => {
    const { client } = await begun();
    const requests = await Promise.all(
      Array.from({ length: 20 }, () =>
        client.begin({ redirectUri, scopes: ["openid"], parameters: {} }),
      ),
    );
    const values = requests.flatMap(({ state, nonce, codeVerifier }) => [
      state,
      nonce ?? "",
      codeVerifier.reveal(),
    ]);
    expect(new Set(values).size).toBe(60);
    for (const value of values) expect(Buffer.from(value, "base64url")).toHaveLength(32);
  });

  it("L09 is an address of RFC 3986's characters only, whatever the scopes", async () => {
    const { request } = await begun(["read:user", 'a"b', "été", "c d", "<e>"]);
    expect(request.url.href).toMatch(/^[\w.~:/?#[\]@!$&'()*+,;=%-]+$/);
    expect(request.url.href).not.toMatch(/%(?![0-9A-F]{2})/);
    expect(request.url.searchParams.get("scope")).toBe('read:user a"b été c d <e>');
  });

  it("J11, R10 carries neither verifier nor secret", async () => {
    const { client } = await open(await startServer(() => ({})), {
      secret: "the-client-secret-01",
    });
    const { url, codeVerifier } = await client.begin({ redirectUri, scopes: [], parameters: {} });
    expect(url.href).not.toContain(codeVerifier.reveal());
    expect(url.href).not.toContain("the-client-secret-01");
    expect(url.searchParams.has("scope")).toBe(false);
    expect(url.searchParams.has("nonce")).toBe(false);
  });

  it("R9 keeps a query of the endpoint's own, unless it is the protocol's", async () => {
    const tenant = await open(
      await startServer((url) => ({ authorization_endpoint: `${url}/authorize?tenant=a%20b` })),
    );
    const { url } = await tenant.client.begin({ redirectUri, scopes: [], parameters: {} });
    expect(url.searchParams.get("tenant")).toBe("a b");
    for (const name of ["client_id", "state", "redirect_uri", "code_challenge"]) {
      const { client } = await open(
        await startServer((at) => ({ authorization_endpoint: `${at}/authorize?${name}=x` })),
      );
      await expect(client.begin({ redirectUri, scopes: [], parameters: {} })).rejects.toMatchObject(
        { kind: "usage", code: "reserved_parameter" },
      );
    }
  });

  it("R23 wants `iss` back where the server advertises it", async () => {
    const advertised = { authorization_response_iss_parameter_supported: true };
    const { client } = await open(await startServer(() => advertised));
    const request = await client.begin({ redirectUri, scopes: [], parameters: {} });
    expect(request.issRequired).toBe(true);
    const silent = verifyRedirect(`${redirectUri}?code=c&state=${request.state}`, request);
    expect(silent).toMatchObject({ kind: "final", failure: { code: "issuer_missing" } });
  });
});

describe("the metadata", () => {
  it("is looked for at OpenID's address, then at RFC 8414's", async () => {
    const server = await startServer(() => ({}), "oauth2");
    const { client } = await open(server);
    expect(server.requests.map(({ path }) => path)).toEqual([
      "/.well-known/openid-configuration",
      "/.well-known/oauth-authorization-server",
    ]);
    expect(client.binding.tokenEndpoint).toBe(`${server.url}/token`);
  });

  it("F08 must name the issuer that was asked, to the letter", async () => {
    for (const change of ["/", "/other"]) {
      const server = await startServer((url) => ({ issuer: `${url}${change}` }));
      await expect(open(server)).rejects.toMatchObject({ kind: "unsafe", code: "issuer_mismatch" });
    }
  });

  it("that has a placeholder for an issuer, as Entra's common tenant, says what to use", async () => {
    const entra = "https://login.microsoftonline.com";
    const server = await startProviderServer(() => ({
      "GET /common/v2.0/.well-known/openid-configuration": {
        name: "discovery",
        respond: () => ({ body: { issuer: `${entra}/{tenantid}/v2.0` } }),
      },
    }));
    const fetchThere: typeof fetch = (url, init) =>
      fetch(String(url).replace(entra, server.url), init);
    const opening = open({ url: `${entra}/common/v2.0` }, { fetch: fetchThere });
    await expect(opening).rejects.toMatchObject({
      kind: "unsafe",
      hint: "Use the issuer of your own tenant, with its id in place of {tenantid}.",
    });
  });

  it.each([
    ["http elsewhere", "http://as.example/token"],
    ["a user name", "https://user:pw@as.example/token"],
    ["a fragment", "https://as.example/token#f"],
    ["another scheme", "javascript:alert(1)"],
    ["a number", 7],
  ])("may not name an endpoint with %s", async (_what, token_endpoint) => {
    const server = await startServer(() => ({ token_endpoint }));
    const failure = await open(server).catch((error) => error);
    expect(["unsafe", "protocol"]).toContain(failure.kind);
  });

  it.each([
    "http://127.0.0.1:8080/token",
    "https://localhost/token",
    "https://app.localhost/token",
    "https://127.8.9.1/token",
    "https://10.0.0.1/token",
    "https://172.31.255.1/token",
    "https://192.168.1.1/token",
    "https://169.254.169.254/token",
    "https://0.0.0.0/token",
    "https://100.64.0.1/token",
    "https://[::1]/token",
    "https://[fd00::1]/token",
    "https://[fe80::1]/token",
    "https://[::ffff:10.0.0.1]/token",
  ])(
    "F06 of a public issuer may not name an endpoint in the user's own network: %s",
    async (token_endpoint) => {
      const issuer = "https://as.example";
      const authorization_endpoint = `${issuer}/authorize`;
      const server = await startServer(() => ({ issuer, authorization_endpoint, token_endpoint }));
      const fetchThere: typeof fetch = (url, init) =>
        fetch(String(url).replace(issuer, server.url), init);
      await expect(open({ url: issuer }, { fetch: fetchThere })).rejects.toMatchObject({
        kind: "unsafe",
        code: "endpoint_private",
      });
    },
  );

  it("F06 of an issuer in that network may, and so may one that is configured by hand", async () => {
    const own = await startServer(() => ({ token_endpoint: "https://192.168.1.1/token" }));
    expect((await open(own)).client.binding.tokenEndpoint).toBe("https://192.168.1.1/token");
    const issuer = "https://as.example";
    const server = await startServer(() => ({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: "http://127.0.0.1:8080/token",
    }));
    const fetchThere: typeof fetch = (url, init) =>
      fetch(String(url).replace(issuer, server.url), init);
    const changes = { endpoints: { token: "https://10.0.0.1/token" } };
    const { client } = await open({ url: issuer }, { changes, fetch: fetchThere });
    expect(client.binding.tokenEndpoint).toBe("https://10.0.0.1/token");
  });

  it("F15 may not name keys at http elsewhere", async () => {
    const server = await startServer(() => ({ jwks_uri: "http://as.example/keys" }));
    await expect(open(server)).rejects.toMatchObject({ kind: "unsafe", code: "endpoint_refused" });
  });

  it("may not name an issuer that is no address", async () => {
    const server = await startServer(() => ({ issuer: "http://[" }));
    await expect(open(server)).rejects.toMatchObject({ kind: "protocol", code: "invalid_url" });
  });

  it("gives way to endpoints that are configured", async () => {
    const server = await startServer((url) => ({ revocation_endpoint: `${url}/revoke` }));
    const endpoints = { token: "https://configured.example/token" };
    const { client } = await open(server, { changes: { endpoints } });
    expect(client.binding).toMatchObject({
      tokenEndpoint: "https://configured.example/token",
      origins: [server.url, "https://configured.example"].sort(),
    });
    expect(client.canRevoke).toBe(true);
  });

  it("without an endpoint that is needed names the key to set", async () => {
    const { client } = await open(await startServer(() => ({ authorization_endpoint: undefined })));
    await expect(client.begin({ redirectUri, scopes: [], parameters: {} })).rejects.toMatchObject({
      kind: "usage",
      code: "endpoint_missing",
      hint: expect.stringContaining("<NAME>_AUTHORIZATION_ENDPOINT"),
    });
  });

  it("that is nowhere says so", async () => {
    const server = await startProviderServer(() => ({}));
    await expect(open(server)).rejects.toMatchObject({ kind: "protocol", code: "no_metadata" });
  });

  it.each([
    ["HTML", { status: 200, body: "<html>" }, "protocol"],
    ["a 503", { status: 503, body: "" }, "unavailable"],
    [
      "a redirect elsewhere",
      { status: 302, headers: { location: "https://evil.example/" } },
      "unsafe",
    ],
  ])("F10, F11 that is %s ends it", async (_what, answer, kind) => {
    const server = await startServer(() => ({}));
    server.answers.discovery = answer;
    await expect(open(server)).rejects.toMatchObject({ kind });
  });
});

describe("R31 the client's way to say who it is", () => {
  it.each([
    [
      "client_secret_basic",
      ["client_secret_post"],
      { authorization: expect.stringMatching(/^Basic /) },
    ],
    ["client_secret_post", ["client_secret_basic"], { form: "client-secret-0a1b2c3d" }],
    ["none", ["client_secret_basic"], { form: null }],
  ] as const)(
    "is %s where that is chosen, whatever the server lists",
    async (method, listed, expected) => {
      const server = await startServer((url) => ({
        revocation_endpoint: `${url}/revoke`,
        token_endpoint_auth_methods_supported: listed,
      }));
      const { client, context } = await open(server, {
        secret: "client-secret-0a1b2c3d",
        registration: { clientAuthentication: method },
      });
      await client.revoke(new Secret("token-0123456789"), "access_token");
      const request = server.requests.at(-1);
      expect(request?.headers.authorization).toEqual(
        "authorization" in expected ? expected.authorization : undefined,
      );
      if ("form" in expected) expect(request?.form.get("client_secret")).toBe(expected.form);
      expect(context.stderr.text).toBe("");
    },
  );

  it.each(["client_secret_basic", "client_secret_post", "private_key_jwt"] as const)(
    "is not %s without what that takes",
    async (method) => {
      const opening = open(await startServer(() => ({})), {
        registration: { clientAuthentication: method },
      });
      await expect(opening).rejects.toMatchObject({
        kind: "usage",
        code: "client_authentication_incomplete",
      });
    },
  );
});

describe("an authorization request", () => {
  const reference = "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c";

  async function push(metadata: object, wish: { push?: boolean } = {}) {
    const server = await startServer((url) => ({
      pushed_authorization_request_endpoint: `${url}/par`,
      ...metadata,
    }));
    server.answers.par = { status: 201, body: { request_uri: reference, expires_in: 60 } };
    const { client } = await open(server);
    return {
      server,
      beginning: client.begin({ redirectUri, scopes: ["read"], parameters: {}, ...wish }),
    };
  }

  it.each([
    ["the server demands it", { require_pushed_authorization_requests: true }, {}],
    ["it is asked for", {}, { push: true }],
  ])(
    "is pushed where %s, and its address holds only the reference",
    async (_what, metadata, wish) => {
      const { server, beginning } = await push(metadata, wish);
      const { url, state, pushed } = await beginning;
      expect(pushed).toBe(true);
      expect(Object.fromEntries(url.searchParams)).toEqual({
        client_id: "client-1",
        request_uri: reference,
      });
      const form = server.requests.at(-1)?.form;
      expect(form?.get("state")).toBe(state);
      expect(form?.get("redirect_uri")).toBe(redirectUri);
      expect(form?.get("code_challenge_method")).toBe("S256");
    },
  );

  it("is not pushed where nobody asks for it", async () => {
    const { server, beginning } = await push({});
    expect((await beginning).url.searchParams.get("redirect_uri")).toBe(redirectUri);
    expect(server.requests.filter(({ path }) => path === "/par")).toEqual([]);
  });

  it("is not pushed to plain http elsewhere", async () => {
    const opening = push({ pushed_authorization_request_endpoint: "http://as.example/par" });
    await expect(opening).rejects.toMatchObject({ kind: "unsafe", code: "endpoint_refused" });
  });

  it("that the server refuses ends the login with the server's own words", async () => {
    const { server, beginning } = await push({}, { push: true });
    beginning.catch(() => {});
    const { client } = await open(server);
    server.answers.par = {
      status: 400,
      body: { error: "invalid_scope", error_description: "No." },
    };
    await expect(
      client.begin({ redirectUri, scopes: ["write"], parameters: {}, push: true }),
    ).rejects.toMatchObject({ kind: "usage", code: "invalid_scope" });
  });
});

describe("R31 the client's secret", () => {
  const secret = "client-secret-0a1b2c3d";
  it.each<[string, string[] | undefined, "basic" | "post"]>([
    ["nothing is listed (RFC 8414 §2)", undefined, "basic"],
    ["only Basic is listed", ["client_secret_basic"], "basic"],
    ["only the body form is listed", ["client_secret_post"], "post"],
    ["both are listed", ["client_secret_post", "client_secret_basic"], "basic"],
  ])("goes by one method where %s", async (_what, methods, expected) => {
    const server = await startServer((url) => ({
      revocation_endpoint: `${url}/revoke`,
      token_endpoint_auth_methods_supported: methods,
    }));
    const { client } = await open(server, { secret });
    await client.revoke(new Secret("client-test-token-0123"), "access_token");
    const request = server.requests.at(-1);
    const header = request?.headers.authorization;
    expect(header === undefined ? "post" : "basic").toBe(expected);
    expect(request?.form.get("client_secret")).toBe(expected === "post" ? secret : null);
    expect(request?.query.size).toBe(0);
  });

  it("is not sent where there is none", async () => {
    const { server, client, request, redirect } = await begun();
    await client.exchange(request, redirect);
    expect(server.requests.at(-1)?.headers).not.toHaveProperty("authorization");
    expect(server.requests.at(-1)?.form.has("client_secret")).toBe(false);
  });
});

it("R42 an access token goes to no address outside of the provider's API", async () => {
  const [server, evil] = [await startServer(() => ({})), await startServer(() => ({}))];
  const identity = { kind: "api", url: `${evil.url}/user`, accept: "application/json" } as const;
  const { client } = await open(server, { changes: { identity, apiOrigins: [server.url] } });
  const credential = sampleCredential("r42");
  await expect(client.identify(credential)).rejects.toMatchObject({
    kind: "unsafe",
    code: "foreign_origin",
  });
  expect(evil.requests).toEqual([]);
});
