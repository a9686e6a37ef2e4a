// The built program in pipes, as scripts use it: clean streams, a quiet end when nobody reads on, no secret where other processes can see.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { commands } from "../../src/commands/table.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { createHome, type Home, runBuilt, startBuilt } from "../support/built.ts";
import { problemsOf } from "../support/documented-json.ts";
import { signIn } from "../support/sign-in.ts";

/** A home where `login sandbox` was run, and the server that it was run at. */
async function signInAtHome(): Promise<{
  options: { env: Record<string, string>; cwd: string };
  home: Home;
}> {
  const sandbox = await startSandbox({ port: 0, context: { files: fs } });
  onTestFinished(() => sandbox.close());
  const home = await createHome();
  const options = { env: { ...home.env, SANDBOX_ISSUER: sandbox.issuer }, cwd: home.workingFolder };
  const run = await startBuilt(["login", "sandbox", "--no-browser"], options);
  const [address] = await run.stderr.until(/http\S+response_type=\S+/);
  await signIn(address);
  expect((await run.finished).code).toBe(0);
  return { options, home };
}

describe("the built program", () => {
  it("says its version", async () => {
    const { version } = JSON.parse(await fs.readFile("package.json", "utf8"));
    for (const flag of ["--version", "-V"]) {
      expect(await runBuilt([flag])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
    }
  });

  // test/help.test.ts asks for the help of each.
  it.each(["login", "token"])("helps with %s", async (command) => {
    const help = await runBuilt([command, "--help"]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toContain(`Usage: oauth-lab ${command}`);
    expect(help.stdout).toContain("--json");
    expect(help.stdout).toContain(`Examples:\n  oauth-lab ${command} `);
  });

  it("names every command in its help", async () => {
    const { code, stdout, stderr } = await runBuilt(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const named = [...stdout.matchAll(/^ {2}([a-z-]+) .*$/gm)].map(([, name]) => name);
    const shown = commands.filter(({ hidden }) => hidden !== true);
    expect(named).toEqual(expect.arrayContaining(shown.map(({ name }) => name)));
  });

  it("gives a script the token, and nothing else", async () => {
    const { options } = await signInAtHome();
    const token = await runBuilt(["token"], options);
    expect(token).toMatchObject({ code: 0, stderr: "" });
    expect(token.stdout).toMatch(/^sandbox_[\w-]{43}\n$/);
    expect(await runBuilt(["whoami"], options)).toMatchObject({
      code: 0,
      stdout: "ada (Ada Lovelace)\n",
      stderr: "",
    });
  });

  it("ends quietly where nobody reads on", async () => {
    const { options } = await signInAtHome();
    for (const args of [["token"], ["status", "--json"], ["--help"]]) {
      const run = await startBuilt(args, options);
      run.process.stdout?.destroy();
      expect(await run.finished).toMatchObject({ code: 0, stderr: "" });
    }
  });

  it("takes the pasted address from a pipe", async () => {
    const sandbox = await startSandbox({ port: 0, context: { files: fs } });
    onTestFinished(() => sandbox.close());
    const run = await startBuilt(["login", "sandbox", "--paste", "--no-browser"], {
      env: { SANDBOX_ISSUER: sandbox.issuer },
      stdin: "open",
    });
    const [authorization] = await run.stderr.until(/http\S+response_type=\S+/);
    const { address } = await signIn(authorization);
    run.process.stdin?.write(`${address}\n`);
    expect(await run.finished).toMatchObject({ code: 0, stdout: "" });
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 143],
  ] as const)("M01 %s while it waits ends with %i and frees the port", async (signal, code) => {
    const home = await createHome();
    const run = await startBuilt(["login", "sandbox", "--no-browser"], {
      env: { ...home.env, SANDBOX_ISSUER: await unusedIssuer() },
      stdin: "open",
    });
    const [, redirectUri = ""] = await run.stderr.until(/Waiting on (\S+)/);
    run.process.kill(signal);
    expect(await run.finished).toMatchObject({ code, stdout: "" });
    await expect(fetch(redirectUri)).rejects.toThrow();
    const left = await fs.readdir(home.storeFolder);
    expect(left.filter((name) => name.endsWith(".json"))).toEqual([]);
  });

  it("M01 a signal that comes before anything waits ends the run where it would wait", async () => {
    const { folder, env } = await createHome();
    const early = join(folder, "early.cjs");
    await fs.writeFile(
      early,
      `process.on("newListener", (event) => {
        if (event === "beforeExit") process.emit("SIGINT");
      });`,
    );
    const result = await runBuilt(["login", "github", "--no-browser"], {
      env: {
        ...env,
        GITHUB_CLIENT_ID: "early-client",
        GITHUB_CLIENT_SECRET: "early-secret-6b1f3d92",
        GITHUB_REDIRECT_URI: "http://127.0.0.1:0/callback/github",
        NODE_OPTIONS: `--require ${early}`,
      },
    });
    expect(result).toMatchObject({ code: 130, stdout: "" });
    expect(result.stderr).toContain("Error: Interrupted.");
  });

  it.each(["Promise.reject(error)", "throw error"])(
    "J04 tells a crash in its own words: %s",
    async (crash) => {
      const { folder, env } = await createHome();
      const saboteur = join(folder, "saboteur.cjs");
      await fs.writeFile(
        saboteur,
        `process.on("newListener", (event) => {
          if (event !== "unhandledRejection") return;
          const error = Object.assign(new Error("the-secret"), { body: "the-secret" });
          process.nextTick(() => { ${crash}; });
        });`,
      );
      const sabotaged = { ...env, NODE_OPTIONS: `--require ${saboteur}` };
      const { code, stdout, stderr } = await runBuilt(["status"], { env: sabotaged });
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(
        /Error: Something went wrong in oauth-lab itself\.\n {2}Please report it with the command that you ran\.\n$/,
      );
      expect(stderr).not.toMatch(/the-secret|\n\s+at /);
      const asJson = await runBuilt(["status", "--json"], { env: sabotaged });
      expect(asJson.code).toBe(1);
      const last = JSON.parse(asJson.stderr.trim().split("\n").at(-1) ?? "");
      expect(problemsOf("error", last)).toEqual([]);
    },
  );

  it("J06 carries no secret in its command line, which other users can read", async () => {
    const run = await startBuilt(["login", "sandbox", "--no-browser"], {
      env: { SANDBOX_ISSUER: await unusedIssuer() },
      stdin: "open",
    });
    await run.stderr.until(/Waiting on/);
    const argv = await fs.readFile(`/proc/${run.process.pid}/cmdline`, "latin1");
    expect(argv.split("\0").slice(2)).toEqual(["login", "sandbox", "--no-browser", ""]);
    run.process.kill("SIGINT");
    await run.finished;
  });
});

/** An address of this machine where nothing listens: the program starts its own sandbox there. */
async function unusedIssuer(): Promise<string> {
  const sandbox = await startSandbox({ port: 0, context: { files: fs } });
  await sandbox.close();
  return sandbox.issuer;
}
