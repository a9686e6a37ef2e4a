// G10: what an earlier oauth-lab stored, as it stood on disk then. There are two versions: 1, and 2 for a credential with a key or a registered client of its own.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openStore } from "../../src/credentials/store.ts";
import { Secret } from "../../src/secret.ts";
import { play, storedCredential } from "../commands/scene.ts";
import { createTestContext } from "../support/context.ts";
import { startGoogleServer } from "../support/google-server.ts";
import { signIn } from "../support/sign-in.ts";
import { realContext } from "../torture/real-context.ts";
import { faultyFiles } from "./faulty-files.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** A record byte for byte as the first version wrote it; all that it can hold is in it. */
const version1 = `{"version":1,"provider":"google","profile":"default","issuer":"https://accounts.example","token_endpoint":"https://accounts.example/token","client_id":"client-1","origins":["https://accounts.example","https://api.example"],"grant":"authorization_code","access_token":"older-at-6f1d0b8c","token_type":"bearer","obtained_at":1700000000000,"expires_at":1700003600000,"refresh_token":"older-rt-93ac77d2","refresh_expires_at":1707776000000,"requested_scopes":["openid","email"],"granted_scopes":["openid"],"id_token":"older-it-5e20c1b8","subject":"248289761001","login":"janedoe@example.com"}
`;
const key = { provider: "google", profile: "default" };

/** A folder in which an earlier oauth-lab stored that. */
async function prepare() {
  const folder = join(await temporaryFolder(), "store");
  await fs.mkdir(folder, { mode: 0o700 });
  const path = join(folder, "default@google.json");
  await fs.writeFile(path, version1, { mode: 0o600 });
  return { folder, path, store: openStore({ folder, mode: "file" }, realContext()) };
}

/** What stands beside it: nothing is to be left there. A copy of the old record would be a refresh token that nobody watches. */
const besides = async (folder: string) =>
  (await fs.readdir(folder)).filter(
    (name) => ![".gitignore", "default@google.json"].includes(name),
  );

it("G10 an older record is read whole and left as it is; what is written of it is the same to the byte", async () => {
  const { folder, path, store } = await prepare();
  const credential = await store.read(key);
  if (credential === undefined) throw new Error("nothing was read");
  expect(await store.list()).toEqual([{ credential, protection: "file" }]);
  expect(await fs.readFile(path, "utf8")).toBe(version1);
  await store.save(credential);
  expect(await fs.readFile(path, "utf8")).toBe(version1);
  expect(await besides(folder)).toEqual([]);
});

it("G10 a save that needs the newer version writes it anew, with all that was in the older one and no copy of that beside it", async () => {
  const { folder, path, store } = await prepare();
  const credential = await store.read(key);
  if (credential === undefined) throw new Error("nothing was read");
  await store.save({ ...credential, proofKey: new Secret('{"kty":"EC"}') });
  expect(JSON.parse(await fs.readFile(path, "utf8"))).toEqual({
    ...JSON.parse(version1),
    version: 2,
    proof_key: '{"kty":"EC"}',
  });
  expect((await fs.stat(path)).mode & 0o777).toBe(0o600);
  expect(await besides(folder)).toEqual([]);
});

it("G10 whichever call of that save fails for good, the older record stands there whole, or the newer one", async () => {
  const results = new Set<number>();
  for (let at = 1, done = false; !done; at += 1) {
    const { folder, path, store } = await prepare();
    const credential = await store.read(key);
    if (credential === undefined) throw new Error("nothing was read");
    const { files, calls } = faultyFiles({ at, onwards: true, errno: "EIO" });
    const clock = { now: () => 0, sleep: async () => {} };
    const failing = openStore({ folder, mode: "file" }, { ...realContext(), files, clock });
    const save = failing.save({ ...credential, proofKey: new Secret('{"kty":"EC"}') });
    const failure: unknown = await save.then(
      () => undefined,
      (error) => error,
    );
    done = calls.length < at;
    if (!done) expect(failure, `call ${at}`).toMatchObject({ kind: "store", code: "eio" });
    const text = await fs.readFile(path, "utf8");
    results.add(JSON.parse(text).version);
    if (JSON.parse(text).version === 1) expect(text).toBe(version1);
    else expect(JSON.parse(text)).toMatchObject({ ...JSON.parse(version1), version: 2 });
  }
  expect([...results]).toEqual([1, 2]);
});

it("G10 a refresh with what was stored by an older version loses nothing of it but the tokens that it replaces", async () => {
  const server = await startGoogleServer({ clientType: "desktop" });
  const redirect = { GOOGLE_REDIRECT_URI: "http://127.0.0.1:0/callback/google" };
  const context = await createTestContext({ browser: signIn, env: { ...server.env, ...redirect } });
  expect((await play(context, "google-offline")).exitCode).toBe(0);
  const path = join(context.storeFolder, "default@google.json");
  const { version, access_token, refresh_token, id_token, ...rest } = JSON.parse(
    await fs.readFile(path, "utf8"),
  );
  expect(version).toBe(1);
  // As a person edits it, or another program: other white space, another order.
  const older = { ...rest, refresh_expires_at: 4_102_444_800_000, refresh_token, id_token };
  await fs.writeFile(path, JSON.stringify({ ...older, access_token, version }, undefined, 2));
  const before = await storedCredential(context, "google");
  expect(await play(context, "refresh google")).toMatchObject({ exitCode: 0, stdout: "" });
  const after = await storedCredential(context, "google");
  expect(after?.accessToken).not.toBe(access_token);
  expect(after).toEqual({
    ...before,
    accessToken: after?.accessToken,
    idToken: after?.idToken,
    obtainedAt: after?.obtainedAt,
    expiresAt: after?.expiresAt,
  });
  expect(JSON.parse(await fs.readFile(path, "utf8")).version).toBe(1);
  expect((await fs.readdir(context.storeFolder)).filter((name) => /tmp|bak/.test(name))).toEqual(
    [],
  );
});
