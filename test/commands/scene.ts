// What the command tests share: running a command line, looking into the store, and users who sign in.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { run } from "../../src/cli.ts";
import type { Credential } from "../../src/credentials/credential.ts";
import { type CredentialStore, openStore } from "../../src/credentials/store.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/server.ts";
import {
  createTestContext,
  type TestContext,
  type TestContextOptions,
} from "../support/context.ts";
import { documentedAs, problemsOf } from "../support/documented-json.ts";
import { type SignInOptions, signIn } from "../support/sign-in.ts";

/** What one command line did. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line, given as a user types it, and gives what it alone wrote. What it prints as JSON has to be as its schema says. */
export async function play(context: TestContext, line: string): Promise<Outcome> {
  const [stdoutStart, stderrStart] = [context.stdout.text.length, context.stderr.text.length];
  const args = line.split(" ");
  const exitCode = await run(args, context);
  const stdout = context.stdout.text.slice(stdoutStart);
  documentedAs(args, stdout);
  return { exitCode, stdout, stderr: context.stderr.text.slice(stderrStart) };
}

/** Runs one command line in several terminals at once. Their clocks go on slowly, so that who waits for a lock looks again. */
export async function playTogether(
  contexts: readonly TestContext[],
  line: string,
): Promise<Outcome[]> {
  let running = true;
  const outcomes = Promise.all(contexts.map((context) => play(context, line))).finally(() => {
    running = false;
  });
  while (running) {
    for (const { clock } of contexts) await clock.advance(20);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return outcomes;
}

/** A failure as `--json` tells it. */
export interface JsonFailure {
  readonly exitCode: number;
  readonly stdout: string;
  readonly kind: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** Runs a command line that is to fail, with --json. */
export async function playFailure(context: TestContext, line: string): Promise<JsonFailure> {
  const { exitCode, stdout, stderr } = await play(context, `${line} --json`);
  const last = stderr.trim().split("\n").at(-1) ?? "";
  if (!last.startsWith("{")) throw new Error(`${line} ended with ${exitCode}:\n${stderr}`);
  const problems = problemsOf("error", JSON.parse(last));
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return { exitCode, stdout, ...JSON.parse(last).error };
}

/** The store of a context, opened anew. */
export function storeOf(context: TestContext): CredentialStore {
  const folder = context.env.OAUTH_LAB_HOME ?? context.storeFolder;
  return openStore({ folder, mode: "file" }, context);
}

/** The stored credential with its secrets revealed, for comparing it whole. */
export async function storedCredential(
  context: TestContext,
  provider: string,
  profile = "default",
): Promise<(Omit<Credential, "accessToken" | "refreshToken" | "idToken"> & Tokens) | undefined> {
  const credential = await storeOf(context).read({ provider, profile });
  if (credential === undefined) return undefined;
  const { accessToken, refreshToken, idToken, ...rest } = credential;
  return {
    ...rest,
    accessToken: accessToken.reveal(),
    ...(refreshToken && { refreshToken: refreshToken.reveal() }),
    ...(idToken && { idToken: idToken.reveal() }),
  };
}

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly idToken?: string;
}

/** Every credential file, byte for byte: equal snapshots mean that nothing was written. */
export async function storeSnapshot({ env, storeFolder }: TestContext): Promise<string[]> {
  const folder = env.OAUTH_LAB_HOME ?? storeFolder;
  const names = (await fs.readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  return Promise.all(
    names.map(async (name) => `${name} ${await fs.readFile(join(folder, name), "utf8")}`),
  );
}

/** A user who approves in the browser and pastes the address that it ends on; `alter` is a slip of the hand. */
export async function createPastingContext(
  options: Omit<TestContextOptions, "browser">,
  { alter = String, ...choice }: SignInOptions & { alter?: (address: URL) => string } = {},
): Promise<TestContext> {
  const context: TestContext = await createTestContext({
    keepInputOpen: true,
    ...options,
    browser: async (url, rig) => {
      const { address } = await signIn(url, { ...rig, ...choice });
      context.stdin.type(`${alter(address)}\n`);
    },
  });
  return context;
}

/** A sandbox that goes with the test, and its user's context. */
export async function startSandboxScene(
  options: Omit<TestContextOptions, "browser"> & { readonly accessTokenTtlSeconds?: number } = {},
): Promise<{ sandbox: Sandbox; context: TestContext }> {
  const { accessTokenTtlSeconds, ...contextOptions } = options;
  const sandbox = await startSandbox({
    port: 0,
    ...(accessTokenTtlSeconds && { accessTokenTtlSeconds }),
    context: { files: fs },
  });
  onTestFinished(() => sandbox.close());
  const context = await createTestContext({
    ...contextOptions,
    browser: signIn,
    env: { SANDBOX_ISSUER: sandbox.issuer, ...options.env },
  });
  return { sandbox, context };
}

/** Another terminal of the same user: its own streams and clock, the same store and configuration. */
export function createSecondContext(
  context: TestContext,
  options: TestContextOptions = {},
): Promise<TestContext> {
  return createTestContext({ ...options, env: { ...context.env, ...options.env } });
}
