import { describe, expect, test } from "vitest";
import { run } from "../../../src/cli.ts";
import { commands } from "../../../src/commands/table.ts";
import type { HttpExchange } from "../../../src/http/trace.ts";
import { english } from "../../../src/lab/texts/english.ts";
import { Redactor } from "../../../src/lab/trace/redactor.ts";
import { createTextFormat } from "../../../src/lab/trace/text-format.ts";
import { Trace } from "../../../src/lab/trace/trace.ts";
import { createPastingContext, play, startSandboxScene } from "../../commands/scene.ts";
import { createTestContext } from "../../support/context.ts";
import { startGitHubServer } from "../../support/github-server.ts";
import { startGoogleServer } from "../../support/google-server.ts";
import { expectNoLeaks } from "../../support/no-leaks.ts";

/** The checklist as name and outcome. */
function checklist(stderr: string): Record<string, string> {
  const rows = stderr
    .split("What was checked\n")[1]
    ?.matchAll(/^ {2}(pass|FAIL|n\/a) +(cache headers|\S+)/gm);
  return Object.fromEntries(
    [...(rows ?? [])].map(([, outcome = "", name = ""]) => [name, outcome]),
  );
}

const allPassed = Object.fromEntries(
  [
    "redirect",
    "state",
    "iss",
    "PKCE",
    "signature",
    "aud",
    "nonce",
    "exp",
    "scopes",
    "token_type",
    "cache headers",
  ].map((name) => [name, "pass"]),
);

describe("login sandbox --trace", () => {
  test("tells each message once, in order, with its channel and its section", async () => {
    const { context } = await startSandboxScene();
    const { exitCode, stderr } = await play(context, "login sandbox --trace");
    expect(exitCode).toBe(0);
    const titles = [...stderr.matchAll(/^\[\d+\] (.+?) {2,}(.+)$/gm)].map(
      ([, title, right]) => `${title} | ${right}`,
    );
    expect(titles).toEqual([
      "Read the server's metadata | back channel  RFC 8414 §3",
      "Ask for a code | front channel  RFC 6749 §4.1.1",
      "The answer | front channel  RFC 6749 §4.1.2",
      "Exchange the code for tokens | back channel  RFC 6749 §4.1.3",
      "Fetch the server's public keys | back channel  RFC 7517 §5",
      "Use the access token | back channel  RFC 6750 §2.1",
    ]);
  });

  test("shows the code travel from the front to the back channel", async () => {
    const { context } = await startSandboxScene();
    const { stderr } = await play(context, "login sandbox --trace");
    const codes = [...stderr.matchAll(/code = (<code [0-9a-f]{4}>)/g)].map(([, code]) => code);
    expect(codes).toHaveLength(2);
    expect(codes[0]).toBe(codes[1]);
    expect(stderr).toMatch(/authorization: Bearer <access_token [0-9a-f]{4}>/);
  });

  test("ends with what was checked", async () => {
    const { context } = await startSandboxScene();
    const { stderr } = await play(context, "login sandbox --trace");
    expect(checklist(stderr)).toEqual(allPassed);
  });

  test("fits into 80 columns, but for addresses", async () => {
    const { context } = await startSandboxScene();
    const { stderr } = await play(context, "login sandbox --trace --quiet");
    const lines = stderr.split("\n").filter((line) => !line.includes("http"));
    expect(lines.length).toBeGreaterThan(40);
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  test("keeps stdout as it is", async () => {
    const { context } = await startSandboxScene();
    const { stdout } = await play(context, "login sandbox --trace --json");
    expect(JSON.parse(stdout)).toMatchObject({ provider: "sandbox", login: "ada" });
  });

  test("is not told without it", async () => {
    const { context } = await startSandboxScene();
    const { stderr } = await play(context, "login sandbox");
    expect(stderr).not.toContain("What was checked");
    expect(stderr).not.toContain("[1]");
  });

  test("works on a command line that only commander reads", async () => {
    const { context } = await startSandboxScene();
    const { exitCode, stderr } = await play(context, "login sandbox --scope openid email --trace");
    expect(exitCode).toBe(0);
    expect(checklist(stderr)).toMatchObject({ state: "pass", nonce: "pass" });
  });
});

describe("a login that fails", () => {
  test("with a foreign answer: says what was refused, and what it did not come to", async () => {
    const server = await startGitHubServer();
    const context = await createPastingContext(
      { env: { ...server.env, GITHUB_REDIRECT_URI: "https://localhost:8000/callback" } },
      { alter: (address) => String(address).replace(/state=[\w-]/, "state=") },
    );
    const { exitCode, stderr } = await play(context, "login github --trace");
    expect(exitCode).toBe(6);
    expect(stderr).toContain("refused: The state does not match");
    expect(stderr).not.toContain("Exchange the code for tokens");
    expect(checklist(stderr)).toMatchObject({
      redirect: "pass",
      state: "FAIL",
      iss: "n/a",
      PKCE: "n/a",
      scopes: "n/a",
    });
  });

  test("at the token endpoint: the front channel passed, the exchange did not", async () => {
    const { sandbox, context } = await startSandboxScene();
    const fetch: typeof context.fetch = (input, init) => {
      const body =
        init?.body instanceof URLSearchParams ? new URLSearchParams(init.body) : undefined;
      body?.set("code_verifier", "x".repeat(43));
      return context.fetch(input, { ...init, ...(body && { body }) });
    };
    expect(await run(["login", "sandbox", "--trace"], { ...context, fetch })).toBe(5);
    expect(checklist(context.stderr.text)).toMatchObject({
      state: "pass",
      iss: "pass",
      PKCE: "FAIL",
      signature: "n/a",
      token_type: "n/a",
    });
    expect(sandbox.issuer).toContain("127.0.0.1");
  });
});

describe("no secret is told", () => {
  test.each(["github-login", "login github --offline"])(
    "by %s, nor by what follows it",
    async (line) => {
      const server = await startGitHubServer();
      const context = await createPastingContext({
        env: { ...server.env, GITHUB_REDIRECT_URI: "https://localhost:8000/callback" },
      });
      expect((await play(context, `${line} --trace`)).exitCode).toBe(0);
      expect(context.stderr.text).toMatch(/client_secret = <\w+ [0-9a-f]{4}>/);
      for (const next of ["whoami github", "status", "logout github"])
        await play(context, `${next} --trace`);
      await expectNoLeaks(context);
    },
  );

  test("by google-offline, nor by what follows it", async () => {
    const server = await startGoogleServer();
    const context = await createPastingContext({
      env: { ...server.env, GOOGLE_REDIRECT_URI: "https://localhost:8080/auth/google/callback" },
    });
    expect((await play(context, "google-offline --trace")).exitCode).toBe(0);
    expect(checklist(context.stderr.text)).toMatchObject({
      state: "pass",
      scopes: "pass",
      signature: "pass",
    });
    for (const next of ["refresh google", "whoami google", "logout google"])
      await play(context, `${next} --trace`);
    await expectNoLeaks(context);
  });

  const lines = commands.flatMap(({ name, provider }) => {
    if (name === "sandbox" || name === "demo") return [];
    return provider ? [`${name} sandbox`, `${name} sandbox --json`] : [name, `${name} --json`];
  });
  test.each(lines)("J02 by %s", async (line) => {
    const { context } = await startSandboxScene({ accessTokenTtlSeconds: 5 });
    context.printsToken();
    await play(context, "login sandbox --trace");
    await play(context, `${line} --trace`);
    await expectNoLeaks(context);
  });

  test("by the demo with its attacks", async () => {
    const context = await createTestContext();
    context.clock.passSleeps((milliseconds) => milliseconds > 2000 && milliseconds < 3000);
    expect((await play(context, "demo --trace")).exitCode).toBe(0);
    expect(context.stderr.text).toContain("refused: The state does not match");
    expect(context.exchanges.length).toBeGreaterThan(10);
  });

  test("by a failure that quotes a secret of the environment", async () => {
    const lines: string[] = [];
    const trace = new Trace({
      ...plainTrace(lines),
      env: { GITHUB_CLIENT_SECRET: "quoted-secret-0815", HOME: "/home/ada" },
    });
    const error_description = "quoted-secret-0815 at /home/ada";
    const event = { ...exchange, responseBody: JSON.stringify({ error_description }) };
    trace.add({ event, at: 0 });
    expect(lines.join("\n")).not.toContain("quoted-secret");
    expect(lines.join("\n")).toContain("/home/ada");
  });
});

function plainTrace(lines: string[]) {
  const drawing = { paint: (_style: string, text: string) => text, unicode: true, texts: english };
  return {
    format: createTextFormat(drawing),
    write: (more: readonly string[]) => void lines.push(...more),
    texts: english,
    env: {},
    startedAt: 0,
  };
}

const exchange: HttpExchange = {
  kind: "http",
  method: "GET",
  url: "https://idp.example/me",
  requestHeaders: {},
  requestBody: "",
  status: 200,
  responseHeaders: {},
  responseBody: "{}",
  startedAt: 0,
  milliseconds: 0,
};

test("J21 a redactor that breaks shows nothing of the message, and the run goes on", () => {
  class Broken extends Redactor {
    override text(): string {
      throw new Error("broken");
    }
  }
  const lines: string[] = [];
  const trace = new Trace({ ...plainTrace(lines), redactor: new Broken() });
  trace.add({ event: exchange, at: 0 });
  trace.end({ at: 0, exitCode: 0 });
  expect(lines).toEqual(["    (A message that could not be made safe to show is left out.)"]);
});
