// --format and --output of token and refresh: each form as its reader takes it, and what is refused before anything is spent.
import { execFileSync } from "node:child_process";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/secret.ts";
import { createTestContext, type TestContext } from "../support/context.ts";
import { startGoogleServer } from "../support/google-server.ts";
import { itWith } from "../support/real-program.ts";
import { signIn } from "../support/sign-in.ts";
import { startFaultyProvider, storeTokens } from "./faulty-provider.ts";
import { play, playFailure, storedCredential, storeOf } from "./scene.ts";

const python = "/usr/bin/python3";
const itWithGoogleAuth = itWith(python, ["-c", "import google.oauth2.credentials"]);

/** All that a token may be made of, put together to harm a shell. */
const hostileTokens = [
  'it\'s"$HOME"`id`\\$(id);&|<>*?~#!{}[]',
  "'$(touch$IFS./pwned)'",
  "';touch$IFS./pwned;'",
  "\\'\\'\\",
  "-n-e=~/%s%n",
  "!!:$!^a^b",
];

/** What a GitHub runner makes of its outputs' file: `<<` before the first `=` begins a value of many lines. */
function readOutputs(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line !== "");
  const pairs = lines.map((line) => {
    const [equals, heredoc] = [line.indexOf("="), line.indexOf("<<")];
    if (equals < 0 || (heredoc >= 0 && heredoc < equals)) throw new Error("not name=value");
    return [line.slice(0, equals), line.slice(equals + 1)];
  });
  return Object.fromEntries(pairs);
}

/** A stored token of the provider `faulty` that is good for another hour. */
async function startWithToken(token = "stored-at-8c1f5e2b9d7a4063") {
  const provider = await startFaultyProvider("no-answer");
  const expiresAt = Date.UTC(2030, 0, 2, 3, 4, 5, 678);
  await storeTokens(provider, { accessToken: new Secret(token), expiresAt });
  const { context } = provider;
  context.canary(token);
  context.allow(token);
  context.allow(token, "store");
  return { context, token, expiresAt: new Date(expiresAt).toISOString() };
}

/** A user with a refresh token from Google. */
async function startWithGoogle(terminal = false) {
  const server = await startGoogleServer({ clientType: "desktop" });
  const context = await createTestContext({
    browser: signIn,
    terminal: { stdout: terminal },
    env: { ...server.env, GOOGLE_REDIRECT_URI: "http://127.0.0.1:0/callback/google" },
  });
  expect((await play(context, "google-offline --quiet")).exitCode).toBe(0);
  const credential = await storedCredential(context, "google");
  if (credential?.refreshToken === undefined) throw new Error("no refresh token");
  return { server, context, credential };
}

/** Lets what the form carries stand where it is printed. */
function allowLongLived(
  { context, server, credential }: Awaited<ReturnType<typeof startWithGoogle>>,
  place: "stdout" | "stderr" | "files",
): void {
  for (const value of [server.clientSecret, credential.accessToken, credential.refreshToken]) {
    context.allow(value ?? "", place);
  }
}

async function filesIn(folder: string): Promise<string[]> {
  return (await fs.readdir(folder)).sort();
}

describe("--format", () => {
  it("prints the token as each reader takes it", async () => {
    const { context, token, expiresAt } = await startWithToken();
    const plain = `${token}\n`;
    expect((await play(context, "token --format token")).stdout).toBe(plain);
    expect((await play(context, "token --format header")).stdout).toBe(
      `Authorization: Bearer ${plain}`,
    );
    expect((await play(context, "token --format env")).stdout).toBe(
      `export FAULTY_ACCESS_TOKEN='${token}'\nexport ACCESS_TOKEN='${token}'\n`,
    );
    const json = (await play(context, "token --format json")).stdout;
    expect(JSON.parse(json)).toMatchObject({ access_token: token, expires_at: expiresAt });
    expect(json).toBe((await play(context, "token --json")).stdout);
  });

  for (const shell of ["sh", "bash", "dash", "zsh"]) {
    itWith(shell, ["-c", "true"])(
      `env is read back by ${shell}, whatever the token is`,
      async () => {
        for (const wild of hostileTokens) {
          const { context, token } = await startWithToken(wild);
          const { stdout } = await play(context, "token --format env");
          const script = `eval "$1"; printf %s "$ACCESS_TOKEN"; test "$ACCESS_TOKEN" = "$FAULTY_ACCESS_TOKEN"`;
          // No command of the token's runs, and none of its characters means anything.
          const options = { cwd: context.workingFolder, encoding: "utf8" } as const;
          expect(execFileSync(shell, ["-c", script, shell, stdout], options)).toBe(token);
          expect(await filesIn(context.workingFolder)).toEqual([]);
        }
      },
    );
  }

  it.each([
    "two\nlines-0123456789",
    "tab\t0123456789",
    "bell\u0007-0123456789",
    "ümlaut-0123456789",
  ])("refuses a token with odd bytes in every form: %j", async (token) => {
    const { context } = await startWithToken(token);
    context.env.GITHUB_OUTPUT = join(context.workingFolder, "output");
    await fs.writeFile(context.env.GITHUB_OUTPUT, "");
    const names = ["token", "header", "env", "github-output", "json"];
    expect(await play(context, "token")).toMatchObject({ exitCode: 3, stdout: "" });
    for (const form of ["", ...names.map((name) => ` --format ${name}`)]) {
      const outcome = await playFailure(context, `token${form}`);
      expect(outcome, form).toMatchObject({ exitCode: 3, code: "token_malformed", stdout: "" });
    }
    expect(await fs.readFile(context.env.GITHUB_OUTPUT, "utf8")).toBe("");
  });

  it("names the forms when there is no such one", async () => {
    const failure = await playFailure(await createTestContext(), "token --format yaml");
    expect(failure).toMatchObject({ exitCode: 2, kind: "usage", stdout: "" });
    expect(failure.message).toContain("google-credentials");
  });

  it("of refresh prints the new token", async () => {
    const { context, credential } = await startWithGoogle();
    context.printsToken();
    const { stdout } = await play(context, "refresh --format header");
    const { accessToken } = (await storedCredential(context, "google")) ?? {};
    expect(stdout).toBe(`Authorization: Bearer ${accessToken}\n`);
    expect(accessToken).not.toBe(credential.accessToken);
  });

  it("does not go with refresh --all", async () => {
    const context = await createTestContext();
    for (const option of ["--format json", "--output x"]) {
      const failure = await playFailure(context, `refresh --all ${option}`);
      expect(failure).toMatchObject({ exitCode: 2, code: "options_conflict" });
    }
  });
});

describe("--format github-output", () => {
  async function startJob(
    wild?: string,
  ): Promise<{ context: TestContext; token: string; path: string }> {
    const { context, token } = await startWithToken(wild);
    const path = join(context.workingFolder, "output");
    context.env.GITHUB_OUTPUT = path;
    context.allow(token, "files");
    return { context, token, path };
  }

  it("adds outputs to the step's file", async () => {
    const { context, token, path } = await startJob();
    await fs.writeFile(path, "earlier=1\n");
    const outcome = await play(context, "token --format github-output");
    expect(outcome).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(await fs.readFile(path, "utf8")).toBe(
      `earlier=1\naccess_token=${token}\nexpires_at=2030-01-02T03:04:05.678Z\n`,
    );
  });

  it.each([...hostileTokens, "<<EOF", "a<<b=c", "=::set-output"])(
    "is read back by a runner as it is: %s",
    async (wild) => {
      const { context, path } = await startJob(wild);
      await fs.writeFile(path, "");
      expect((await play(context, "token --format github-output")).exitCode).toBe(0);
      expect(readOutputs(await fs.readFile(path, "utf8"))).toEqual({
        access_token: wild,
        expires_at: "2030-01-02T03:04:05.678Z",
      });
    },
  );

  it("does not make a file that the runner did not", async () => {
    const { context } = await startJob();
    const failure = await playFailure(context, "token --format github-output");
    expect(failure).toMatchObject({ exitCode: 8, code: "enoent", stdout: "" });
    expect(await filesIn(context.workingFolder)).toEqual([]);
  });

  it("is refused outside of a step, and with --output", async () => {
    const { context } = await startWithToken();
    const outside = await playFailure(context, "token --format github-output");
    expect(outside).toMatchObject({ exitCode: 2, code: "github_output_missing" });
    context.env.GITHUB_OUTPUT = join(context.workingFolder, "output");
    await fs.writeFile(context.env.GITHUB_OUTPUT, "");
    const both = await playFailure(context, "token --format github-output --output x");
    expect(both).toMatchObject({ exitCode: 2, code: "github_output_missing" });
  });
});

describe("--output", () => {
  it("writes a file that only the user can read, and nothing on stdout", async () => {
    const { context, token } = await startWithToken();
    context.allow(token, "files");
    const path = join(context.workingFolder, "token.txt");
    await fs.writeFile(path, "a longer text that was there before", { mode: 0o644 });
    const outcome = await play(context, "token --output token.txt");
    expect(outcome).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(await fs.readFile(path, "utf8")).toBe(`${token}\n`);
    expect((await fs.stat(path)).mode & 0o777).toBe(0o600);
    expect(await filesIn(context.workingFolder)).toEqual(["token.txt"]);
  });

  it("replaces no folder, no device and no link", async () => {
    const { context } = await startWithToken();
    await fs.mkdir(join(context.workingFolder, "folder"));
    await fs.symlink("/dev/null", join(context.workingFolder, "link"));
    for (const path of ["folder", "link", "/dev/null", "/dev/stdout"]) {
      const failure = await playFailure(context, `token --output ${path}`);
      expect(failure, path).toMatchObject({ exitCode: 2, code: "output_not_a_file", stdout: "" });
    }
  });

  it("is known to fail before a refresh token is spent", async () => {
    const { context } = await startWithGoogle();
    const asked = context.exchanges.length;
    const failure = await playFailure(context, "refresh --output nowhere/token.txt");
    expect(failure).toMatchObject({ exitCode: 8, code: "enoent", stdout: "" });
    expect(context.exchanges).toHaveLength(asked);
  });
});

describe("--format refresh-token", () => {
  it("prints the refresh token of any provider into a pipe, and nothing else", async () => {
    const provider = await startFaultyProvider("no-answer");
    const refreshToken = "rt-to-hand-over-1f0e2d3c4b5a";
    await storeTokens(provider, {
      refreshToken: new Secret(refreshToken),
      expiresAt: Date.UTC(2030, 0, 2),
    });
    provider.context.allow(refreshToken);
    const outcome = await play(provider.context, "token faulty --format refresh-token");
    expect(outcome).toEqual({ exitCode: 0, stdout: `${refreshToken}\n`, stderr: "" });
  });

  it("is not shown on a terminal", async () => {
    const { context } = await startWithGoogle(true);
    const failure = await playFailure(context, "token --format refresh-token");
    expect(failure).toMatchObject({ exitCode: 2, code: "secret_on_terminal", stdout: "" });
  });
});

describe.each(["authorized-user", "google-credentials"])("--format %s", (format) => {
  it("is not shown on a terminal", async () => {
    const { context } = await startWithGoogle(true);
    const failure = await playFailure(context, `token --format ${format}`);
    expect(failure).toMatchObject({ exitCode: 2, code: "secret_on_terminal", stdout: "" });
  });

  it("is written to a file even at a terminal", async () => {
    const scene = await startWithGoogle(true);
    allowLongLived(scene, "files");
    expect((await play(scene.context, `token --format ${format} --output adc.json`)).stdout).toBe(
      "",
    );
    expect((await fs.stat(join(scene.context.workingFolder, "adc.json"))).mode & 0o777).toBe(0o600);
  });

  it("masks every secret in it, in a CI job", async () => {
    const scene = await startWithGoogle();
    const { context, server, credential } = scene;
    const { refreshToken = "", accessToken } = credential;
    allowLongLived(scene, "stdout");
    allowLongLived(scene, "stderr");
    context.env.GITHUB_ACTIONS = "true";
    const { exitCode, stderr } = await play(context, `token --format ${format}`);
    expect(exitCode).toBe(0);
    expect(stderr).toBe(
      [accessToken, refreshToken, server.clientSecret]
        .map((value) => `::add-mask::${value}\n`)
        .join(""),
    );
  });

  it("is for Google only", async () => {
    const { context } = await startWithToken();
    const failure = await playFailure(context, `token --format ${format}`);
    expect(failure).toMatchObject({ exitCode: 2, code: "format_unsuitable", stdout: "" });
  });

  it("needs a refresh token", async () => {
    const { context } = await startWithGoogle();
    const store = storeOf(context);
    const key = { provider: "google", profile: "default" };
    const stored = await store.read(key);
    if (stored === undefined) throw new Error("nothing stored");
    const { refreshToken: _, ...without } = stored;
    await store.save(without);
    const failure = await playFailure(context, `token --format ${format}`);
    expect(failure).toMatchObject({ exitCode: 4, code: "no_refresh_token", stdout: "" });
  });

  it("joins the client's secret to no other client's token", async () => {
    const { context } = await startWithGoogle();
    context.env.GOOGLE_CLIENT_ID = "another-client";
    const failure = await playFailure(context, `token --format ${format}`);
    expect(failure).toMatchObject({ exitCode: 6, code: "binding_mismatch", stdout: "" });
  });
});

describe("what Google's own library reads", () => {
  /** What google-auth makes of a file, by itself and as Application Default Credentials. */
  function readWithGoogleAuth(path: string): Record<string, unknown> {
    const script = `
import json, sys
from google.oauth2.credentials import Credentials
found = Credentials.from_authorized_user_file(sys.argv[1])
names = ["refresh_token", "client_id", "client_secret"]
print(json.dumps({name: getattr(found, name) for name in names}))`;
    return JSON.parse(execFileSync(python, ["-c", script, path], { encoding: "utf8" }));
  }

  function expectedOf({ server, credential }: Awaited<ReturnType<typeof startWithGoogle>>) {
    const { clientId, clientSecret } = server;
    const { refreshToken } = credential;
    return { client_id: clientId, client_secret: clientSecret, refresh_token: refreshToken };
  }

  itWithGoogleAuth("authorized-user, as Application Default Credentials too", async () => {
    const scene = await startWithGoogle();
    allowLongLived(scene, "files");
    await play(scene.context, "token --format authorized-user --output adc.json");
    const path = join(scene.context.workingFolder, "adc.json");
    expect(readWithGoogleAuth(path)).toEqual(expectedOf(scene));
    const written = JSON.parse(await fs.readFile(path, "utf8"));
    expect(written).toEqual({ type: "authorized_user", ...expectedOf(scene) });
    const script = "import google.auth; print(type(google.auth.default()[0]).__module__)";
    const env = { ...process.env, GOOGLE_APPLICATION_CREDENTIALS: path };
    const found = execFileSync(python, ["-W", "ignore", "-c", script], { encoding: "utf8", env });
    expect(found).toBe("google.oauth2.credentials\n");
  });

  itWithGoogleAuth("google-credentials, which has the members of its to_json", async () => {
    const scene = await startWithGoogle();
    allowLongLived(scene, "files");
    await play(scene.context, "token --format google-credentials --output token.json");
    const path = join(scene.context.workingFolder, "token.json");
    expect(readWithGoogleAuth(path)).toEqual(expectedOf(scene));
    expect(JSON.parse(await fs.readFile(path, "utf8"))).toEqual({
      token: scene.credential.accessToken,
      ...expectedOf(scene),
      token_uri: `${scene.server.url}/token`,
      scopes: scene.credential.grantedScopes,
      universe_domain: "googleapis.com",
      account: "",
      expiry: new Date(scene.credential.expiresAt ?? 0).toISOString().replace(/\.\d+Z/, "Z"),
    });
  });
});
