// M07: stdin has one reader in a run. What is piped in is a secret as often as an answer, and must not be taken for the other.
import { describe, expect, it } from "vitest";
import { sampleCredential } from "../credentials/credential-sample.ts";
import { createTestContext } from "../support/context.ts";
import { startGitHubServer } from "../support/github-server.ts";
import { startProviderServer } from "../support/provider-server.ts";
import {
  createPastingContext,
  play,
  playFailure,
  startSandboxScene,
  storeOf,
  storeSnapshot,
} from "./scene.ts";

/** A stored credential, and an API that it is for. */
async function startApi(input: string) {
  const server = await startProviderServer(() => ({
    "POST /things": { name: "things", respond: () => ({ body: { ok: true } }) },
  }));
  const env = {
    ...{ LAB_TOKEN_ENDPOINT: `${server.url}/token`, LAB_CLIENT_ID: "client-1" },
    LAB_API_URL: server.url,
  };
  const context = await createTestContext({ input, env });
  const binding = {
    ...{ issuer: server.url, tokenEndpoint: `${server.url}/token`, clientId: "client-1" },
    origins: [server.url],
  };
  const sample = sampleCredential("reader", { provider: "lab", binding });
  await storeOf(context).save({ ...sample, expiresAt: context.clock.now() + 3_600_000 });
  return { server, context };
}

describe("a run has one reader of stdin", () => {
  it("M07 login takes one line of a pipe for the address, and leaves the rest", async () => {
    const { sandbox } = await startSandboxScene();
    const context = await createPastingContext(
      { env: { SANDBOX_ISSUER: sandbox.issuer } },
      { alter: (address) => `${address}\nsecond-line-of-another` },
    );
    expect((await play(context, "login sandbox --paste")).exitCode).toBe(0);
    expect(context.stdin.readers).toBe(1);
    expect(context.stdin.listenerCount("data")).toBe(0);
    expect(context.stderr.text).not.toContain("second-line");
  });

  it("M07 api sends all of it as the body, and asks nothing", async () => {
    const { server, context } = await startApi("one\ntwo\n");
    const { exitCode } = await play(context, "api lab things --input -");
    expect({ exitCode, readers: context.stdin.readers }).toEqual({ exitCode: 0, readers: 1 });
    expect(server.requests.map(({ body }) => body)).toEqual(["one\ntwo\n"]);
  });

  it("M07 git-credential takes all of it for git's description", async () => {
    const context = await createTestContext({ input: "protocol=https\nhost=nobody.test\n\n" });
    const outcome = await play(context, "git-credential get");
    expect(outcome).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(context.stdin.readers).toBe(1);
  });

  it("M07 explain takes one line", async () => {
    const context = await createTestContext({
      input: "https://localhost/cb?code=reader-code-7c1e5b&state=reader-state-90ab\nmore",
    });
    context.canary("reader-code-7c1e5b", "reader-state-90ab");
    expect((await play(context, "explain -")).exitCode).toBe(0);
    expect(context.stdin.readers).toBe(1);
  });
});

it.each([
  "token lab",
  "refresh lab",
  "whoami lab",
  "exec lab -- true",
  "status",
  "doctor lab",
  "inspect lab",
  "api lab things -f a=b",
  "git-credential store",
  "logout lab --local",
])(
  "M07 no other command reads it, so that a script's own input stays the script's: %s",
  async (line) => {
    const { context } = await startApi("the script's own\n");
    context.printsToken();
    await play(context, line);
    expect(context.stdin.readers).toBe(0);
    expect(context.stdin.read()?.toString()).toBe("the script's own\n");
  },
);

describe.each(["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"])(
  "a file that is stdin by another name, %s, would be read twice:",
  (name) => {
    it.each(["login github --paste", "api github user --input -"])(
      "M07 it is refused for settings, and nothing is read or sent: %s",
      async (line) => {
        const server = await startGitHubServer();
        const { GITHUB_CLIENT_SECRET = "" } = server.env;
        const context = await createTestContext({
          input: `GITHUB_CLIENT_SECRET=${GITHUB_CLIENT_SECRET}\n`,
        });
        expect(await playFailure(context, `${line} --env-file ${name}`)).toMatchObject({
          exitCode: 2,
          code: "env_file_missing",
          message: `The file ${name} cannot be used: it is stdin, where what a command asks for is read.`,
          stdout: "",
        });
        expect(context.stdin.readers).toBe(0);
        expect(context.exchanges).toEqual([]);
        expect(await storeSnapshot(context)).toEqual([]);
      },
    );

    it("M07 it is refused for a private key", async () => {
      const { server, context } = await startApi("");
      Object.assign(context.env, {
        LAB_PRIVATE_KEY_FILE: name,
        LAB_AUTHORIZATION_ENDPOINT: `${server.url}/authorize`,
      });
      expect(await playFailure(context, "login lab --paste")).toMatchObject({
        exitCode: 2,
        code: "private_key_unusable",
        message: `The private key ${name} cannot be used: it is stdin, where what a command asks for is read.`,
      });
      expect(context.stdin.readers).toBe(0);
      expect(server.requests).toEqual([]);
    });
  },
);
