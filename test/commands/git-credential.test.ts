// git-credential: which host is answered, with what, and what a hostile remote or a refused token changes.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Credential } from "../../src/credentials/credential.ts";
import { Secret } from "../../src/secret.ts";
import { sampleCredential } from "../credentials/credential-sample.ts";
import { createTestContext, type TestContext } from "../support/context.ts";
import { play, playFailure, storedCredential, storeOf, storeSnapshot } from "./scene.ts";

const token = "gho_stored-5f1e2d3c4b5a69788796";
const expiresAt = 4_102_444_800_123;

/** git's question, asked of a user who is signed in to GitHub. */
async function ask(question: string, changes: Partial<Credential> = {}): Promise<TestContext> {
  const context = await createTestContext({ input: question });
  const origins = ["https://api.github.com", "https://github.com"];
  const { refreshExpiresAt: _, ...sample } = sampleCredential("git");
  await storeOf(context).save({
    ...sample,
    provider: "github",
    binding: { ...sample.binding, issuer: "https://github.com/login/oauth", origins },
    accessToken: new Secret(token),
    expiresAt,
    ...changes,
  });
  context.printsToken();
  context.allow(token);
  return context;
}

const lab = { LAB_ISSUER: "https://accounts.example", LAB_CLIENT_ID: "client-1" };
const gitHub = "protocol=https\nhost=github.com\n\n";
const answered = `username=x-access-token\npassword=${token}\npassword_expiry_utc=4102444800\n`;

describe("get", () => {
  it.each([
    gitHub,
    "protocol=https\nhost=github.com\npath=me/thing.git\nusername=me",
    "protocol=https\nhost=GitHub.com:443\n",
    'capability[]=authtype\ncapability[]=state\nprotocol=https\nhost=github.com\nwwwauth[]=Basic realm="GitHub"\nwwwauth[]=Bearer\n',
  ])("answers %j with the token and its end", async (question) => {
    const outcome = await play(await ask(question), "git-credential get");
    expect(outcome).toEqual({ exitCode: 0, stdout: answered, stderr: "" });
  });

  it("names no end where there is none, and another user where the server wants one", async () => {
    const { expiresAt: _, ...endless } = sampleCredential();
    const input = "protocol=https\nhost=accounts.example\n";
    const context = await createTestContext({ input, env: lab });
    await storeOf(context).save({ ...endless, provider: "lab" });
    context.allow(endless.accessToken.reveal());
    const { stdout } = await play(context, "git-credential get");
    expect(stdout).toBe(`username=oauth2\npassword=${endless.accessToken.reveal()}\n`);
  });

  it.each([
    "protocol=http\nhost=github.com\n",
    "protocol=ssh\nhost=github.com\n",
    "protocol=https\nhost=github.com.evil.test\n",
    "protocol=https\nhost=evil.test\n",
    "protocol=https\nhost=github.com:8443\n",
    "protocol=https\nhost=github.com.\n",
    "protocol=https\nhost=github.com/.evil.test\n",
    "protocol=https\nhost=github.com?.evil.test\n",
    "protocol=https\nhost=github.com#.evil.test\n",
    "protocol=https\nhost=github.com\\.evil.test\n",
    "protocol=https\nhost=evil.test@github.com\n",
    "protocol=https\nhost=github%2ecom\n",
    "protocol=https\nhost=githu\u0441.com\n",
    "protocol=https\nhost=\n",
    "protocol=https\nhost=github.com:99999\n",
    "host=github.com\n",
    "protocol=https\n",
    "protocol=https\n\nhost=github.com\n",
    "",
  ])("says nothing to %j, so that git asks the next helper", async (question) => {
    const outcome = await play(await ask(question), "git-credential get");
    expect(outcome).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  it.each([
    ["a carriage return", "protocol=https\nhost=evil.test\rhost=github.com\n"],
    ["a carriage return at the end", "protocol=https\r\nhost=github.com\r\n"],
    ["a null byte", "protocol=https\nhost=github.com\0.evil.test\n"],
    ["a line separator", "protocol=https\nhost=evil.test\nusername=a\u2028host=github.com\n"],
    ["a paragraph separator", "protocol=https\nhost=evil.test\npath=a\u2029host=github.com\n"],
    ["a next line", "protocol=https\nhost=evil.test\npath=a\u0085host=github.com\n"],
    ["two hosts", "protocol=https\nhost=evil.test\nhost=github.com\n"],
    ["no end", `protocol=https\nhost=github.com\npath=${"a".repeat(70_000)}\n`],
  ])("refuses a description with %s", async (_, question) => {
    const failure = await playFailure(await ask(question), "git-credential get");
    expect(failure).toMatchObject({ exitCode: 6, code: "description_forged", stdout: "" });
  });

  it("answers of its profile only", async () => {
    const other = await play(await ask(gitHub), "git-credential get --profile work");
    expect(other).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  it("does not offer a token that is bound to a key, which git cannot prove to have", async () => {
    const context = await ask(gitHub, { tokenType: "dpop", proofKey: new Secret("{}") });
    const outcome = await play(context, "git-credential get");
    expect(outcome).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  it("prints no token that has a line break in it", async () => {
    const context = await ask(gitHub, { accessToken: new Secret(`${token}\nhost=evil.test`) });
    expect(await playFailure(context, "git-credential get")).toMatchObject({
      exitCode: 3,
      code: "token_malformed",
      stdout: "",
    });
  });

  it("says why it has none, and prints nothing, where the sign-in is over", async () => {
    const { refreshToken: _, ...sample } = sampleCredential("git");
    const input = "protocol=https\nhost=accounts.example\n";
    const context = await createTestContext({ input, env: lab });
    await storeOf(context).save({ ...sample, provider: "lab", expiresAt: 1 });
    expect(await play(context, "git-credential get")).toMatchObject({
      exitCode: 4,
      stdout: "",
      stderr: expect.stringContaining("oauth-lab login lab"),
    });
  });

  it("does not look at the .env of the repository that git is in", async () => {
    const context = await ask(gitHub);
    await fs.writeFile(join(context.workingFolder, ".env"), "OAUTH_LAB_PROFILE=evil\n");
    expect((await play(context, "git-credential get")).stdout).toBe(answered);
  });
});

describe("erase", () => {
  const refused = (password: string) => `${gitHub.trimEnd()}\npassword=${password}\n`;

  it("has the refused token replaced at the next get, and keeps the refresh token", async () => {
    const context = await ask(refused(token));
    const outcome = await play(context, "git-credential erase");
    expect(outcome).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(await storedCredential(context, "github")).toMatchObject({
      expiresAt: context.clock.now(),
      refreshToken: "refresh-token-git-93ac77d2",
    });
  });

  it.each([gitHub, refused("another-password"), refused(token).replace("github", "evil")])(
    "leaves everything as it is for %j",
    async (question) => {
      const context = await ask(question);
      const before = await storeSnapshot(context);
      const outcome = await play(context, "git-credential erase");
      expect(outcome).toEqual({ exitCode: 0, stdout: "", stderr: "" });
      expect(await storeSnapshot(context)).toEqual(before);
    },
  );

  it("keeps a token that nothing can replace, and says what to do", async () => {
    const { refreshToken: _, ...single } = sampleCredential("git");
    const context = await createTestContext({
      input: `protocol=https\nhost=accounts.example\npassword=${single.accessToken.reveal()}\n`,
    });
    await storeOf(context).save({ ...single, provider: "lab", expiresAt });
    const before = await storeSnapshot(context);
    const { exitCode, stderr } = await play(context, "git-credential erase");
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringContaining("sign in again with `oauth-lab login lab`"),
    });
    expect(await storeSnapshot(context)).toEqual(before);
  });
});

it.each(["store", "approve-what-is-not-yet"])("%s is ignored", async (operation) => {
  const context = await ask(`${gitHub.trimEnd()}\nusername=me\npassword=from-elsewhere\n`);
  const before = await storeSnapshot(context);
  const outcome = await play(context, `git-credential ${operation}`);
  expect(outcome).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  expect(await storeSnapshot(context)).toEqual(before);
});
