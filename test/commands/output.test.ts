// What every command's output keeps to, whatever the provider says: one JSON document, no control of the terminal, no secret on the command line.
import { describe, expect, it } from "vitest";
import { globalOptions } from "../../src/commands/global-options.ts";
import { commands } from "../../src/commands/table.ts";
import { createTestContext } from "../support/context.ts";
import { faults } from "../support/faults.ts";
import { startGitHubServer } from "../support/github-server.ts";
import { signIn } from "../support/sign-in.ts";
import { startFaultyProvider, storeTokens } from "./faulty-provider.ts";
import { createPastingContext, play, playFailure, startSandboxScene } from "./scene.ts";

const hostileName =
  "Mona\u001b]0;owned\u0007\u001b]8;;https://evil.example\u001b\\x\u001b]52;c;ZXZpbA==\u0007\u202e\u009d\n::set-output name=a::b";

/** Signed in at GitHub, whose API calls the user something that no terminal should see. */
async function signInHostile(terminal: boolean) {
  const server = await startGitHubServer();
  server.answers.user = { body: { id: 7, login: hostileName, name: hostileName, email: null } };
  const context = await createTestContext({
    browser: signIn,
    terminal: terminal && { stdout: true, stderr: true },
    env: { ...server.env, GITHUB_REDIRECT_URI: "http://127.0.0.1:0/callback/github" },
  });
  expect((await play(context, "login github --offline")).exitCode).toBe(0);
  return context;
}

describe("on a terminal", () => {
  it("J15, J17 no hyperlink is built, no title set and no clipboard touched, whatever the user is called", async () => {
    const context = await signInHostile(true);
    context.printsToken();
    for (const line of ["whoami", "status", "refresh", "token", "logout"]) {
      expect((await play(context, line)).exitCode, line).toBe(0);
    }
    const shown = context.stdout.text + context.stderr.text;
    expect(shown).toContain("Mona");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these begin a command to the terminal
    expect(shown).not.toMatch(/\u001b[^[]|\u009d|\u0007|\u202e/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: of those, only colours and the erased line are ours
    expect(shown.replace(/\u001b\[(?:\d+m|K|\?2004[hl])/g, "")).not.toContain("\u001b");
    expect(shown).not.toContain("::set-output");
  });
});

describe("J16 --json", () => {
  it.each(["whoami", "status", "token", "refresh", "providers", "providers github", "logout"])(
    "prints one document, in one line, whatever the user is called: %s",
    async (line) => {
      const context = await signInHostile(false);
      context.printsToken();
      const { exitCode, stdout } = await play(context, `${line} --json`);
      expect(exitCode).toBe(0);
      expect(stdout.trimEnd()).not.toContain("\n");
      expect(JSON.parse(stdout)).toEqual(expect.any(Object));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has escapes for these
      expect(stdout.trimEnd()).not.toMatch(/[\u0000-\u001f]/);
    },
  );
});

describe("a failure", () => {
  // Those that never end are ended by the fake clock in token-endpoint.test.ts.
  const quick = (Object.keys(faults) as (keyof typeof faults)[]).filter(
    (name) => !["no-answer", "stalls-after-headers", "drips"].includes(name),
  );

  // The check that closes each test finds whatever was sent or answered, on stdout, stderr and in files.
  it.each(quick)("J01 tells no secret, with --trace or without: %s", async (fault) => {
    for (const option of ["", " --trace"]) {
      const provider = await startFaultyProvider(fault);
      await storeTokens(provider);
      provider.context.clock.passSleeps((milliseconds) => milliseconds !== 30_000);
      const { exitCode, stderr } = await play(provider.context, `refresh faulty${option}`);
      expect(exitCode === 0 || stderr !== "").toBe(true);
    }
  });

  it("J03 shows neither the state nor the code of an address that was not ours", async () => {
    const { sandbox } = await startSandboxScene();
    const pasted: URL[] = [];
    const context = await createPastingContext(
      { env: { SANDBOX_ISSUER: sandbox.issuer } },
      {
        alter: (address) => {
          address.searchParams.set("state", "another-state-8d1f5e2b9d7a40630");
          pasted.push(address);
          return String(address);
        },
      },
    );
    const { exitCode, stdout, stderr } = await play(context, "login sandbox --paste");
    expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: "" });
    const code = pasted[0]?.searchParams.get("code") ?? "";
    expect(code).toMatch(/.{20}/);
    expect(stderr).not.toContain(code);
    expect(stderr).not.toContain("another-state");
  });
});

describe("I16 a secret on the command line", () => {
  it("has no option to stand in", () => {
    const names = [...commands.flatMap(({ options }) => options), ...globalOptions]
      .map(({ name }) => name)
      .filter((name) => /secret|password|passphrase|token|code-verifier/.test(name));
    expect(names.filter((name) => !/ttl/.test(name))).toEqual([]);
  });

  it.each(["--client-secret", "--access-token", "--refresh-token", "--passphrase"])(
    "is refused and not repeated: %s",
    async (option) => {
      const context = await createTestContext();
      const secret = "typed-secret-71c05d3e9f284ab6";
      const failure = await playFailure(context, `login github ${option} ${secret}`);
      expect(failure).toMatchObject({ exitCode: 2, kind: "usage", stdout: "" });
      expect(context.stderr.text).not.toContain(secret);
    },
  );
});
