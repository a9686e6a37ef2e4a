import * as fs from "node:fs/promises";
import { expect, it, onTestFinished } from "vitest";
import { run } from "../../src/cli.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { createTestContext } from "../support/context.ts";
import { signIn } from "../support/sign-in.ts";
import { startGitHubServer } from "../support/github-server.ts";
import { startGoogleServer } from "../support/google-server.ts";

it("sandbox", async () => {
  const sandbox = await startSandbox({ port: 0, context: { files: fs } });
  onTestFinished(() => sandbox.close());
  const context = await createTestContext({ browser: signIn, terminal: { stderr: true }, env: { SANDBOX_ISSUER: sandbox.issuer } });
  const show = async (...argv: string[]) => {
    const [o, e] = [context.stdout.text.length, context.stderr.text.length];
    const t = performance.now();
    const code = await run(argv, context);
    console.log(`$ ${argv.join(" ")} → ${code} (${Math.round(performance.now() - t)} ms)\n--out\n${context.stdout.text.slice(o)}--err\n${context.stderr.text.slice(e)}`);
  };
  context.printsToken();
  for (const line of ["login sandbox --json", "status", "status --json", "token", "token --json", "refresh", "refresh --json", "refresh --all", "whoami", "whoami --json", "logout", "status --check", "logout sandbox --json", "token", "nope", "login gihub", "login"])
    await show(...line.split(" "));
  console.log(await fs.readdir(context.storeFolder, { recursive: true }));
});
it("github", async () => {
  const server = await startGitHubServer({redirectUris: ["http://127.0.0.1/callback/github"]});
  const context = await createTestContext({ browser: signIn, terminal: { stderr: true }, env: {...server.env, GITHUB_REDIRECT_URI: "http://127.0.0.1:0/callback/github"} });
  const code = await run(["login", "github"], context);
  console.log(code, context.stdout.text, context.stderr.text);
});
it("google", async () => {
  const server = await startGoogleServer({clientType: "desktop"});
  const context = await createTestContext({ browser: signIn, terminal: { stderr: true }, env: {...server.env, GOOGLE_REDIRECT_URI: "http://127.0.0.1:0/callback/google"} });
  const code = await run(["google-offline"], context);
  console.log(code, context.stdout.text, context.stderr.text);
});
