// Every command that the documents show is run as it stands, in their order, with their .env, against the servers that answer as GitHub and Google do.
import * as files from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { run } from "../../src/cli.ts";
import { readCommandLine } from "../../src/command-line.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { storeOf } from "../commands/scene.ts";
import { createTestContext, type TestContext } from "../support/context.ts";
import { type GitHubServer, startGitHubServer } from "../support/github-server.ts";
import { type GoogleServer, startGoogleServer } from "../support/google-server.ts";
import { signIn } from "../support/sign-in.ts";
import {
  type DocumentedCommand,
  documentedCommands,
  mentionedCommands,
  readAssignments,
  readDocument,
} from "./documents.ts";

const documents = [
  "README.md",
  "docs/ci.md",
  "docs/attacks.md",
  "docs/configuration.md",
  "docs/git.md",
  "docs/github.md",
  "docs/google.md",
  "docs/how-it-works.md",
  "docs/kubectl.md",
  "docs/report.md",
  "docs/sandbox.md",
];

describe.each(documents)("%s", (path) => {
  const commands = documentedCommands(readDocument(path));

  test("shows commands that work as they stand", async () => {
    const world = await createWorld();
    for (const command of commands) {
      const { code, stderr } = await runInWorld(command, world);
      expect(code, `${command.args.join(" ")}\n${stderr}`).toBe(0);
    }
    expect(commands.length).toBeGreaterThan(1);
  });

  test("mentions only commands that there are", () => {
    for (const args of mentionedCommands(readDocument(path))) {
      const isMeta = args.length === 1 && args[0] === "--version";
      expect(isMeta || readCommandLine(args) !== undefined, args.join(" ")).toBe(true);
    }
  });
});

interface World {
  readonly context: TestContext;
  readonly github: GitHubServer;
  readonly google: Readonly<Record<"desktop" | "web", GoogleServer>>;
  readonly issuer: string;
}

/** A user with a browser, who pastes where nothing listens, and every provider that the documents name. */
async function createWorld(): Promise<World> {
  const sandbox = await startSandbox({ port: 0, context: { files } });
  onTestFinished(() => sandbox.close());
  const github = await startGitHubServer();
  const google = {
    desktop: await startGoogleServer({ clientType: "desktop" }),
    web: await startGoogleServer({ clientType: "web" }),
  };
  const context: TestContext = await createTestContext({
    keepInputOpen: true,
    runChild: () => ({ exitCode: 0 }),
    env: { ...github.env, GITHUB_CLIENT_ID: undefined, GITHUB_CLIENT_SECRET: undefined },
    browser: async (url, rig) => {
      const { address, page } = await signIn(url, rig);
      if (page === undefined) context.stdin.type(`${address}\n`);
    },
  });
  context.env.SANDBOX_ISSUER = sandbox.issuer;
  context.printsToken();
  context.clock.passSleeps((milliseconds) => milliseconds > 2000 && milliseconds < 3000);
  return { context, github, google, issuer: sandbox.issuer };
}

async function runInWorld(
  { args, environment, envFile }: DocumentedCommand,
  { context, github, google, issuer }: World,
): Promise<{ code: number; stderr: string }> {
  const shown = readAssignments(envFile);
  const { clientId, clientSecret, url } = google[isPasted(shown) ? "web" : "desktop"];
  // What stands in a reader's .env from the sections before; ports are free ones until the document says otherwise.
  const before = {
    GITHUB_REDIRECT_URI: "http://127.0.0.1:0/callback/github",
    GOOGLE_REDIRECT_URI: "http://127.0.0.1:0/callback/google",
    MY_IDP_REDIRECT_URI: "http://127.0.0.1:0/callback/sandbox",
  };
  const registered = {
    GITHUB_CLIENT_ID: github.clientId,
    GITHUB_CLIENT_SECRET: github.clientSecret,
    GOOGLE_CLIENT_ID: clientId,
    GOOGLE_CLIENT_SECRET: clientSecret,
    MY_IDP_CLIENT_ID: "oauth-lab-sandbox",
    MY_IDP_ISSUER: issuer,
  };
  const lines = Object.entries({ ...before, ...shown, ...registered });
  const text = lines.map(([key, value]) => `${key}=${value}`).join("\n");
  const named = args.includes("--env-file") ? args[args.indexOf("--env-file") + 1] : undefined;
  const file = join(context.workingFolder, named ?? ".env");
  await files.writeFile(file, text);

  if (args.includes("refresh-token")) await allowRefreshTokens(context);
  const stderrStart = context.stderr.text.length;
  const env = { ...context.env, GOOGLE_ISSUER: url, ...environment };
  const code = await runToItsEnd(args, { ...context, env });
  // To the leak check a secret may stand in .env only.
  await files.rm(file);
  return { code, stderr: context.stderr.text.slice(stderrStart) };
}

/** Into a pipe, where the document says so. */
async function allowRefreshTokens(context: TestContext): Promise<void> {
  for (const listed of await storeOf(context).list()) {
    const token = "credential" in listed && listed.credential.refreshToken?.reveal();
    if (token) context.allow(token);
  }
}

/** The sandbox alone runs until it is stopped, and is given a free port. */
async function runToItsEnd(args: readonly string[], context: TestContext): Promise<number> {
  if (args[0] !== "sandbox") return run(args, context);
  const stop = new AbortController();
  const running = run([...args, "--port", "0"], { ...context, signal: stop.signal });
  await context.stderr.until(/The sandbox is running/);
  stop.abort();
  return running;
}

function isPasted(shown: Readonly<Record<string, string>>): boolean {
  return shown.GOOGLE_REDIRECT_URI?.startsWith("https:") ?? false;
}
