import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Credential } from "../../src/credentials/credential.ts";
import {
  formatRecord,
  maxRecordBytes,
  parseStored,
  RecordError,
  readRecord,
} from "../../src/credentials/record.ts";
import { Secret } from "../../src/secret.ts";
import { reveal, sampleCredential } from "./credential-sample.ts";

const read = (text: string | Uint8Array) =>
  readRecord(parseStored(typeof text === "string" ? Buffer.from(text) : text));
const sampleObject = (): Record<string, unknown> => JSON.parse(formatRecord(sampleCredential()));

const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);
const runs = Number(process.env.PROPERTY_RUNS ?? 2000);

describe("a record", () => {
  it("is read back as it was written", () => {
    const credential = sampleCredential();
    expect(reveal(read(formatRecord(credential)))).toEqual(reveal(credential));
  });

  it("has a name in snake_case for each field, and a version", () => {
    expect(Object.keys(sampleObject())).toEqual([
      ...["version", "provider", "profile", "issuer", "token_endpoint", "client_id", "origins"],
      ...["grant", "access_token", "token_type", "obtained_at", "expires_at", "refresh_token"],
      ...["refresh_expires_at", "requested_scopes", "granted_scopes", "id_token", "subject"],
      "login",
    ]);
  });

  it("leaves out what a credential does not have", () => {
    const { expiresAt, refreshToken, idToken, ...bare } = sampleCredential();
    const credential = read(formatRecord(bare));
    expect(Object.keys(credential)).not.toContain("expiresAt");
    expect(Object.keys(credential)).not.toContain("refreshToken");
    expect(Object.keys(credential)).not.toContain("idToken");
  });

  it.each([
    [Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER],
    [1e300, Number.MAX_SAFE_INTEGER],
    [-5, 0],
    [1234.56, 1234],
  ])("can be read again when a provider names a lifetime of %d", (expiresAt, due) => {
    expect(read(formatRecord(sampleCredential("one", { expiresAt }))).expiresAt).toBe(due);
  });
});

describe("a record with a key or a client of its own", () => {
  const client = {
    clientAuthentication: "client_secret_basic",
    redirectUri: "http://127.0.0.1:8000/callback/oidc",
    secret: new Secret("registered-secret-5c1d"),
    management: { uri: "https://accounts.example/reg/1", accessToken: new Secret("reg-token-77") },
  } as const;

  it.each<Partial<Credential>>([
    { proofKey: new Secret('{"kty":"EC"}') },
    { client },
    { client: { clientAuthentication: "none", redirectUri: client.redirectUri } },
  ])("comes back whole, in a format that an older oauth-lab does not touch", (changes) => {
    const text = formatRecord(sampleCredential("one", changes));
    expect(JSON.parse(text).version).toBe(2);
    const { proofKey, client: own } = read(text);
    expect(proofKey?.reveal()).toBe(changes.proofKey?.reveal());
    expect(own?.secret?.reveal()).toBe(changes.client?.secret?.reveal());
    expect(own?.management?.accessToken.reveal()).toBe(
      changes.client?.management?.accessToken.reveal(),
    );
    expect(own).toEqual(changes.client);
  });

  it("keeps to the first format without them", () => {
    expect(JSON.parse(formatRecord(sampleCredential())).version).toBe(1);
  });

  it.each(["a text", null, 1, { token_endpoint_auth_method: "magic" }, {}])(
    "is corrupt where the client is %j",
    (value) => {
      const content = JSON.stringify({ ...sampleObject(), registered_client: value });
      expect(() => read(content)).toThrow(expect.objectContaining({ reason: "corrupt" }));
    },
  );
});

describe("a file that is no record", () => {
  const text = formatRecord(sampleCredential());
  it.each<[string, string | Uint8Array]>([
    ["empty", ""],
    ["blank", " \n"],
    ["truncated", text.slice(0, 300)],
    ["of NUL bytes", new Uint8Array(4096)],
    ["with a byte order mark", `\ufeff${text}`],
    ["in UTF-16", Buffer.from(`\ufeff${text}`, "utf16le")],
    ["not UTF-8 within a text", Buffer.from(text.replace("google", "g\u00ffgle"), "latin1")],
    ["a list", "[]"],
    ["null", "null"],
    ["of 10 MB", Buffer.alloc(10_000_000, 0x20)],
    ["one byte too large", text.padEnd(maxRecordBytes + 1)],
    ["of version 0", JSON.stringify({ ...sampleObject(), version: 0 })],
    ["without a version", "{}"],
  ])("is corrupt when it is %s", (_, content) => {
    expect(() => read(content)).toThrow(expect.objectContaining({ reason: "corrupt" }));
  });

  it("is no damage when a newer version wrote it", () => {
    const content = JSON.stringify({ version: 3, anything: "else" });
    expect(() => read(content)).toThrow(expect.objectContaining({ reason: "newer" }));
  });

  it.each(Object.keys(sampleObject()))("is corrupt when its %s is of another type", (name) => {
    for (const value of [null, {}, [1], -1, 1.5, "2e999", true]) {
      if (
        typeof value === "string" &&
        typeof sampleObject()[name] === "string" &&
        name !== "grant"
      ) {
        continue;
      }
      const content = JSON.stringify({ ...sampleObject(), [name]: value });
      expect(() => read(content), JSON.stringify(value)).toThrow(RecordError);
    }
  });

  it("is told without a word of its content", () => {
    const content = JSON.stringify({ ...sampleObject(), grant: "secret-value" });
    expect(() => read(content)).toThrow(/^its grant is not/);
    expect(() => read(content)).not.toThrow(/secret-value/);
  });
});

describe(`the reader (seed ${seed})`, () => {
  it("gives back any credential that can be written", () => {
    fc.assert(
      fc.property(anyCredential, (credential) => {
        expect(reveal(read(formatRecord(credential)))).toEqual(reveal(credential));
      }),
      { seed, numRuns: runs },
    );
  });

  it("answers any bytes with a credential or a RecordError", () => {
    const damaged = fc
      .tuple(anyCredential, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }))
      .map(([credential, changes]) => {
        const bytes = Buffer.from(formatRecord(credential));
        for (const [place, byte] of changes) bytes[place % bytes.length] = byte;
        return bytes;
      });
    const foreign = fc.json().map((json) => Buffer.from(json));
    const objects = fc
      .dictionary(fc.constantFrom(...Object.keys(sampleObject()), "__proto__"), fc.jsonValue())
      .map((object) => Buffer.from(JSON.stringify({ ...sampleObject(), ...object })));
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 2000 }), damaged, foreign, objects);
    fc.assert(
      fc.property(bytes, (content) => {
        try {
          expect(read(content).accessToken).toBeInstanceOf(Secret);
        } catch (error) {
          expect(error).toBeInstanceOf(RecordError);
        }
      }),
      { seed, numRuns: runs },
    );
  });
});

const texts = fc.string({ unit: "grapheme" });
const times = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const secrets = texts.map((text) => new Secret(text));
const anyCredential: fc.Arbitrary<Credential> = fc.record(
  {
    provider: texts,
    profile: texts,
    binding: fc.record({
      issuer: texts,
      tokenEndpoint: texts,
      clientId: texts,
      origins: fc.array(texts),
    }),
    accessToken: secrets,
    tokenType: texts,
    obtainedAt: times,
    expiresAt: times,
    refreshToken: secrets,
    refreshExpiresAt: times,
    requestedScopes: fc.array(texts),
    grantedScopes: fc.array(texts),
    idToken: secrets,
    subject: texts,
    login: texts,
    grant: fc.constantFrom("authorization_code", "device_code", "client_credentials"),
  },
  {
    requiredKeys: [
      ...(["provider", "profile", "binding", "accessToken", "tokenType", "obtainedAt"] as const),
      ...(["requestedScopes", "grantedScopes", "grant"] as const),
    ],
  },
);
