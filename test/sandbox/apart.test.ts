// N02: the sandbox and the real world are kept apart. Its tokens say what they are; and what was stored for one is never sent to the other, because it is bound to the server that it came from.
import * as files from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { findPersonality } from "../../src/sandbox/personalities/list.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import {
  createPastingContext,
  play,
  playFailure,
  startSandboxScene,
  storedCredential,
  storeOf,
  storeSnapshot,
} from "../commands/scene.ts";
import { sampleCredential } from "../credentials/credential-sample.ts";
import { temporaryFolder } from "../credentials/temporary-folder.ts";
import { createTestContext, type TestContext } from "../support/context.ts";
import { startGoogleServer } from "../support/google-server.ts";
import { signIn } from "../support/sign-in.ts";
import { logIn, start } from "./lab.ts";

const redirectUris = {
  github: "https://localhost:8000/callback",
  google: "https://localhost:8080/auth/google/callback",
} as const;
/** What the real ones are known by; no setting names them. */
const realBindings = {
  github: {
    issuer: "https://github.com/login/oauth",
    tokenEndpoint: "https://github.com/login/oauth/access_token",
    origins: ["https://api.github.com", "https://github.com"],
  },
  google: {
    issuer: "https://accounts.google.com",
    tokenEndpoint: "https://oauth2.googleapis.com/token",
    origins: [
      ...["https://oauth2.googleapis.com", "https://openidconnect.googleapis.com"],
      "https://www.googleapis.com",
    ],
  },
} as const;
type Name = keyof typeof realBindings;
const names: Name[] = ["github", "google"];
const commands = ["refresh", "whoami", "logout", "inspect"];

/** A user who practises with the sandbox in the place of a real provider, configured as the sandbox says. */
async function startPractice(name: Name) {
  const personality = findPersonality(name);
  if (personality === undefined) throw new Error(`no personality ${name}`);
  const sandbox = await startSandbox({ port: 0, personality, context: { files } });
  onTestFinished(() => sandbox.close());
  const settings = personality.settings(sandbox.issuer);
  const prefix = name.toUpperCase();
  const context = await createPastingContext({
    env: { ...settings, [`${prefix}_REDIRECT_URI`]: redirectUris[name] },
  });
  return { context, settings, clientId: settings[`${prefix}_CLIENT_ID`] ?? "" };
}

/** The command is refused, sends nothing to anyone, and leaves what is stored. */
async function expectApart(context: TestContext, line: string): Promise<void> {
  const [sent, before] = [context.exchanges.length, await storeSnapshot(context)];
  expect(await playFailure(context, line), line).toMatchObject({
    ...{ exitCode: 6, kind: "unsafe", code: "binding_mismatch", stdout: "" },
    message: expect.stringContaining("the configured issuer is not the one it came from"),
  });
  expect(context.exchanges.slice(sent)).toEqual([]);
  expect(await storeSnapshot(context)).toEqual(before);
}

describe.each(names)("N02 %s", (name) => {
  it("itself is sent no token of the sandbox that stood in for it", async () => {
    const { context, settings } = await startPractice(name);
    expect((await play(context, `login ${name} --offline`)).exitCode).toBe(0);
    expect((await storedCredential(context, name))?.accessToken).toMatch(/^sandbox_/);
    // The practice is over: only the client is left of the settings, whose id may even be the same.
    for (const key of Object.keys(settings)) if (!/CLIENT_/.test(key)) delete context.env[key];
    for (const command of commands) await expectApart(context, `${command} ${name}`);
  });

  it("has its stored tokens sent to no sandbox that stands in for it", async () => {
    const { context, clientId } = await startPractice(name);
    const sample = sampleCredential("real", { provider: name });
    await storeOf(context).save({
      ...sample,
      binding: { ...realBindings[name], clientId },
      expiresAt: context.clock.now() + 3_600_000,
    });
    for (const command of commands) await expectApart(context, `${command} ${name}`);
  });
});

it("N02 the sandbox's own profile takes no real server for the sandbox, nor the other way round", async () => {
  const { context } = await startSandboxScene();
  expect((await play(context, "login sandbox")).exitCode).toBe(0);
  const real = { SANDBOX_ISSUER: "https://accounts.google.com" };
  Object.assign(context.env, real);
  for (const command of commands) await expectApart(context, `${command} sandbox`);
});

it("N02 git is given no token of the sandbox for a real host", async () => {
  const { context: practice } = await startPractice("github");
  expect((await play(practice, "login github")).exitCode).toBe(0);
  const context = await createTestContext({
    env: practice.env,
    input: "protocol=https\nhost=github.com\n\n",
  });
  const outcome = await play(context, "git-credential get");
  expect(outcome).toEqual({ exitCode: 0, stdout: "", stderr: "" });
});

it("N02 an ID token that a sandbox signed proves nobody at a real provider", async () => {
  const { context: practice } = await startSandboxScene();
  expect((await play(practice, "login sandbox")).exitCode).toBe(0);
  const { idToken = "" } = (await storedCredential(practice, "sandbox")) ?? {};
  const server = await startGoogleServer({ clientType: "desktop" });
  server.answers.token = {
    body: { access_token: "ya29.real-5c1e7b", token_type: "Bearer", id_token: idToken },
  };
  const redirect = { GOOGLE_REDIRECT_URI: "http://127.0.0.1:0/callback/google" };
  const context = await createTestContext({ browser: signIn, env: { ...server.env, ...redirect } });
  const failure = await playFailure(context, "login google");
  expect(failure).toMatchObject({ exitCode: 6, code: "id_token_invalid", stdout: "" });
  expect(await storeSnapshot(context)).toEqual([]);
});

it("N02 every sandbox makes its own keys at its first start, readable for its user alone, and every token anew", async () => {
  const seen = { keys: new Set<string>(), tokens: new Set<string>() };
  for (let count = 0; count < 2; count += 1) {
    const stateFile = join(await temporaryFolder(), "sandbox", "state.json");
    const sandbox = await start({ stateFile });
    const { keys } = (await (await fetch(`${sandbox.issuer}/jwks`)).json()) as {
      keys: { n: string }[];
    };
    for (const { n } of keys) seen.keys.add(n);
    for (let login = 0; login < 2; login += 1) {
      const { accessToken, refreshToken } = await logIn(sandbox);
      for (const token of [accessToken, refreshToken]) {
        expect(token).toMatch(/^sandbox_[\w-]{43}$/);
        seen.tokens.add(token);
      }
    }
    expect((await files.stat(stateFile)).mode & 0o777).toBe(0o600);
  }
  expect([seen.keys.size, seen.tokens.size]).toEqual([2, 8]);
  // None of them comes with the program.
  for (const source of await files.readdir("src/sandbox")) {
    if (!source.endsWith(".ts")) continue;
    const text = await files.readFile(join("src/sandbox", source), "utf8");
    expect(text, source).not.toMatch(/BEGIN [A-Z ]*PRIVATE KEY|"kty"|sandbox_[\w-]{20}/);
  }
});
