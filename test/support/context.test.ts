import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createTestContext } from "./context.ts";
import { startFaultServer } from "./fault-server.ts";
import { jsonAnswer } from "./faults.ts";
import { expectNoLeaks } from "./no-leaks.ts";

const accessToken = "lab-access-token-7c1f0e2d9b4a";

async function withTokenTraffic(options: Parameters<typeof createTestContext>[0] = {}) {
  const server = await startFaultServer(jsonAnswer({ access_token: accessToken }));
  const context = await createTestContext(options);
  const body = new URLSearchParams({ code: "c0de-0123456789", code_verifier: "v".repeat(43) });
  const headers = { authorization: `Basic ${btoa("client:s3cret-s3cret%21")}` };
  const answer = await context.fetch(server.url, { method: "POST", body, headers });
  await answer.json();
  return context;
}

/** The check runs again when the test ends: what this test put there on purpose is taken back. */
async function leaks(context: Awaited<ReturnType<typeof createTestContext>>): Promise<string> {
  const message = await expectNoLeaks(context).then(
    () => "",
    (error: Error) => error.message,
  );
  context.stdout.text = "";
  context.stderr.text = "";
  return message;
}

describe("the leak check", () => {
  it.fails("fails the test by itself when a token was printed", async () => {
    const context = await withTokenTraffic();
    context.stdout.write(accessToken);
  });

  it("is silent where nothing leaked", async () => {
    const context = await withTokenTraffic();
    context.stderr.write("Signed in. lab-…9b4a");
    expect(await leaks(context)).toBe("");
  });

  it.each([
    ["the token", accessToken],
    ["a piece of the token", accessToken.slice(4, 20)],
    ["the code of a form", "code=c0de-0123456789"],
    ["the verifier of a form", "v".repeat(43)],
    ["the client secret of a Basic header, decoded", "s3cret-s3cret!"],
    ["the Basic header itself", btoa("client:s3cret-s3cret%21")],
    ["a token in base64, not at its start", btoa(`x${accessToken}yz`)],
    ["a token in hexadecimal", Buffer.from(accessToken).toString("hex")],
  ])("finds %s on stderr", async (_what, text) => {
    const context = await withTokenTraffic();
    context.stderr.write(`… ${text} …`);
    expect(await leaks(context)).toContain("in stderr");
  });

  it("finds what the test declared, URL-encoded", async () => {
    const context = await createTestContext();
    context.canary("päss phrase/1");
    context.stderr.write(encodeURIComponent("päss phrase/1"));
    expect(await leaks(context)).toContain("in stderr");
  });

  it.each(["base64", "base64url"] as const)("finds what was declared in %s", async (encoding) => {
    const context = await createTestContext();
    const value = "~~~???>>>ooo???~~~";
    context.canary(value);
    context.stderr.write(Buffer.from(`a${value}b`).toString(encoding));
    expect(await leaks(context)).toContain("in stderr");
  });

  it("finds a pasted code and a client secret of the environment", async () => {
    const context = await createTestContext({
      input: ["https://localhost:8000/callback?code=pasted-code-01&state=pasted-state"],
      env: { GITHUB_CLIENT_SECRET: "environment-secret" },
    });
    context.stderr.write("pasted-code-01 pasted-state environment-secret");
    expect((await leaks(context)).split("\n")).toHaveLength(4);
  });

  it("finds the state outside of the authorization URL only", async () => {
    const context = await createTestContext();
    const url = new URL("https://as.example/authorize?response_type=code&state=state-0123456789");
    await context.openBrowser(url);
    context.stderr.write(`Open\n  ${url}\n`);
    expect(await leaks(context)).toBe("");
    context.stderr.write(`Open ${url}\nbut got state-0123456789`);
    expect(await leaks(context)).toContain("state state-0123456789 in stderr");
    context.stdout.write(`Open ${url}`);
    expect(await leaks(context)).toContain("in stdout");
  });

  it("finds a token in a file outside of the store, and a code inside", async () => {
    const context = await withTokenTraffic();
    const [report, record] = [
      join(context.workingFolder, "report.md"),
      join(context.storeFolder, "record.json"),
    ];
    await fs.writeFile(report, accessToken);
    await fs.writeFile(record, `${accessToken} c0de-0123456789`);
    const message = await leaks(context);
    await Promise.all([fs.rm(report), fs.rm(record)]);
    expect(message).toContain(`access_token ${accessToken} in ${report}`);
    expect(message).toContain(`code c0de-0123456789 in ${record}`);
    expect(message).not.toContain(`${accessToken} in ${record}`);
  });

  it("wants a store with a passphrase sealed", async () => {
    const context = await withTokenTraffic({ env: { OAUTH_LAB_PASSPHRASE: "correct horse" } });
    const record = join(context.storeFolder, "record.json");
    await fs.writeFile(record, accessToken);
    const message = await leaks(context);
    await fs.rm(record);
    expect(message).toContain(`in ${record}`);
  });

  it("excuses on stdout, and nowhere else, what a command is there to print", async () => {
    const context = await withTokenTraffic();
    context.printsToken();
    context.stdout.write(accessToken);
    await expectNoLeaks(context);
    context.stderr.write(accessToken);
    expect(await leaks(context)).toContain("in stderr");
  });
});

describe("the test context", () => {
  it("fails the test for what went wrong in the browser", async () => {
    const context = await createTestContext({
      browser: () => Promise.reject(new Error("no such button")),
    });
    expect(await context.openBrowser(new URL("https://as.example/"))).toBe(true);
    await expect(context.browserDone()).rejects.toThrow("no such button");
    context.browserDone = () => Promise.resolve();
  });

  it("ends a sleep when the user interrupts", async () => {
    const context = await createTestContext();
    const sleep = context.clock.sleep(1000, context.signal);
    context.interrupt();
    await expect(sleep).rejects.toMatchObject({ kind: "interrupted" });
  });

  it("leaves an endless body to be cut by its reader", async () => {
    const server = await startFaultServer("endless-chunks");
    const context = await createTestContext();
    const { body } = await context.fetch(server.url);
    const reader = body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await server.untilDropped();
    expect(context.exchanges[0]?.status).toBe(200);
  });

  it("delivers piped lines and then the end", async () => {
    const { stdin } = await createTestContext({ input: ["one", "two"] });
    let text = "";
    for await (const chunk of stdin) text += chunk;
    expect(text).toBe("one\ntwo\n");
    expect(stdin.setRawMode).toBeUndefined();
  });

  it("records the raw mode of a terminal", async () => {
    const { stdin, stdout } = await createTestContext({ terminal: { stdin: true } });
    stdin.setRawMode?.(true);
    expect(stdin.isRaw).toBe(true);
    stdin.setRawMode?.(false);
    expect(stdin.rawModes).toEqual([true, false]);
    expect(stdout.isTTY).toBe(false);
  });
});
