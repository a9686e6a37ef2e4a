// F07: where the metadata of an issuer may lead what is secret, by the names of hosts alone.
import { describe, expect, it } from "vitest";
import { readServerMetadata } from "../../src/flow/server-metadata.ts";
import type { Fetch } from "../../src/http/fetch.ts";
import { discovered } from "../../src/providers/discovered.ts";
import { google } from "../../src/providers/google.ts";
import type { Endpoints, Provider } from "../../src/providers/provider.ts";

/** What is made of the metadata that an issuer publishes. */
function read(
  issuer: string,
  published: Readonly<Record<string, string>>,
  endpoints: Endpoints = {},
) {
  const document = { issuer, authorization_endpoint: `${issuer}/authorize`, ...published };
  const fetch: Fetch = async () => Response.json(document);
  return readServerMetadata({ ...discovered({ name: "lab", issuer }), endpoints }, fetch);
}

const elsewhere = { kind: "unsafe", code: "endpoint_elsewhere" };

describe("F07 a token endpoint", () => {
  it.each([
    ["https://as.example", "https://as.example/token"],
    ["https://as.example", "https://as.example:8443/token"],
    ["https://www.as.example", "https://graph.as.example/token"],
    ["https://as.example", "https://tokens.eu.as.example/token"],
    ["https://login.as.co.uk", "https://api.as.co.uk/token"],
    ["https://idp", "https://idp/token"],
    ["http://127.0.0.1:9400", "http://localhost:9401/token"],
    ["https://192.168.1.1", "https://192.168.1.2/token"],
    ["https://192.0.2.1", "https://192.0.2.1/token"],
  ])("of the issuer's own site is used: %s names %s", async (issuer, token_endpoint) => {
    expect(await read(issuer, { token_endpoint })).toMatchObject({ token_endpoint });
  });

  it.each([
    ["https://as.example", "https://as-example.net/token"],
    ["https://as.example", "https://notas.example/token"],
    ["https://as.example", "https://as.example.evil.test/token"],
    ["https://login.as.co.uk", "https://evil.co.uk/token"],
    ["https://login.as.com.au", "https://login.evil.com.au/token"],
    ["https://idp", "https://evil/token"],
    ["https://192.0.2.1", "https://198.51.2.1/token"],
    ["http://127.0.0.1:9400", "https://oauth2.googleapis.com/token"],
    ["https://evil.example", "https://oauth2.googleapis.com/token"],
  ])("at another domain is refused: %s names %s", async (issuer, token_endpoint) => {
    await expect(read(issuer, { token_endpoint })).rejects.toMatchObject({
      ...elsewhere,
      message: `The metadata of ${new URL(issuer).host} names its token endpoint at another domain: ${token_endpoint}.`,
      hint: expect.stringContaining("set <NAME>_TOKEN_ENDPOINT to it"),
    });
  });

  it("at another domain is used where it is set by hand, and others of that site with it", async () => {
    const token = "https://lab.auth.tokens.test/token";
    const published = {
      token_endpoint: "https://lab.auth.tokens.test/v0/token",
      revocation_endpoint: "https://lab.auth.tokens.test/revoke",
    };
    const { revocation_endpoint } = published;
    await expect(read("https://as.example", published)).rejects.toMatchObject(elsewhere);
    const metadata = await read("https://as.example", published, { token });
    expect(metadata).toMatchObject({ token_endpoint: token, revocation_endpoint });
  });
});

it.each([
  "device_authorization_endpoint",
  "revocation_endpoint",
  "introspection_endpoint",
  "pushed_authorization_request_endpoint",
])("F07 what takes the client's secret is held to the same: %s", async (member) => {
  const published = { token_endpoint: "https://as.example/token", [member]: "https://evil.test/x" };
  await expect(read("https://as.example", published)).rejects.toMatchObject(elsewhere);
});

it("F07 what takes no secret of the client may be anywhere, as at Entra and Google", async () => {
  const published = {
    token_endpoint: "https://as.example/token",
    userinfo_endpoint: "https://graph.elsewhere.test/userinfo",
    jwks_uri: "https://keys.elsewhere.test/jwks",
  };
  expect(await read("https://as.example", published)).toMatchObject(published);
});

it("F07 an Amazon Cognito user pool may name its own domain there, and who only sounds like one may not", async () => {
  const token_endpoint = "https://lab.auth.eu-west-1.amazoncognito.com/oauth2/token";
  const issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_aBcDeF123";
  expect(await read(issuer, { token_endpoint })).toMatchObject({ token_endpoint });
  for (const other of [
    "https://cognito-idp.evil.test/eu-west-1_aBcDeF123",
    "https://cognito-idp.eu-west-1.amazonaws.com.evil.test/eu-west-1_aBcDeF123",
    "https://lab.s3.amazonaws.com/cognito-idp.eu-west-1.amazonaws.com",
  ])
    await expect(read(other, { token_endpoint })).rejects.toMatchObject(elsewhere);
});

describe("F07 Google, whose endpoints are at googleapis.com", () => {
  const issuer = "https://accounts.google.com";
  const token_endpoint = "https://oauth2.googleapis.com/token";

  it("is pinned to them, also where its issuer is configured, and discovers nothing", async () => {
    const neverAsked: Fetch = async () => Promise.reject(new Error("nothing is to be fetched"));
    const own = (given?: string): Provider => google({ issuer: given, value: () => undefined });
    for (const provider of [own(), own(issuer)]) {
      const metadata = await readServerMetadata(provider, neverAsked);
      expect(metadata).toMatchObject({ issuer, token_endpoint });
    }
  });

  it("may name them as an issuer of any name, and no other domain", async () => {
    const revocation_endpoint = "https://oauth2.googleapis.com/revoke";
    const published = { token_endpoint, revocation_endpoint };
    expect(await read(issuer, published)).toMatchObject(published);
    const evil = { token_endpoint: "https://oauth2.googleapis.evil.test/token" };
    await expect(read(issuer, evil)).rejects.toMatchObject(elsewhere);
  });
});
