// doctor: each thing that it looks at, sound and broken; its exit code; and that it tells no configured value.
import * as fs from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { FakeKeychain } from "../credentials/fake-keychain.ts";
import { createTestContext, type TestContext } from "../support/context.ts";
import { play, startSandboxScene } from "./scene.ts";

interface Found {
  readonly name: string;
  readonly outcome: string;
  readonly kind: string | null;
  readonly message: string;
  readonly repair: string | null;
}

/** What doctor finds of one name, and its exit code. */
async function examine(context: TestContext, name: string, line = "doctor") {
  const { exitCode, stdout, stderr } = await play(context, `${line} --json`);
  expect(stderr).toBe("");
  const { version, worst, checks } = JSON.parse(stdout) as { [key: string]: unknown } & {
    checks: Found[];
  };
  expect(version).toBe(1);
  return { exitCode, worst, found: checks.filter((check) => check.name === name) };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A provider without discovery whose server says that it is this late. */
async function startWithClock(secondsLate: number): Promise<TestContext> {
  const now = Date.UTC(2030, 0, 1);
  const url = await listen(
    createServer((_, answer) => {
      answer.setHeader("date", new Date(now - secondsLate * 1000).toUTCString());
      answer.writeHead(404).end();
    }),
  );
  const env = {
    LAB_TOKEN_ENDPOINT: `${url}/token`,
    LAB_CLIENT_ID: "lab-client",
    LAB_REDIRECT_URI: "http://127.0.0.1:0/callback/lab",
  };
  return createTestContext({ now, env });
}

describe("doctor", () => {
  it("finds nothing wrong with a fresh machine", async () => {
    const context = await createTestContext({ env: { DISPLAY: ":0" } });
    const { exitCode, stdout, stderr } = await play(context, "doctor");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^✓ node +Node v\d/);
    expect(stdout).toMatch(/^✓ store +0 stored; new logins go to /m);
    expect(stdout).not.toContain("✗");
    expect(context.exchanges).toEqual([]);
  });

  it("tells where each value came from, and never the value", async () => {
    const context = await createTestContext({ env: { LAB_CLIENT_SECRET: "a-secret-of-mine-123" } });
    context.canary("a-value-in-the-file-456");
    const file = join(context.workingFolder, ".env");
    await fs.writeFile(file, "LAB_CLIENT_ID=a-value-in-the-file-456\nBROWSER=evil\n");
    const { found } = await examine(context, "configuration");
    expect(found[0]?.message).toContain(`LAB_CLIENT_ID from ${file}`);
    expect(found[0]?.message).toContain("LAB_CLIENT_SECRET from environment");
    expect(found[1]).toMatchObject({
      outcome: "note",
      message: expect.stringContaining("BROWSER"),
    });
  });

  it.each([
    ["a # that cuts", Buffer.from("LAB_CLIENT_SECRET=ab#cd\n"), "quotes"],
    ["UTF-16, as PowerShell writes it", Buffer.from("\ufeffLAB_CLIENT_ID=a\n", "utf16le"), "UTF-8"],
    ["typographic quotes", Buffer.from("LAB_CLIENT_ID=\u201cabc\u201d\n"), "plain quotes"],
    ["a quote left open", Buffer.from('LAB_CLIENT_ID="abc\n'), "Close the quote"],
  ])("I05 is ill with a .env that does not say what it seems to: %s", async (_, bytes, repair) => {
    const context = await createTestContext();
    await fs.writeFile(join(context.workingFolder, ".env"), bytes);
    const { exitCode, worst, found } = await examine(context, "configuration");
    expect({ exitCode, worst }).toEqual({ exitCode: 2, worst: "usage" });
    expect(found).toMatchObject([{ outcome: "problem", repair: expect.stringContaining(repair) }]);
  });

  it.each([
    ["doctor", "LAB_CLIENT_ID=ab#cd\n"],
    ["doctor --env-file nowhere.env", ""],
    ["doctor gihub", ""],
  ])("looks at the store although the configuration is ill: %s, %j", async (line, text) => {
    const context = await createTestContext();
    await fs.writeFile(join(context.workingFolder, ".env"), text);
    await fs.writeFile(join(context.storeFolder, "default@lab.json"), "{", { mode: 0o600 });
    const { found } = await examine(context, "store", line);
    expect(found.map(({ outcome }) => outcome)).toEqual(["ok", "problem"]);
    expect((await examine(context, "configuration", line)).found).toHaveLength(1);
  });

  it("notes a .env that others may read, and what in it is ignored", async () => {
    const context = await createTestContext();
    context.canary("a-secret-for-all-789");
    const file = join(context.workingFolder, ".env");
    const lines = ["LAB_CLIENT_SECRET=a-secret-for-all-789", "OAUTH_LAB_STORE=memory", ""];
    await fs.writeFile(file, lines.join("\n"), { mode: 0o644 });
    const { exitCode, found } = await examine(context, "configuration");
    expect(exitCode).toBe(0);
    const notes = found.filter(({ outcome }) => outcome === "note").map(({ message }) => message);
    expect(notes).toEqual([
      expect.stringContaining("chmod 600"),
      expect.stringContaining("OAUTH_LAB_STORE"),
    ]);
    // To the leak check a secret may stand in no file.
    await fs.rm(file);
  });

  it.each([
    ["v18.20.4", 2],
    ["v20.17.9", 2],
    ["v20.18.0", 2],
    ["v20.18.1", 0],
    ["v20.19.0", 0],
    ["v22.0.0", 0],
    ["v26.10.0", 0],
  ])("I17 judges Node %s", async (nodeVersion, expected) => {
    const { exitCode } = await examine(await createTestContext({ nodeVersion }), "node");
    expect(exitCode).toBe(expected);
  });

  it("says where no browser will open", async () => {
    for (const env of [{ CI: "true", DISPLAY: ":0" }, {}]) {
      const context = await createTestContext({ env, platform: "linux" });
      const { exitCode, found } = await examine(context, "browser");
      expect({ exitCode, outcome: found[0]?.outcome }).toEqual({ exitCode: 0, outcome: "note" });
    }
  });

  it("names a proxy's variable, not its address, which may hold a password", async () => {
    const context = await createTestContext({ env: { https_proxy: "http://u:pass-word@proxy:1" } });
    context.canary("pass-word");
    const { found } = await examine(context, "proxy");
    const message = "requests go through the proxy of https_proxy";
    expect(found).toMatchObject([{ outcome: "ok", message, repair: null }]);
  });

  it("finds what is no proxy's address, and does not tell it", async () => {
    const context = await createTestContext({ env: { ALL_PROXY: "socks5://u:pass-word@proxy" } });
    context.canary("pass-word");
    const { exitCode, found } = await examine(context, "proxy");
    expect(exitCode).toBe(2);
    expect(found).toMatchObject([
      { outcome: "problem", kind: "usage", message: expect.stringMatching(/^ALL_PROXY names/) },
    ]);
  });

  it.each([
    ["nowhere.pem", undefined, 2],
    ["ca.pem", "no certificate", 2],
    ["ca.pem", "-----BEGIN CERTIFICATE-----", 0],
  ])("looks into the file of NODE_EXTRA_CA_CERTS: %s, %s", async (path, text, expected) => {
    const context = await createTestContext({ env: { NODE_EXTRA_CA_CERTS: path } });
    if (text !== undefined) await fs.writeFile(join(context.workingFolder, path), text);
    const { exitCode } = await examine(context, "certificates");
    expect(exitCode).toBe(expected);
  });

  it("I14 holds switched-off certificate checks to be the worst", async () => {
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: "0", NODE_EXTRA_CA_CERTS: "nowhere.pem" };
    const context = await createTestContext({ env, nodeVersion: "v18.0.0" });
    const { exitCode, worst } = await examine(context, "certificates");
    expect({ exitCode, worst }).toEqual({ exitCode: 6, worst: "unsafe" });
  });

  it("finds a store that others can write to, or that cannot be written", async () => {
    const open = await createTestContext();
    await fs.chmod(open.storeFolder, 0o777);
    expect((await examine(open, "store")).exitCode).toBe(6);
    const full = await createTestContext({
      files: { open: () => Promise.reject(Object.assign(new Error("no"), { code: "ENOSPC" })) },
    });
    const { exitCode, found } = await examine(full, "store");
    expect(exitCode).toBe(8);
    expect(found[0]?.repair).toContain("Free some space");
  });

  it("finds a credential that cannot be read, and makes no folder", async () => {
    const context = await createTestContext();
    await fs.writeFile(join(context.storeFolder, "default@lab.json"), "{", { mode: 0o600 });
    expect((await examine(context, "store")).exitCode).toBe(8);
    context.env.OAUTH_LAB_HOME = join(context.homeFolder, "not", "there");
    expect((await examine(context, "store")).found[0]?.message).toContain("nothing stored yet");
    expect(await fs.readdir(context.homeFolder)).toEqual([]);
  });

  it("times the keychain, and takes a silent one for a problem only where it must be used", async () => {
    const keychain = new FakeKeychain();
    const context = await createTestContext({ keychain, env: { OAUTH_LAB_STORE: "auto" } });
    const { found } = await examine(context, "keychain");
    expect(found).toMatchObject([{ outcome: "ok", message: "Secret Service answered in 0 ms" }]);
    keychain.mood = "locked";
    const dispensable = await examine(context, "keychain");
    expect(dispensable).toMatchObject({ exitCode: 0, found: [{ outcome: "note" }] });
    context.env.OAUTH_LAB_STORE = "keychain";
    const needed = await examine(context, "keychain");
    expect(needed).toMatchObject({ exitCode: 8, found: [{ outcome: "problem" }] });
    expect([...keychain.values.keys()]).not.toContain("probe");
  });
});

describe("doctor of a provider", () => {
  it("is well with the sandbox while it runs", async () => {
    const { context } = await startSandboxScene();
    const { exitCode, stdout } = await play(context, "doctor sandbox");
    expect(exitCode).toBe(0);
    for (const name of ["client", "redirect", "metadata", "clock"])
      expect(stdout).toMatch(new RegExp(`^✓ ${name} `, "m"));
  });

  it("misses a client that is not configured", async () => {
    const { found } = await examine(await startWithClock(0), "client", "doctor google");
    expect(found).toMatchObject([{ outcome: "problem", kind: "usage" }]);
    expect(found[0]?.message).toContain("GOOGLE_CLIENT_ID");
  });

  it("finds a port that is taken, and leaves a free one free", async () => {
    const context = await startWithClock(0);
    const taken = createServer();
    const uri = `${await listen(taken)}/callback`;
    context.env.LAB_REDIRECT_URI = uri;
    const first = await examine(context, "redirect", "doctor lab");
    expect(first).toMatchObject({ exitCode: 2, found: [{ outcome: "problem" }] });
    expect(first.found[0]?.message).toContain("EADDRINUSE");
    await new Promise((resolve) => taken.close(resolve));
    for (let times = 0; times < 2; times += 1)
      expect((await examine(context, "redirect", "doctor lab")).exitCode).toBe(0);
  });

  it("says that an https redirect URI means paste", async () => {
    const context = await startWithClock(0);
    context.env.LAB_REDIRECT_URI = "https://localhost:8000/callback";
    const { exitCode, found } = await examine(context, "redirect", "doctor lab");
    expect({ exitCode, outcome: found[0]?.outcome }).toEqual({ exitCode: 0, outcome: "note" });
  });

  it.each([
    [0, 0, "0 s ahead of"],
    [61, 2, "61 s ahead of"],
    [-3600, 2, "3600 s behind"],
  ])("compares the clocks: %i seconds", async (secondsLate, expected, message) => {
    const { exitCode, found } = await examine(
      await startWithClock(secondsLate),
      "clock",
      "doctor lab",
    );
    expect({ exitCode, message: found[0]?.message }).toEqual({
      exitCode: expected,
      message: expect.stringContaining(message),
    });
  });

  it("F07 finds a token endpoint at another domain, and names the key that allows it", async () => {
    const server = createServer((request, response) => {
      const issuer = `http://${request.headers.host}`;
      const published = { issuer, token_endpoint: "https://tokens.evil.test/token" };
      response.setHeader("content-type", "application/json").end(JSON.stringify(published));
    });
    const env = { LAB_ISSUER: await listen(server), LAB_CLIENT_ID: "x" };
    const context = await createTestContext({ env });
    const { exitCode, found } = await examine(context, "metadata", "doctor lab");
    expect({ exitCode, found }).toMatchObject({ exitCode: 6, found: [{ outcome: "problem" }] });
    expect(found[0]?.message).toContain("at another domain: https://tokens.evil.test/token.");
    expect(found[0]?.repair).toContain("set LAB_TOKEN_ENDPOINT to it");
  });

  it("finds metadata that is another issuer's to be unsafe", async () => {
    const answer = JSON.stringify({
      issuer: "https://other.example",
      token_endpoint: "https://x.example",
    });
    const url = await listen(
      createServer((_, response) =>
        response.setHeader("content-type", "application/json").end(answer),
      ),
    );
    const context = await createTestContext({ env: { LAB_ISSUER: url, LAB_CLIENT_ID: "x" } });
    const { exitCode, worst, found } = await examine(context, "metadata", "doctor lab");
    expect({ exitCode, worst }).toEqual({ exitCode: 6, worst: "unsafe" });
    expect(found).toMatchObject([{ outcome: "problem", repair: expect.any(String) }]);
  });

  it("tells a server that cannot be reached", async () => {
    const context = await createTestContext({
      env: {
        LAB_ISSUER: "http://127.0.0.1:1",
        LAB_CLIENT_ID: "x",
        LAB_REDIRECT_URI: "http://127.0.0.1:0/callback/lab",
      },
    });
    const { exitCode, found } = await examine(context, "metadata", "doctor lab");
    expect(exitCode).toBe(7);
    expect(found[0]).toMatchObject({ outcome: "problem", kind: "unavailable" });
  });

  it("names an unknown provider", async () => {
    const { exitCode, found } = await examine(
      await createTestContext(),
      "configuration",
      "doctor gihub",
    );
    expect(exitCode).toBe(2);
    expect(found[0]?.repair).toContain("github");
  });
});
