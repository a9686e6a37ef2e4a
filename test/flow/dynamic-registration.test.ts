// Dynamic registration at servers of all manners: what they are told, what of their answers is kept, and where a registration token goes.
import { describe, expect, it } from "vitest";
import { deregisterClient, registerClient } from "../../src/flow/dynamic-registration.ts";
import { discovered } from "../../src/providers/discovered.ts";
import { Secret } from "../../src/secret.ts";
import { createTestContext } from "../support/context.ts";
import { type Answer, type Routes, startProviderServer } from "../support/provider-server.ts";

/** A server that answers a registration so. */
async function register(
  answer: (url: string) => Answer,
  { metadata = {}, redirectUri = "http://127.0.0.1:8000/callback/oidc" } = {},
) {
  const server = await startProviderServer((url): Routes => {
    const body = {
      issuer: url,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      registration_endpoint: `${url}/register`,
      ...metadata,
    };
    return {
      "GET /.well-known/openid-configuration": { name: "discovery", respond: () => ({ body }) },
      "POST /register": { name: "register", respond: () => answer(url) },
      "DELETE /register/*": { name: "deregister", respond: () => ({ status: 204 }) },
    };
  });
  const context = await createTestContext();
  const provider = discovered({ name: "as", issuer: server.url });
  const request = { provider, redirectUri: new URL(redirectUri), scopes: ["openid"] };
  const registering = registerClient({ ...request, timeoutSeconds: 30 }, context);
  return { server, context, registering };
}

const created = (members: object): Answer => ({ status: 201, body: members });
const sent = (server: { requests: readonly { path: string; body: string }[] }) =>
  JSON.parse(server.requests.find(({ path }) => path === "/register")?.body ?? "{}");

describe("a registration", () => {
  it("tells what the client is, and nothing of its user", async () => {
    const { server, registering } = await register(() => created({ client_id: "new-1" }));
    expect(await registering).toEqual({
      clientId: "new-1",
      client: {
        clientAuthentication: "none",
        redirectUri: "http://127.0.0.1:8000/callback/oidc",
      },
    });
    expect(sent(server)).toEqual({
      client_name: "oauth-lab",
      application_type: "native",
      redirect_uris: ["http://127.0.0.1:8000/callback/oidc"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      scope: "openid",
    });
  });

  it.each([
    ["http://127.0.0.1:0/callback/oidc", "http://127.0.0.1/callback/oidc", "native"],
    ["https://localhost:8000/callback", "https://localhost:8000/callback", "web"],
  ])("of %s names %s, as a %s client", async (redirectUri, registered, type) => {
    const { server, registering } = await register(() => created({ client_id: "new-1" }), {
      redirectUri,
    });
    expect((await registering).client.redirectUri).toBe(redirectUri);
    expect(sent(server)).toMatchObject({ redirect_uris: [registered], application_type: type });
  });

  it("asks for a secret where the server takes no public clients, and keeps it", async () => {
    const { server, registering } = await register(
      (url) =>
        created({
          client_id: "new-1",
          client_secret: "issued-secret-0123456789",
          token_endpoint_auth_method: "client_secret_post",
          registration_client_uri: `${url}/register/new-1`,
          registration_access_token: "registration-token-0123456789",
        }),
      { metadata: { token_endpoint_auth_methods_supported: ["client_secret_post"] } },
    );
    const { client } = await registering;
    expect(sent(server)).toMatchObject({ token_endpoint_auth_method: "client_secret_basic" });
    expect(client.clientAuthentication).toBe("client_secret_post");
    expect(client.secret?.reveal()).toBe("issued-secret-0123456789");
    expect(client.management?.uri).toBe(`${server.url}/register/new-1`);
    expect(client.management?.accessToken.reveal()).toBe("registration-token-0123456789");
  });

  it("keeps no address elsewhere that the registration token would go to", async () => {
    const { registering } = await register(() =>
      created({
        client_id: "new-1",
        registration_client_uri: "https://evil.example/register/new-1",
        registration_access_token: "registration-token-0123456789",
      }),
    );
    expect((await registering).client.management).toBeUndefined();
  });

  it.each([
    ["names no client", {}],
    ["names one that is no text", { client_id: 7 }],
    [
      "wants a secret that it does not give",
      { client_id: "a", token_endpoint_auth_method: "client_secret_basic" },
    ],
    [
      "wants a key that was not registered",
      { client_id: "a", token_endpoint_auth_method: "private_key_jwt" },
    ],
    ["wants what nobody knows", { client_id: "a", token_endpoint_auth_method: "magic" }],
  ])("whose answer %s is not used", async (_what, members) => {
    const { registering } = await register(() => created(members));
    await expect(registering).rejects.toMatchObject({
      kind: "protocol",
      code: "registration_unusable",
    });
  });

  it.each([
    ["ends again with what came with it", "/register/a#fragment", 1, /^Register a client by hand/],
    ["is told to stay where nothing came", "", 0, /^That client may stay there\./],
  ])("that cannot be used %s", async (_what, path, ends, hint) => {
    const { server, registering } = await register((url) =>
      created({
        client_id: "a",
        token_endpoint_auth_method: "magic",
        registration_access_token: "registration-token-0123456789",
        ...(path && { registration_client_uri: `${url}${path}` }),
      }),
    );
    await expect(registering).rejects.toMatchObject({
      code: "registration_unusable",
      hint: expect.stringMatching(hint),
    });
    expect(server.requests.filter(({ method }) => method === "DELETE")).toHaveLength(ends);
  });

  it.each<[string, Answer, object]>([
    ["401", { status: 401, body: "" }, { kind: "refused", code: "invalid_token" }],
    [
      "invalid_redirect_uri",
      { status: 400, body: { error: "invalid_redirect_uri" } },
      { kind: "usage", code: "invalid_redirect_uri" },
    ],
    ["503", { status: 503, body: "" }, { kind: "unavailable" }],
    ["a page", { status: 404, body: "<html>" }, { kind: "refused", code: "http_404" }],
  ])("that ends with %s says so", async (_what, answer, failure) => {
    const { registering } = await register(() => answer);
    await expect(registering).rejects.toMatchObject(failure);
  });

  it("is said to be impossible, in one line, where the server has none", async () => {
    const { registering } = await register(() => created({}), {
      metadata: { registration_endpoint: undefined },
    });
    await expect(registering).rejects.toMatchObject({
      kind: "usage",
      code: "registration_unsupported",
      hint: "Register a client by hand and set <NAME>_CLIENT_ID.",
    });
  });

  it("may not go to plain http elsewhere", async () => {
    const { registering } = await register(() => created({}), {
      metadata: { registration_endpoint: "http://as.example/register" },
    });
    await expect(registering).rejects.toMatchObject({ kind: "unsafe", code: "endpoint_refused" });
  });
});

describe("the end of a registration", () => {
  const options = { timeoutSeconds: 30 };
  const ended = async (status: number) => {
    const { server, context, registering } = await register(() => created({ client_id: "a" }));
    await registering;
    server.answers.deregister = { status };
    const management = {
      uri: `${server.url}/register/a`,
      accessToken: new Secret("registration-token-0123456789"),
    };
    return { server, end: deregisterClient(management, options, context) };
  };

  it.each([
    [204, "removed"],
    [404, "removed"],
    [401, "unknown"],
  ])("where the server answers %i is %s", async (status, fate) => {
    const { server, end } = await ended(status);
    expect(await end).toBe(fate);
    expect(server.requests.at(-1)?.headers.authorization).toBe(
      "Bearer registration-token-0123456789",
    );
  });

  it.each([
    [403, "refused"],
    [503, "unavailable"],
  ])("is not claimed where it answers %i", async (status, kind) => {
    await expect((await ended(status)).end).rejects.toMatchObject({ kind });
  });

  it("is not tried without a token for it", async () => {
    const context = await createTestContext();
    expect(await deregisterClient(undefined, options, context)).toBe("kept");
    expect(context.exchanges).toEqual([]);
  });
});
