// oauth-lab alone in a terminal, from the greeting to the login; and everywhere else the help, as it ever was.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { run } from "../../src/cli.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import {
  createTestContext,
  type TestContext,
  type TestContextOptions,
} from "../support/context.ts";
import { startGitHubServer } from "../support/github-server.ts";
import { startGoogleServer } from "../support/google-server.ts";
import { signIn } from "../support/sign-in.ts";
import { storedCredential } from "./scene.ts";

type Dialogue = readonly (readonly [prompt: RegExp, answer: string])[];

const github: Dialogue = [
  [/q to leave\): $/, "3"],
  [/n for no: $/, "n"],
];

/** Starts oauth-lab alone and answers each prompt as it comes. */
async function talk(context: TestContext, dialogue: Dialogue): Promise<number> {
  const running = run([], context);
  for (const [prompt, answer] of dialogue) {
    await context.stderr.until(prompt);
    context.stdin.type(`${answer}\r`);
  }
  const code = await running;
  expect(context.stdin.isRaw).toBe(false);
  return code;
}

/** A person at a terminal, whose settings lack the client. */
function createPerson(options: TestContextOptions = {}): Promise<TestContext> {
  const env = { GITHUB_CLIENT_ID: undefined, GITHUB_CLIENT_SECRET: undefined, ...options.env };
  return createTestContext({ ...options, terminal: true, columns: 80, env });
}

function ownEnv({ storeFolder }: TestContext): string {
  return join(storeFolder, ".env");
}

async function exists(path: string): Promise<boolean> {
  return (await fs.lstat(path).catch(() => undefined)) !== undefined;
}

/** GitHub's stand-in, a browser, and a person without its client in the settings. */
async function createNewcomer(env: TestContextOptions["env"] = {}) {
  const server = await startGitHubServer();
  const { GITHUB_CLIENT_ID: _id, GITHUB_CLIENT_SECRET: _secret, ...servers } = server.env;
  const redirect = { GITHUB_REDIRECT_URI: "http://127.0.0.1:0/callback/github" };
  const context = await createPerson({ browser: signIn, env: { ...servers, ...redirect, ...env } });
  context.allow(server.clientSecret, "store", "files");
  return { server, context };
}

describe("alone in a terminal", () => {
  it("greets in few lines and offers five ways", async () => {
    const context = await createPerson();
    expect(await talk(context, [[/q to leave\): $/, "q"]])).toBe(0);
    const { text } = context.stderr;
    for (const word of ["Demo", "Sandbox", "GitHub", "Google", "Another", "--help"]) {
      expect(text).toContain(word);
    }
    expect(text.split("\n").length).toBeLessThan(14);
    expect(context.stdout.text).toBe("");
    expect(await exists(ownEnv(context))).toBe(false);
  });

  it("plays the demo on Enter", async () => {
    const context = await createPerson();
    context.clock.passSleeps((milliseconds) => milliseconds > 2000 && milliseconds < 3000);
    expect(await talk(context, [[/q to leave\): $/, ""]])).toBe(0);
    expect(context.stdout.text).toContain("Every act did what it says.");
  });

  it("asks again for what is no choice, and takes the sandbox", async () => {
    const sandbox = await startSandbox({ port: 0, context: { files: fs } });
    onTestFinished(() => sandbox.close());
    const context = await createPerson({
      browser: signIn,
      env: { SANDBOX_ISSUER: sandbox.issuer },
    });
    const code = await talk(context, [
      [/q to leave\): $/, "7"],
      [/enter a number from 1 to 5, or q\.\n.*q to leave\): $/s, "2"],
    ]);
    expect(code).toBe(0);
    expect(context.stderr.text).toContain("Signed in to sandbox as ada");
  });

  it("walks through GitHub's registration, writes .env for the user alone, and signs in", async () => {
    const { server, context } = await createNewcomer();
    const code = await talk(context, [
      ...github,
      [/Client ID: $/, `  ${server.clientId}  `],
      [/Client secret: $/, server.clientSecret],
      [/Enter for 1\): $/, ""],
    ]);
    expect(context.stderr.text).toContain("Signed in to github as");
    expect(code).toBe(0);
    expect(context.stderr.text).toContain(`${server.url}/settings/applications/new`);
    expect(context.stderr.text).toContain(
      "Authorization callback URL  http://127.0.0.1:0/callback",
    );
    expect(await fs.readFile(ownEnv(context), "utf8")).toBe(
      `# GitHub\nGITHUB_CLIENT_ID=${server.clientId}\nGITHUB_CLIENT_SECRET=${server.clientSecret}\n`,
    );
    expect((await fs.stat(ownEnv(context))).mode & 0o777).toBe(0o600);
    expect(await storedCredential(context, "github")).toBeDefined();
    expect(context.openedAddresses.map(({ pathname }) => pathname)).toEqual([
      "/login/oauth/authorize",
    ]);
  });

  it("opens the registration page on Enter", async () => {
    const context = await createPerson({ browser: () => undefined });
    const code = talk(context, [
      [/q to leave\): $/, "3"],
      [/n for no: $/, ""],
      [/Client ID: $/, "\u0003"],
    ]);
    expect(await code).toBe(130);
    expect(context.openedAddresses.map(String)).toEqual([
      "https://github.com/settings/applications/new",
    ]);
  });

  it("keeps what stands in the folder's .env, takes its rights from others, and asks only for what is missing", async () => {
    const { server, context } = await createNewcomer();
    const here = join(context.workingFolder, ".env");
    const before = `OTHER="kept as it is" # with its comment\nGITHUB_CLIENT_ID=${server.clientId}\nGITHUB_CLIENT_SECRET=`;
    await fs.writeFile(here, before, { mode: 0o644 });
    const code = await talk(context, [
      ...github,
      [/Client secret: $/, server.clientSecret],
      [/Enter for 1\): $/, "2"],
    ]);
    expect(context.stderr.text).not.toContain("Client ID: ");
    expect(context.stderr.text).toContain("Signed in to github as");
    expect(code).toBe(0);
    expect(await fs.readFile(here, "utf8")).toBe(
      `${before}\n\n# GitHub\nGITHUB_CLIENT_SECRET=${server.clientSecret}\n`,
    );
    expect((await fs.stat(here)).mode & 0o777).toBe(0o600);
    expect(await exists(ownEnv(context))).toBe(false);
  });

  it("signs in at once where the client is configured", async () => {
    const server = await startGoogleServer({ clientType: "desktop" });
    const env = { ...server.env, GOOGLE_REDIRECT_URI: "http://127.0.0.1:0/callback/google" };
    const context = await createPerson({ browser: signIn, env });
    expect(await talk(context, [[/q to leave\): $/, "4"]])).toBe(0);
    expect(context.stderr.text).toContain("sign in: its client is configured");
    expect((await storedCredential(context, "google"))?.refreshToken).toBeDefined();
  });

  it("takes any other provider by its issuer, and writes it down once the issuer has answered", async () => {
    const sandbox = await startSandbox({ port: 0, context: { files: fs } });
    onTestFinished(() => sandbox.close());
    const env = { SCHOOL_REDIRECT_URI: "http://127.0.0.1:0/callback/sandbox" };
    const context = await createPerson({ browser: signIn, env });
    const code = await talk(context, [
      [/q to leave\): $/, "5"],
      [/gitlab\.com\): $/, `${sandbox.issuer}/wrong`],
      [/Not that.*gitlab\.com\): $/s, sandbox.issuer],
      [/Enter for my-idp\): $/, "school"],
      [/Client ID: $/, "oauth-lab-sandbox"],
      [/Enter for none\): $/, ""],
      [/Enter for 1\): $/, ""],
    ]);
    expect(context.stderr.text).toContain("Signed in to school as ada");
    expect(code).toBe(0);
    expect(await fs.readFile(ownEnv(context), "utf8")).toBe(
      `# ${new URL(sandbox.issuer).host}\nSCHOOL_ISSUER=${sandbox.issuer}\nSCHOOL_CLIENT_ID=oauth-lab-sandbox\n`,
    );
  });

  it("knows GitLab's page and its name when its issuer is entered", async () => {
    const metadata = { issuer: "https://gitlab.com", token_endpoint: "https://gitlab.com/token" };
    const context = await createPerson();
    const gitlab = { ...context, fetch: async () => Response.json(metadata) };
    const running = run([], gitlab);
    const answers: Dialogue = [
      [/q to leave\): $/, "5"],
      [/such as https:\/\/gitlab\.com\): $/, "gitlab.com"],
      [/Enter for gitlab\): $/, ""],
      [/n for no: $/, "n"],
      [/Client ID: $/, "\u0003"],
    ];
    for (const [prompt, answer] of answers) {
      await context.stderr.until(prompt);
      context.stdin.type(`${answer}\r`);
    }
    expect(await running).toBe(130);
    expect(context.stderr.text).toContain("https://gitlab.com/-/user_settings/applications");
    expect(context.stderr.text).toContain("http://127.0.0.1:8000/callback/gitlab");
    expect(context.stderr.text).toContain("Untick Confidential");
  });

  it("never shows the secret, neither while it comes nor afterwards", async () => {
    const context = await createPerson();
    context.canary("a-very-secret-secret");
    const running = talk(context, [
      ...github,
      [/Client ID: $/, "Ov23liABCDEF"],
      [/\(20 characters, not shown\)$/, " twice"],
      [/it has a space.*Client secret: $/s, "a-very-secret-secret"],
      [/Enter for 1\): $/, "\u0003"],
    ]);
    await context.stderr.until(/Client secret: $/);
    context.stdin.paste("a-very-secret-secret");
    expect(await running).toBe(130);
  });
});

describe("where nothing may be written", () => {
  it.each([
    ["Ctrl-C", "\u0003", 130],
    ["Ctrl-D", "\u0004", 5],
  ])(
    "%s at the last question writes nothing and gives the terminal back",
    async (_key, key, code) => {
      const context = await createPerson();
      const dialogue: Dialogue = [
        ...github,
        [/Client ID: $/, "Ov23liABCDEF"],
        [/Client secret: $/, "not-really-a-secret"],
        [/Enter for 1\): $/, key],
      ];
      expect(await talk(context, dialogue)).toBe(code);
      expect(context.stderr.text.match(/\[\?2004[hl]/g)?.at(-1)).toBe("[?2004l");
      expect(await fs.readdir(context.storeFolder)).toEqual([]);
      expect(await fs.readdir(context.workingFolder)).toEqual([]);
    },
  );

  it("SIGTERM ends a question with 143", async () => {
    const context = await createPerson();
    const running = run([], context);
    await context.stderr.until(/q to leave\): $/);
    context.terminate();
    expect(await running).toBe(143);
    expect(context.stdin.isRaw).toBe(false);
  });

  it.each([
    ["that does not ignore .env", undefined],
    ["that takes .env back in", ".env\n!.env\n"],
    ["that ignores it elsewhere", "/sub/.env\n"],
  ])(
    "a git work tree %s is not offered, and the configuration folder taken",
    async (_what, ignore) => {
      const { server, context } = await createNewcomer();
      await fs.mkdir(join(context.workingFolder, ".git"));
      if (ignore) await fs.writeFile(join(context.workingFolder, ".gitignore"), ignore);
      const code = await talk(context, [
        ...github,
        [/Client ID: $/, server.clientId],
        [/Client secret: $/, server.clientSecret],
      ]);
      expect(code).toBe(0);
      expect(context.stderr.text).toContain("the git repository here does not ignore it");
      expect(await exists(ownEnv(context))).toBe(true);
      expect(await exists(join(context.workingFolder, ".env"))).toBe(false);
    },
  );

  it("a git work tree that ignores .env is offered", async () => {
    const { server, context } = await createNewcomer();
    await fs.mkdir(join(context.workingFolder, ".git"));
    await fs.writeFile(join(context.workingFolder, ".gitignore"), "node_modules\n.env\n");
    await talk(context, [
      ...github,
      [/Client ID: $/, server.clientId],
      [/Client secret: $/, server.clientSecret],
      [/Enter for 1\): $/, "2"],
    ]);
    expect(await exists(join(context.workingFolder, ".env"))).toBe(true);
  });

  it.each([
    ["others can write in", async (folder: string) => fs.chmod(folder, 0o777)],
    ["its .env is a link", async (folder: string) => fs.symlink("elsewhere", join(folder, ".env"))],
  ])("a folder where %s is not offered", async (reason, spoil) => {
    const { server, context } = await createNewcomer();
    await spoil(context.workingFolder);
    await talk(context, [
      ...github,
      [/Client ID: $/, server.clientId],
      [/Client secret: $/, server.clientSecret],
    ]);
    expect(context.stderr.text).toContain(`Not into ./.env: ${reason}`);
    expect(await exists(ownEnv(context))).toBe(true);
  });
});

describe("elsewhere", () => {
  it.each<[string, TestContextOptions]>([
    ["a pipe into stdin", { terminal: { stdout: true, stderr: true } }],
    ["a pipe out of stdout", { terminal: { stdin: true, stderr: true } }],
    ["stderr in a file", { terminal: { stdin: true, stdout: true } }],
    ["CI", { terminal: true, env: { CI: "true" } }],
    ["a terminal that can do nothing", { terminal: true, env: { TERM: "dumb" } }],
  ])("%s: the help, no question, exit code 2", async (_where, options) => {
    const context = await createTestContext(options);
    expect(await run([], context)).toBe(2);
    expect(context.stderr.text).toContain("Usage: oauth-lab [options] [command]");
    expect(context.stderr.text).not.toContain("q to leave");
  });

  it.each(["--no-input", "--json"])("%s: no question either", async (option) => {
    const context = await createTestContext({ terminal: true });
    expect(await run([option], context)).toBe(2);
    expect(context.stdin.rawModes).toEqual([]);
  });
});
