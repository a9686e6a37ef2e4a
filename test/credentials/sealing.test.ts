import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Keychain } from "../../src/context.ts";
import { fileNameOf } from "../../src/credentials/credential-file.ts";
import { passphraseKey, sealCredential } from "../../src/credentials/encryption.ts";
import { openStore, type StoreOptions } from "../../src/credentials/store.ts";
import { Secret } from "../../src/secret.ts";
import { realContext } from "../torture/real-context.ts";
import { reveal, sampleCredential } from "./credential-sample.ts";
import { FakeKeychain } from "./fake-keychain.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const credential = sampleCredential();
const tokens = [credential.accessToken, credential.refreshToken, credential.idToken].map((token) =>
  token?.reveal(),
);

type Setting = Partial<StoreOptions> & { keychain?: Keychain };

/** Opens stores of different configurations, each as a process of its own would, on one folder. */
async function prepare() {
  const folder = join(await temporaryFolder(), "store");
  const path = join(folder, fileNameOf(credential));
  const open = ({ keychain, ...options }: Setting) => {
    const context = {
      ...realContext(),
      openKeychain: async () => keychain,
      clock: { now: () => 1_700_000_000_000, sleep: async () => {} },
    };
    return openStore({ folder, mode: "auto", ...options }, context);
  };
  const envelope = async (): Promise<Record<string, unknown>> =>
    JSON.parse(await readFile(path, "utf8"));
  const change = async (changes: object) =>
    writeFile(path, JSON.stringify({ ...(await envelope()), ...changes }));
  const placeSealed = async (given = passphrase) => {
    await mkdir(folder, { mode: 0o700 });
    await writeFile(path, await sealedCheaply(given), { mode: 0o600 });
  };
  return { folder, path, open, envelope, change, placeSealed };
}

const passphrase = new Secret("correct horse battery staple");

/** A sealed file of the lowest cost that is taken; a save takes eight times that, slow on purpose. */
async function sealedCheaply(given: Secret): Promise<string> {
  const key = await passphraseKey(given, { cost: 2 ** 14, salt: "c2FsdC1vZi10aGUtdGVzdA" });
  return sealCredential(credential, key);
}

describe("a file sealed with a passphrase", { timeout: 60_000 }, () => {
  it("shows whom it is for and no token, and opens with the passphrase", async () => {
    const { open, path, envelope } = await prepare();
    const store = open({ mode: "file", passphrase });
    expect(await store.place()).toMatchObject({ protection: "passphrase" });
    await store.prepareSave(credential);
    await store.save(credential);
    const text = await readFile(path, "utf8");
    for (const token of tokens) expect(text).not.toContain(token);
    expect(await envelope()).toMatchObject({
      sealed: "passphrase",
      provider: "google",
      issuer: "https://accounts.example",
      scrypt_cost: 131_072,
    });
    expect(reveal(await open({ mode: "file", passphrase }).read(credential))).toEqual(
      reveal(credential),
    );
  });

  it("opens with no other passphrase, and not without one", async () => {
    const { open, path, placeSealed } = await prepare();
    await placeSealed();
    const before = await readFile(path);
    const wrong = { mode: "file", passphrase: new Secret("wrong") } as const;
    await expect(open(wrong).read(credential)).rejects.toMatchObject({
      kind: "store",
      code: "passphrase_wrong",
    });
    const missing = { kind: "store", code: "passphrase_missing" };
    await expect(open({ mode: "file" }).read(credential)).rejects.toMatchObject(missing);
    expect(await readFile(path)).toEqual(before);
  });

  it("is not replaced by an open one because the passphrase was forgotten", async () => {
    const { open, path, placeSealed } = await prepare();
    await placeSealed();
    const before = await readFile(path);
    for (const mode of ["file", "auto"] as const) {
      const refusal = { code: "passphrase_missing" };
      await expect(open({ mode }).prepareSave(credential)).rejects.toMatchObject(refusal);
      await expect(open({ mode }).save(credential)).rejects.toMatchObject(refusal);
    }
    expect(await readFile(path)).toEqual(before);
  });

  it("takes a passphrase as the same however its accents are typed", async () => {
    const { open, placeSealed } = await prepare();
    await placeSealed(new Secret("caf\u00e9"));
    const typed = open({ mode: "file", passphrase: new Secret("cafe\u0301") });
    expect(await typed.read(credential)).toBeDefined();
  });

  it.each([0, 1, 2 ** 13, 2 ** 19, 2 ** 40, 100_000])(
    "is corrupt when it asks for a cost of %d",
    async (cost) => {
      const { open, change } = await prepare();
      await open({ mode: "file" }).save(credential);
      await change({ sealed: "passphrase", key_id: "x", scrypt_cost: cost, scrypt_salt: "AAAA" });
      await expect(open({ mode: "file", passphrase }).read(credential)).rejects.toMatchObject({
        code: "store_corrupt",
      });
    },
  );

  it("is listed with its problem where the passphrase is missing", async () => {
    const { open, path, placeSealed } = await prepare();
    await placeSealed();
    expect(await open({ mode: "file" }).list()).toEqual([
      { file: path, problem: expect.stringContaining("passphrase") },
    ]);
    expect(await open({ mode: "file", passphrase }).list()).toMatchObject([
      { protection: "passphrase" },
    ]);
  });
});

describe("a file sealed with the keychain's key", { timeout: 60_000 }, () => {
  it("shows no token, and the keychain holds a key and no token", async () => {
    const { open, path } = await prepare();
    const keychain = new FakeKeychain();
    const store = open({ keychain });
    expect(await store.place()).toMatchObject({
      protection: "keychain",
      description: expect.stringContaining("Secret Service"),
    });
    await store.save(credential);
    const text = await readFile(path, "utf8");
    for (const token of tokens) expect(text).not.toContain(token);
    expect([...keychain.values.keys()]).toEqual(["store-key"]);
    expect([...keychain.values.values()].join()).toMatch(/^[\w-]{43}$/);
    expect(reveal(await open({ keychain }).read(credential))).toEqual(reveal(credential));
  });

  it.each([
    ["provider", "other"],
    ["issuer", "https://evil.example"],
    ["token_endpoint", "https://evil.example/token"],
    ["client_id", "another"],
    ["origins", ["https://evil.example"]],
    ["profile", "work"],
    ["nonce", "AAAAAAAAAAAAAAAA"],
    ["nonce", ""],
    ["tag", "AAAAAAAAAAAAAAAAAAAAAA"],
    ["tag", "AAAAAA"],
    ["ciphertext", "AAAA"],
  ])("does not open when its %s was changed to %j", async (name, value) => {
    const { open, path, folder, change } = await prepare();
    const keychain = new FakeKeychain();
    await open({ keychain }).save(credential);
    await change({ [name]: value });
    const key = { ...credential, ...(["provider", "profile"].includes(name) && { [name]: value }) };
    if (key[name as "profile"] === value) await copyFile(path, join(folder, fileNameOf(key)));
    await expect(open({ keychain }).read(key)).rejects.toMatchObject({
      kind: "unsafe",
      code: "store_tampered",
    });
  });

  it("does not open with the beginning of its tag, which could be guessed", async () => {
    const { open, change, envelope } = await prepare();
    const keychain = new FakeKeychain();
    await open({ keychain }).save(credential);
    const tag = Buffer.from(String((await envelope()).tag), "base64url");
    await change({ tag: tag.subarray(0, 4).toString("base64url") });
    await expect(open({ keychain }).read(credential)).rejects.toMatchObject({
      code: "store_tampered",
    });
  });

  it("does not take a passphrase's seal for its own", async () => {
    const { open, change, envelope, placeSealed } = await prepare();
    const keychain = new FakeKeychain();
    await placeSealed();
    await open({ keychain }).save(sampleCredential("x", { profile: "x" }));
    await change({ sealed: "keychain" });
    expect((await envelope()).sealed).toBe("keychain");
    await expect(open({ keychain }).read(credential)).rejects.toMatchObject({
      code: "keychain_unavailable",
    });
  });

  it("is never replaced by a weaker one because the keychain does not answer", async () => {
    const { open, path } = await prepare();
    const keychain = new FakeKeychain();
    await open({ keychain }).save(credential);
    const before = await readFile(path);
    keychain.mood = "locked";
    const refusal = {
      kind: "store",
      code: "keychain_unavailable",
      hint: expect.stringContaining("OAUTH_LAB_STORE=file"),
    };
    for (const setting of [{ keychain }, {}, { passphrase }] satisfies Setting[]) {
      await expect(open(setting).read(credential)).rejects.toMatchObject(refusal);
      await expect(open(setting).prepareSave(credential)).rejects.toMatchObject(refusal);
      await expect(open(setting).save(credential)).rejects.toMatchObject(refusal);
    }
    expect(await readFile(path)).toEqual(before);
  });

  it("is replaced by an open one on the explicit word of OAUTH_LAB_STORE=file", async () => {
    const { open, envelope } = await prepare();
    await open({ keychain: new FakeKeychain() }).save(credential);
    const store = open({ mode: "file" });
    await store.prepareSave(credential);
    await store.save(credential);
    expect(await envelope()).not.toHaveProperty("sealed");
    expect(reveal(await store.read(credential))).toEqual(reveal(credential));
  });

  it("G24 says so when the keychain has lost the key", async () => {
    const { open } = await prepare();
    const keychain = new FakeKeychain();
    await open({ keychain }).save(credential);
    keychain.values.clear();
    await expect(open({ keychain }).read(credential)).rejects.toMatchObject({
      code: "keychain_unavailable",
      message: expect.stringContaining("no longer holds the key"),
    });
  });

  it("G24 has one key, even when two processes make it at once", async () => {
    const { open } = await prepare();
    const keychain = new FakeKeychain();
    const profiles = ["a", "b", "c"].map((profile) => sampleCredential(profile, { profile }));
    await Promise.all(profiles.map((each) => open({ keychain }).save(each)));
    for (const each of profiles) {
      expect(reveal(await open({ keychain }).read(each))).toEqual(reveal(each));
    }
  });
});

describe("the choice of a place", { timeout: 60_000 }, () => {
  it.each<[string, Setting, string]>([
    ["auto, with a keychain", { keychain: new FakeKeychain(), passphrase }, "keychain"],
    ["auto, with a passphrase only", { passphrase }, "passphrase"],
    ["auto, with neither", {}, "file"],
    ["file, with a keychain", { mode: "file", keychain: new FakeKeychain() }, "file"],
    ["file, with a passphrase", { mode: "file", passphrase }, "passphrase"],
    ["keychain", { mode: "keychain", keychain: new FakeKeychain() }, "keychain"],
  ])("under %s is told, and kept to", async (_, setting, protection) => {
    const { open, envelope } = await prepare();
    const store = open(setting);
    expect((await store.place()).protection).toBe(protection);
    await store.save(credential);
    expect((await envelope()).sealed ?? "file").toBe(protection);
    expect(await store.list()).toMatchObject([{ protection }]);
  });

  it.each(["locked", "late", "forgetful"] as const)(
    "G22, G23 under auto does without a keychain that is %s, and trusts it with no key",
    async (mood) => {
      const { open } = await prepare();
      const keychain = new FakeKeychain();
      keychain.mood = mood;
      expect((await open({ keychain }).place()).protection).toBe("file");
      await open({ keychain }).save(credential);
      expect(keychain.values.has("store-key")).toBe(false);
    },
  );

  it("under keychain accepts nothing else", async () => {
    const { open } = await prepare();
    const keychain = new FakeKeychain();
    keychain.mood = "locked";
    for (const setting of [{ keychain }, { passphrase }]) {
      const store = open({ mode: "keychain", ...setting });
      const refusal = { kind: "store", code: "keychain_unavailable" };
      await expect(store.place()).rejects.toMatchObject(refusal);
      await expect(store.prepareSave(credential)).rejects.toMatchObject(refusal);
      await expect(store.save(credential)).rejects.toMatchObject(refusal);
    }
  });

  it("asks no keychain where the configuration wants none, nor to read an open file", async () => {
    const { open } = await prepare();
    const keychain = new FakeKeychain();
    await open({ mode: "file", keychain }).save(credential);
    expect(await open({ mode: "auto", keychain }).read(credential)).toBeDefined();
    expect(keychain.calls).toEqual([]);
  });

  it("G23 leaves no trial value behind in the keychain", async () => {
    const { open } = await prepare();
    const keychain = new FakeKeychain();
    await open({ keychain }).place();
    expect(keychain.calls).toContain("write probe");
    expect(keychain.values.size).toBe(0);
  });
});
