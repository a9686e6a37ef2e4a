import { it, expect } from "vitest";
import { run } from "../../src/cli.ts";
import { createTestContext } from "./context.ts";
import { startGitHubServer } from "./github-server.ts";
import { startGoogleServer } from "./google-server.ts";
import { signIn } from "./sign-in.ts";
it("github", async () => {
  const server = await startGitHubServer();
  const context = await createTestContext({ terminal: true, env: { DISPLAY: ":0", ...server.env, GITHUB_REDIRECT_URI: "http://127.0.0.1:0/callback/github" }, browser: (url) => signIn(url, { watch: context.watch }) });
  const code = await run(["login", "github"], context);
  console.log(code, context.stdout.text, context.stderr.text);
  expect(code).toBe(0);
});
it("google", async () => {
  const server = await startGoogleServer({clientType:"desktop"});
  const context = await createTestContext({ terminal: true, env: { DISPLAY: ":0", ...server.env, GOOGLE_REDIRECT_URI: "http://127.0.0.1:0/callback/google" }, browser: (url) => signIn(url, { watch: context.watch }) });
  const code = await run(["google-offline"], context);
  console.log(code, context.stdout.text, context.stderr.text);
  expect(code).toBe(0);
  const c = await run(["refresh", "google"], context);
  console.log(c, context.stdout.text, context.stderr.text);
});
it("paste in tty", async () => {
  const server = await startGitHubServer();
  const context = await createTestContext({ terminal: true, env: { DISPLAY: ":0", ...server.env, GITHUB_REDIRECT_URI: "https://localhost:8000/callback" } });
  const done = run(["login", "github", "--no-browser"], context);
  const [url] = await context.stderr.until(/http:\S+authorize\?\S+/);
  const { address } = await signIn(url);
  context.stdin.paste(address.href); context.stdin.type("\r");
  console.log(await done, context.stdin.rawModes, context.stderr.text);
});
