// The commands that a CI job's runner is given: whatever the value is, each stands on one line and hides all of it.
import { expect, it } from "vitest";
import { maskInLog } from "../../src/commands/log-masks.ts";
import { Secret } from "../../src/secret.ts";
import { createTestContext } from "../support/context.ts";
import { startGoogleServer } from "../support/google-server.ts";
import { signIn } from "../support/sign-in.ts";
import { play, storedCredential } from "./scene.ts";

/** What each runner takes back: https://github.com/actions/runner ActionCommand.cs, and https://github.com/microsoft/azure-pipelines-agent docs/design/percentEncoding.md. */
const runners = [
  ["GitHub Actions", { GITHUB_ACTIONS: "true" }, "::add-mask::", "%25"],
  ["Azure Pipelines", { TF_BUILD: "True" }, "##vso[task.setsecret]", "%AZP25"],
] as const;

const parts = ["first-7c1e", "second-90ab%0A", "third-3d5f"] as const;

it.each(runners)(
  "%s hides every line of a value with line ends, and shows none",
  async (_name, env, command, percent) => {
    const { stderr } = await createTestContext();
    maskInLog([new Secret(`${parts[0]}\n${parts[1]}\r\n${parts[2]}\n`)], { env, stderr });
    const lines = stderr.text.split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.every((line) => line.startsWith(command))).toBe(true);
    const unescaped = lines.map((line) =>
      line
        .slice(command.length)
        .replaceAll("%0A", "\n")
        .replaceAll("%0D", "\r")
        .replaceAll(percent, "%"),
    );
    expect(unescaped).toEqual([`${parts[0]}\n${parts[1]}\r\n${parts[2]}\n`, ...parts]);
  },
);

it("a client secret with a line end in it cannot slip a line of its own into a job's log", async () => {
  const server = await startGoogleServer({ clientType: "desktop" });
  const redirect = { GOOGLE_REDIRECT_URI: "http://127.0.0.1:0/callback/google" };
  const context = await createTestContext({ browser: signIn, env: { ...server.env, ...redirect } });
  expect((await play(context, "google-offline")).exitCode).toBe(0);
  const secret = "GOCSPX-one\n::stop-commands::x\nGOCSPX-two";
  const { accessToken = "", refreshToken = "" } = (await storedCredential(context, "google")) ?? {};
  for (const value of [secret, accessToken, refreshToken]) context.allow(value, "stderr", "files");
  context.env.GOOGLE_CLIENT_SECRET = secret;
  context.env.GITHUB_ACTIONS = "true";
  const { exitCode, stderr } = await play(
    context,
    "token --format authorized-user --output f.json",
  );
  expect(exitCode).toBe(0);
  expect(stderr).not.toMatch(/^::stop-commands|^GOCSPX/m);
  expect(stderr).toContain("::add-mask::GOCSPX-one%0A::stop-commands::x%0AGOCSPX-two\n");
  for (const line of ["GOCSPX-one", "GOCSPX-two"])
    expect(stderr).toContain(`::add-mask::${line}\n`);
});
