// The client's private key: which files are read, which keys can sign, and by what algorithm.
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readPrivateKey } from "../../src/flow/private-key.ts";
import { createTestContext } from "../support/context.ts";

const pem = (key: KeyObject) => key.export({ format: "pem", type: "pkcs8" }) as string;
const jwk = (key: KeyObject, members: object = {}) =>
  JSON.stringify({ ...key.export({ format: "jwk" }), ...members });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
const p521 = generateKeyPairSync("ec", { namedCurve: "P-521" }).privateKey;

async function read(
  content: string,
  { mode = 0o600, offered }: { mode?: number; offered?: string[] } = {},
) {
  const context = await createTestContext();
  const path = join(context.workingFolder, "key");
  await fs.writeFile(path, content);
  await fs.chmod(path, mode);
  const { key, keyId } = await readPrivateKey({ path, offered }, context);
  const { name, hash, namedCurve } = key.algorithm as {
    name: string;
    hash?: { name: string };
    namedCurve?: string;
  };
  expect(key.extractable).toBe(false);
  return [name, hash?.name ?? namedCurve, keyId];
}

describe("a private key", () => {
  it.each<[string, string, string[] | undefined, unknown[]]>([
    ["RSA in PEM", pem(rsa), undefined, ["RSASSA-PKCS1-v1_5", "SHA-256", undefined]],
    [
      "RSA in PKCS#1",
      rsa.export({ format: "pem", type: "pkcs1" }) as string,
      ["PS256", "RS256"],
      ["RSASSA-PKCS1-v1_5", "SHA-256", undefined],
    ],
    [
      "RSA where the server takes only PS256",
      pem(rsa),
      ["PS256"],
      ["RSA-PSS", "SHA-256", undefined],
    ],
    [
      "RSA that says what it is for",
      jwk(rsa, { alg: "PS384", kid: "key-7" }),
      ["RS256", "PS384"],
      ["RSA-PSS", "SHA-384", "key-7"],
    ],
    ["P-256", jwk(p256, { kid: "key-7" }), undefined, ["ECDSA", "P-256", "key-7"]],
    [
      "P-256 in SEC1",
      p256.export({ format: "pem", type: "sec1" }) as string,
      ["ES256"],
      ["ECDSA", "P-256", undefined],
    ],
    ["P-384", pem(p384), ["ES256", "ES384"], ["ECDSA", "P-384", undefined]],
    ["P-521", pem(p521), undefined, ["ECDSA", "P-521", undefined]],
  ])("may be %s", async (_what, content, offered, expected) => {
    expect(await read(content, { ...(offered && { offered }) })).toEqual(expected);
  });

  it.each<[string, string, string[] | undefined, string]>([
    ["no key", "GITHUB_CLIENT_ID=1", undefined, "neither a private key in PEM nor one as a JWK"],
    ["a public key", jwk(p256, { d: undefined }), undefined, "neither a private key in PEM"],
    ["broken JSON", "{", undefined, "neither a private key in PEM"],
    [
      "encrypted",
      p256.export({
        format: "pem",
        type: "pkcs8",
        cipher: "aes-256-cbc",
        passphrase: "words",
      }) as string,
      undefined,
      "is encrypted",
    ],
    [
      "a short RSA key",
      pem(generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey),
      undefined,
      "neither an RSA key of 2048 bits or more nor",
    ],
    [
      "on another curve",
      pem(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey),
      undefined,
      "nor one on P-256, P-384 or P-521",
    ],
    ["Ed25519", pem(generateKeyPairSync("ed25519").privateKey), undefined, "nor one on P-256"],
    ["one that the server cannot check", pem(p256), ["RS256"], "signs by ES256, and the server"],
    ["for an algorithm that is not its own", jwk(p256, { alg: "HS256" }), undefined, "neither"],
  ])("is refused without quoting it: %s", async (_what, content, offered, problem) => {
    await expect(read(content, { ...(offered && { offered }) })).rejects.toMatchObject({
      kind: "usage",
      code: "private_key_unusable",
      message: expect.stringContaining(problem),
    });
  });
});

describe.runIf(process.getuid)("the file of a private key", () => {
  it.each([
    [0o640, "can be read by other users"],
    [0o604, "can be read by other users"],
    [0o620, "can be changed by other users"],
    [0o602, "can be changed by other users"],
  ])("of mode %o is not read", async (mode, problem) => {
    await expect(read(pem(p256), { mode })).rejects.toMatchObject({
      kind: "unsafe",
      code: "private_key_exposed",
      message: expect.stringContaining(problem),
    });
  });

  const root = process.getuid?.() === 0 ? 0 : undefined;
  it.runIf(root === 0)("of another user is not read, and root's may be shared", async () => {
    const context = await createTestContext();
    const path = join(context.workingFolder, "key");
    await fs.writeFile(path, pem(p256), { mode: 0o640 });
    const asUser = { ...context, userId: 1000 };
    expect((await readPrivateKey({ path, offered: undefined }, asUser)).key.type).toBe("private");
    await fs.chown(path, 1001, 1001);
    await expect(readPrivateKey({ path, offered: undefined }, asUser)).rejects.toMatchObject({
      message: expect.stringContaining("belongs to another user"),
    });
  });

  it("that grows while it is read is read no further, and in few pieces", async () => {
    const context = await createTestContext();
    let reads = 0;
    const path = join(context.workingFolder, "key");
    const text = jwk(p256);
    await fs.writeFile(path, text, { mode: 0o600 });
    const open: typeof fs.open = async (...request) => {
      const handle = await fs.open(...request);
      const [stat, readPiece] = [handle.stat.bind(handle), handle.read.bind(handle)];
      handle.read = ((...request: Parameters<typeof readPiece>) => {
        reads += 1;
        return readPiece(...request);
      }) as typeof handle.read;
      handle.stat = (async () => {
        const stats = await stat();
        await fs.appendFile(path, `${" ".repeat(16_384)}and what else a log has`);
        return stats;
      }) as typeof handle.stat;
      return handle;
    };
    const growing = { ...context, files: { ...context.files, open } };
    const { key } = await readPrivateKey({ path, offered: undefined }, growing);
    expect(key.type).toBe("private");
    expect(reads).toBeLessThan(10);
  });

  it("is named where it is missing, too large, or no file", async () => {
    const context = await createTestContext();
    const path = join(context.workingFolder, "key");
    const open = () => readPrivateKey({ path, offered: undefined }, context);
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining("ENOENT") });
    await fs.writeFile(path, "x".repeat(16_385), { mode: 0o600 });
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining("16 KiB") });
    await fs.rm(path);
    await fs.mkdir(path);
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining("not a file") });
  });
});
