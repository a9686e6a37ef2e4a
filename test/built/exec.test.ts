// The built program's exec with real programs: streams, signals and exit codes go through it as if it were not there.
import { mkdir } from "node:fs/promises";
import { beforeAll, expect, it } from "vitest";
import { openStore } from "../../src/credentials/store.ts";
import { Secret } from "../../src/secret.ts";
import { buildProgram, createHome, runBuilt, startBuilt } from "../support/built.ts";
import { createTestContext } from "../support/context.ts";
import { openTerminal } from "../support/terminal.ts";

beforeAll(buildProgram, 60_000);

const token = "a-token-for-a-command-1234";

/** A home with a stored token of the provider `idp`. */
async function createSignedInHome() {
  const home = await createHome();
  await mkdir(home.storeFolder, { recursive: true, mode: 0o700 });
  const context = await createTestContext();
  await openStore({ folder: home.storeFolder, mode: "file" }, context).save({
    provider: "idp",
    profile: "default",
    binding: {
      issuer: "https://idp.example",
      tokenEndpoint: "https://idp.example/token",
      clientId: "client",
      origins: ["https://idp.example"],
    },
    accessToken: new Secret(token),
    tokenType: "bearer",
    obtainedAt: Date.now(),
    requestedScopes: [],
    grantedScopes: [],
    grant: "authorization_code",
  });
  const env = { ...home.env, IDP_ISSUER: "https://idp.example", IDP_CLIENT_SECRET: "shhh-shhh" };
  return { env, cwd: home.workingFolder };
}

it("lends its stdin, stdout, stderr and exit code", async () => {
  const options = await createSignedInHome();
  const script = 'cat; printf %s "$IDP_ACCESS_TOKEN$IDP_CLIENT_SECRET"; echo oops >&2; exit 42';
  const run = await runBuilt(["exec", "idp", "--", "sh", "-c", script], {
    ...options,
    stdin: "in ",
  });
  expect(run).toEqual({ code: 42, signal: null, stdout: `in ${token}`, stderr: "oops\n" });
});

it.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("passes %s on, and tells a death by it as %i", async (signal, code) => {
  const options = await createSignedInHome();
  const child = ["sh", "-c", "echo ready; exec sleep 30"];
  const run = await startBuilt(["exec", "idp", "--", ...child], { ...options, stdin: "open" });
  await run.stdout.until(/ready/);
  run.process.kill(signal);
  expect(await run.finished).toEqual({ code, signal: null, stdout: "ready\n", stderr: "" });
});

it("tells a command that was killed as a shell does", async () => {
  const options = await createSignedInHome();
  const run = await runBuilt(["exec", "idp", "--", "sh", "-c", "kill -9 $$"], options);
  expect(run).toEqual({ code: 137, signal: null, stdout: "", stderr: "" });
});

it("lends its terminal: the command is at one, and Ctrl-C reaches it once", async () => {
  const { env, cwd } = await createSignedInHome();
  const script = `trap 'echo stopped; exit 7' INT; test -t 0 && test -t 1 && test -t 2 && echo at a tty; while :; do sleep 0.01; done`;
  const terminal = await openTerminal(["exec", "idp", "--", "sh", "-c", script], { env, cwd });
  await terminal.until(/at a tty/);
  terminal.write("\u0003");
  expect(await terminal.exit).toMatchObject({ code: 7 });
  expect(terminal.screen().match(/stopped/g)).toHaveLength(1);
});

it("waits for a command that takes its time over a signal, also a second one", async () => {
  const options = await createSignedInHome();
  const script = `trap 'n=x$n; echo got $n' INT; echo ready; while [ "$n" != xx ]; do sleep 0.01; done; exit 5`;
  const run = await startBuilt(["exec", "idp", "--", "sh", "-c", script], options);
  await run.stdout.until(/ready/);
  run.process.kill("SIGINT");
  await run.stdout.until(/got x\n/);
  run.process.kill("SIGINT");
  expect(await run.finished).toEqual({
    code: 5,
    signal: null,
    stdout: "ready\ngot x\ngot xx\n",
    stderr: "",
  });
});

it("says 127 for what is not there and 126 for what is no program", async () => {
  const options = await createSignedInHome();
  const missing = await runBuilt(["exec", "idp", "--", "no-such-program-here"], options);
  expect(missing).toMatchObject({ code: 127, stdout: "" });
  expect(missing.stderr).toContain("no-such-program-here was not found");
  expect(await runBuilt(["exec", "idp", "--", "/dev/null"], options)).toMatchObject({ code: 126 });
});
