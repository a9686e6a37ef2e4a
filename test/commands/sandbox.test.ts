// sandbox: serves until it is ended, keeps its keys between runs, and says where it is.
import { createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { createTestContext } from "../support/context.ts";
import { signIn } from "../support/sign-in.ts";
import { play, playFailure } from "./scene.ts";

describe("sandbox", () => {
  it("prints its address, serves a login, and stops when it is interrupted", async () => {
    const context = await createTestContext();
    const running = play(context, "sandbox --port 0");
    const [, issuer = ""] = await context.stdout.until(/^(http:\/\/127\.0\.0\.1:\d+)\n/);
    const user = await createTestContext({ browser: signIn, env: { SANDBOX_ISSUER: issuer } });
    expect((await play(user, "login sandbox")).exitCode).toBe(0);
    context.interrupt();
    expect(await running).toEqual({
      exitCode: 0,
      stdout: `${issuer}\n`,
      stderr: `The sandbox is running. Users: ada, grace. Stop it with Ctrl-C.
Sign in from another terminal: SANDBOX_ISSUER=${issuer} oauth-lab login sandbox
Stopped.
`,
    });
    await expect(fetch(issuer)).rejects.toThrow();
  });

  it("prints its address as JSON", async () => {
    const context = await createTestContext();
    const running = play(context, "sandbox --port 0 --json --quiet");
    const [line] = await context.stdout.until(/^.+\n/);
    context.terminate();
    const { stderr } = await running;
    const { port, ...rest } = JSON.parse(line);
    expect(rest).toEqual({ version: 1, issuer: `http://127.0.0.1:${port}` });
    expect(stderr).toBe("");
  });

  it("issues access tokens that live as long as it is told", async () => {
    const context = await createTestContext();
    const running = play(context, "sandbox --port 0 --access-token-ttl 7");
    const [, issuer = ""] = await context.stdout.until(/^(\S+)\n/);
    const user = await createTestContext({ browser: signIn, env: { SANDBOX_ISSUER: issuer } });
    const { stdout } = await play(user, "login sandbox --json");
    const { obtained_at, expires_at } = JSON.parse(stdout);
    expect(Date.parse(expires_at) - Date.parse(obtained_at)).toBe(7000);
    context.interrupt();
    await running;
  });

  it("says that its port is in use", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void taken.close());
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as { port: number };
    const context = await createTestContext();
    expect(await playFailure(context, `sandbox --port ${port}`)).toMatchObject({
      exitCode: 2,
      code: "port_in_use",
      message: `Port ${port} of 127.0.0.1 is in use.`,
      stdout: "",
    });
  });
});
