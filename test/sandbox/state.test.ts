import * as realFiles from "node:fs/promises";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Files } from "../../src/context.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import {
  approve,
  authorizationUrl,
  exchange,
  logIn,
  reachConsent,
  refresh,
  start,
  tryUserinfo,
} from "./lab.ts";

let folder: string;
let stateFile: string;
/** The state of a run that has ended. Its key is made once: RSA takes its time. */
let goodState: string;
beforeAll(async () => {
  const place = await mkdtemp(join(tmpdir(), "sandbox-"));
  const path = join(place, "sandbox.json");
  await (await startSandbox({ port: 0, context: { files: realFiles }, stateFile: path })).close();
  goodState = await readFile(path, "utf8");
  await rm(place, { recursive: true });
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandbox-"));
  stateFile = join(folder, "state", "sandbox.json");
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

interface SavedState {
  readonly keys: object;
  readonly records: readonly { readonly model: string }[];
}

async function savedModels(): Promise<string[]> {
  const { records }: SavedState = JSON.parse(await readFile(stateFile, "utf8"));
  return records.map(({ model }) => model).sort();
}

function withKeys(good: SavedState, keys: object): string {
  return JSON.stringify({ ...good, keys: { ...good.keys, ...keys } });
}

describe("the state file", () => {
  it("lets what was issued be refreshed by the next run, with the same keys", async () => {
    const first = await start({ stateFile });
    const tokens = await logIn(first);
    const keys = await (await fetch(`${first.issuer}/jwks`)).json();
    await first.close();

    const second = await start({ stateFile });
    expect(await (await fetch(`${second.issuer}/jwks`)).json()).toEqual(keys);
    expect(await tryUserinfo(second, tokens)).toBe(200);
    expect((await refresh(second, tokens.refreshToken)).status).toBe(200);
    expect((await refresh(second, tokens.refreshToken)).body.error).toBe("invalid_grant");
  });

  it("remembers across runs that a code was used", async () => {
    const first = await start({ stateFile });
    const code = (await approve(authorizationUrl(first))).searchParams.get("code") ?? "";
    const { body } = await exchange(first, code);
    await first.close();
    const second = await start({ stateFile });
    expect((await exchange(second, code)).body.error).toBe("invalid_grant");
    const refused = await refresh(second, String(body.refresh_token));
    expect(refused.body.error).toBe("invalid_grant");
  });

  it("holds a token before the answer with it leaves: a kill loses nothing", async () => {
    const sandbox = await start({ stateFile });
    const { refreshToken } = await logIn(sandbox);
    expect(await readFile(stateFile, "utf8")).toContain(refreshToken);
    const { body } = await refresh(sandbox, refreshToken);
    expect(await readFile(stateFile, "utf8")).toContain(body.refresh_token);
  });

  it("can be read by its owner alone, in a folder of theirs", async () => {
    await start({ stateFile });
    expect((await stat(stateFile)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "state"))).mode & 0o777).toBe(0o700);
  });

  it("keeps nothing of the logins under way, nor what has expired", async () => {
    const sandbox = await start({ stateFile });
    const { refreshToken } = await logIn(sandbox);
    await reachConsent(authorizationUrl(sandbox));
    const first = await refresh(sandbox, refreshToken);
    expect(await savedModels()).toEqual([
      "AccessToken",
      "AccessToken",
      "AuthorizationCode",
      "Grant",
      "RefreshToken",
      "RefreshToken",
    ]);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * 3600 * 1000 });
    await refresh(sandbox, String(first.body.refresh_token));
    expect(await savedModels()).toEqual([
      "AccessToken",
      "Grant",
      "RefreshToken",
      "RefreshToken",
      "RefreshToken",
    ]);
  });

  it.each<[string, (good: SavedState) => string]>([
    ["truncated", (good) => JSON.stringify(good).slice(0, 100)],
    ["empty", () => ""],
    ["null", () => "null"],
    ["of a later version", (good) => JSON.stringify({ ...good, version: 2 })],
    ["without a cookie key", (good) => withKeys(good, { cookieKey: "" })],
    ["without a signing key", (good) => withKeys(good, { signingKey: undefined })],
    [
      "with a key of another kind",
      (good) => withKeys(good, { signingKey: { kty: "oct", k: "AA" } }),
    ],
    ["with a record that is none", (good) => JSON.stringify({ ...good, records: [{ id: "x" }] })],
  ])("that is %s is moved aside, and a fresh one begun", async (_name, spoil) => {
    const spoilt = spoil(JSON.parse(goodState));
    await mkdir(join(folder, "state"));
    await writeFile(stateFile, spoilt);
    const sandbox = await start({ stateFile });
    expect(sandbox.movedAsideStateFile).toBe(`${stateFile}.unreadable`);
    expect(await readFile(`${stateFile}.unreadable`, "utf8")).toBe(spoilt);
    expect((await logIn(sandbox)).refreshToken).toMatch(/^sandbox_/);
  });

  it("that cannot be written makes the exchange fail rather than promise a token that is forgotten", async () => {
    const full: Files = { ...realFiles };
    const sandbox = await start({ stateFile, context: { files: full } });
    const code = (await approve(authorizationUrl(sandbox))).searchParams.get("code") ?? "";
    full.rename = () => Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" }));
    const { status, body } = await exchange(sandbox, code);
    expect([status, body]).toEqual([500, { error: "server_error" }]);
    const { browser, consent } = await reachConsent(authorizationUrl(sandbox));
    const answer = await browser.submit(consent, { answer: "allow" });
    expect([answer.url.origin, answer.status]).toEqual([sandbox.issuer, 500]);
    Object.assign(full, realFiles);
    expect((await logIn(sandbox)).refreshToken).toMatch(/^sandbox_/);
  });

  it("in a folder that cannot be made is an error of the store, and the port is free again", async () => {
    const { port, close } = await start();
    await close();
    await writeFile(join(folder, "state"), "a file");
    await expect(start({ port, stateFile })).rejects.toMatchObject({ kind: "store" });
    await start({ port });
  });

  it("survives two sandboxes at once: the last one to write is kept whole", async () => {
    const [one, two] = await Promise.all([start({ stateFile }), start({ stateFile })]);
    await Promise.all([logIn(one), logIn(one), logIn(two), logIn(two)]);
    const last = await logIn(two);
    const third = await start({ stateFile });
    expect(third.movedAsideStateFile).toBeUndefined();
    expect((await refresh(third, last.refreshToken)).status).toBe(200);
  });

  it("is written once for answers that leave together, and leaves no other file behind", async () => {
    let writes = 0;
    const counting: Files = { ...realFiles };
    counting.rename = (from, to) => {
      writes += 1;
      return realFiles.rename(from, to);
    };
    const sandbox = await start({ stateFile, context: { files: counting } });
    const logins = await Promise.all(Array.from({ length: 20 }, () => logIn(sandbox)));
    writes = 0;
    await Promise.all(logins.map(({ refreshToken }) => refresh(sandbox, refreshToken)));
    expect(writes).toBeLessThan(20);
    expect(await readdir(join(folder, "state"))).toEqual(["sandbox.json"]);
  });
});
