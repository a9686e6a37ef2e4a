// Nobody is asked where nobody is: --no-input, a CI job, no terminal. The failure names what supplies the value instead.
import { describe, expect, it } from "vitest";
import { createTestContext, type TestContextOptions } from "../support/context.ts";
import { signIn } from "../support/sign-in.ts";
import { createPastingContext, play, playFailure, startSandboxScene } from "./scene.ts";

async function startAtTerminal(options: TestContextOptions = {}) {
  const { sandbox } = await startSandboxScene();
  const env = { SANDBOX_ISSUER: sandbox.issuer, ...options.env };
  return createTestContext({ terminal: true, ...options, env });
}

describe("with a terminal, but in a CI job or with --no-input", () => {
  it.each([
    ["login sandbox --paste", { CI: "true" }],
    ["login sandbox --paste --no-input", {}],
  ])("no address is asked for: %s, %o", async (line, env) => {
    const context = await startAtTerminal({ env });
    expect(await playFailure(context, line)).toMatchObject({
      exitCode: 2,
      code: "nowhere_to_answer",
      hint: expect.stringContaining("SANDBOX_REFRESH_TOKEN"),
      stdout: "",
    });
    expect(context.stderr.text).not.toMatch(/ > |\[\?2004h/);
  });

  it.each(["", " --no-input"])("a listener is enough: login sandbox%s", async (option) => {
    const context = await startAtTerminal({ env: { CI: "1" }, browser: signIn });
    expect((await play(context, `login sandbox${option}`)).exitCode).toBe(0);
    expect(context.stderr.text).not.toMatch(/ > |\[\?2004h/);
  });

  it.each([
    ["explain -", "explain"],
    ["api sandbox user --input -", "--input"],
  ])("stdin is not waited for: %s", async (line, named) => {
    for (const [env, option] of [[{ CI: "true" }, ""] as const, [{}, " --no-input"] as const]) {
      const context = await startAtTerminal({
        env: { ...env, SANDBOX_API_URL: "https://api.example" },
      });
      expect(await playFailure(context, line + option)).toMatchObject({
        exitCode: 2,
        code: "input_forbidden",
        message: expect.stringContaining(named),
        stdout: "",
      });
    }
  });
});

it("without a terminal the input ends, and the way of a script is named", async () => {
  const context = await startAtTerminal({ terminal: false });
  expect(await playFailure(context, "login sandbox --paste")).toMatchObject({
    exitCode: 5,
    code: "input_ended",
    hint: expect.stringContaining("SANDBOX_REFRESH_TOKEN"),
    stdout: "",
  });
});

it("a pipe is no person: an address that is piped in is taken, in a CI job too", async () => {
  const { sandbox } = await startSandboxScene();
  const context = await createPastingContext({ env: { SANDBOX_ISSUER: sandbox.issuer, CI: "1" } });
  expect((await play(context, "login sandbox --paste")).exitCode).toBe(0);
});

it.each([
  ["login github", "GITHUB_CLIENT_ID"],
  ["token github", "GITHUB_REFRESH_TOKEN"],
  ["exec google -- env", "GOOGLE_REFRESH_TOKEN"],
])("what is missing is named by its variable: %s", async (line, variable) => {
  const context = await createTestContext({ env: { CI: "true" } });
  const { exitCode, stdout, stderr } = await play(context, line);
  expect([2, 4]).toContain(exitCode);
  expect(stdout).toBe("");
  expect(stderr).toContain(variable);
});
