// docs/scripting.md as its readers use it: every block is run by a real shell, cron's line as cron would and the Makefile by make, with the built program and an imitated GitHub.
import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCommandLine } from "../../src/command-line.ts";
import { commands } from "../../src/commands/table.ts";
import { exitCodes } from "../../src/errors.ts";
import { buildProgram, createHome, startBuilt } from "../support/built.ts";
import { startGitHubServer } from "../support/github-server.ts";
import { itWith } from "../support/real-program.ts";
import { signIn } from "../support/sign-in.ts";
import { codeBlocks, mentionedCommands, readDocument, tableUnder } from "./documents.ts";

const blocks = codeBlocks(readDocument("docs/scripting.md"));
const scripts = blocks.filter(({ language }) => language === "sh").map(({ code }) => code);

interface World {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** The arguments of every program that was given some. */
  argumentsSeen(): Promise<string>;
}

/** A user who is signed in to GitHub and has configured it in oauth-lab's own folder; what is not there is stood in for by a script. */
async function createWorld(): Promise<World> {
  const github = await startGitHubServer();
  const { folder, env } = await createHome();
  const ownFolder = join(folder, ".local", "state", "oauth-lab");
  await mkdir(ownFolder, { recursive: true, mode: 0o700 });
  const settings = {
    ...github.env,
    GITHUB_REDIRECT_URI: "http://127.0.0.1:0/callback/github",
    OAUTH_LAB_STORE: "file",
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  await writeFile(join(ownFolder, ".env"), lines.join(""), { mode: 0o600 });
  const program = await buildProgram();
  const seen = join(folder, "arguments");
  await writeFile(seen, "");
  const programs = {
    "oauth-lab": `exec '${process.execPath}' '${program}' "$@"`,
    npx: 'exec "$@"',
    curl: `for one; do shift; set -- "$@" "$(echo "$one" | sed 's#https://api.github.com#${github.url}#')"; done; exec /usr/bin/curl "$@"`,
    gh: 'test -n "$GH_TOKEN" && test -z "$GITHUB_CLIENT_SECRET"',
  };
  await mkdir(join(folder, "bin"));
  for (const [name, script] of Object.entries(programs)) {
    const path = join(folder, "bin", name);
    await writeFile(path, `#!/bin/sh\necho "$@" >> '${seen}'\n${script}\n`);
    await chmod(path, 0o755);
  }
  const ownEnv = { PATH: `${join(folder, "bin")}:${env.PATH}`, HOME: folder };
  const login = await startBuilt(["login", "github", "--no-browser"], {
    env: { ...ownEnv, OAUTH_LAB_HOME: "", OAUTH_LAB_STORE: "" },
  });
  const [address] = await login.stderr.until(/http\S+response_type=\S+/);
  await signIn(address);
  expect(await login.finished).toMatchObject({ code: 0 });
  return { folder, env: ownEnv, argumentsSeen: () => readFile(seen, "utf8") };
}

/** Runs a program in the user's home, with nothing in its environment but what it is given. */
function runIn({ folder, env }: World, program: string, args: readonly string[]) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(program, args, { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

// Some twenty starts of the program, one after the other.
describe("docs/scripting.md", { timeout: 120_000 }, () => {
  itWith("jq")(
    "has scripts that a strict shell runs to their end, with no token in sight",
    async () => {
      const world = await createWorld();
      const { stdout: token } = await runIn(world, "oauth-lab", ["token", "github"]);
      expect(token).toMatch(/^gh._\w+\n$/);
      for (const script of scripts) {
        const { code, stderr } = await runIn(world, "sh", ["-eu", "-c", script]);
        expect({ code, stderr }, script).toEqual({ code: 0, stderr: "" });
      }
      expect(scripts.length).toBeGreaterThan(6);
      expect(await world.argumentsSeen()).not.toContain(token.trim());
      expect(await readFile(join(world.folder, "token.txt"), "utf8")).toBe(token);
    },
  );

  it("has a line for cron, which gives a program next to nothing", async () => {
    const world = await createWorld();
    const [line = ""] = blocks
      .filter(({ language }) => language === "crontab")
      .map(({ code }) => code);
    const [, command = ""] = /^(?:\S+ +){5}([^%\n]+)$/m.exec(line) ?? [];
    const bin = join(world.folder, "bin");
    const script = command.replaceAll("/usr/local/bin/", `${bin}/`);
    const cron = { ...world, env: { PATH: "/usr/bin:/bin", HOME: world.folder } };
    expect(await runIn(cron, "/bin/sh", ["-c", script])).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    const user = JSON.parse(await readFile(join(world.folder, "user.json"), "utf8"));
    expect(user).toHaveProperty("login");
  });

  itWith("make")("has a Makefile, which leaves nothing of a failure", async () => {
    const world = await createWorld();
    const [makefile = ""] = blocks
      .filter(({ language }) => language === "make")
      .map(({ code }) => code);
    await writeFile(join(world.folder, "Makefile"), makefile);
    const args = ["-s", "user.json"];
    expect(await runIn(world, "make", args)).toEqual({ code: 0, stdout: "", stderr: "" });
    const path = join(world.folder, "user.json");
    expect(JSON.parse(await readFile(path, "utf8"))).toHaveProperty("login");
    await runIn(world, "rm", ["user.json"]);
    const signedOut = {
      ...world,
      env: { ...world.env, OAUTH_LAB_HOME: join(world.folder, "empty") },
    };
    expect(await runIn(signedOut, "make", args)).toMatchObject({ code: 2 });
    await expect(readFile(path)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("mentions only commands that there are", () => {
    const mentioned = mentionedCommands(readDocument("docs/scripting.md"));
    expect(mentioned.length).toBeGreaterThan(1);
    for (const args of mentioned) expect(readCommandLine(args), args.join(" ")).toBeDefined();
  });

  it("has every form of a token", () => {
    const rows = tableUnder("Forms", readDocument("docs/scripting.md"));
    const token = commands.find(({ name }) => name === "token");
    const format = token?.options.find(({ name }) => name === "format");
    expect(rows.map(([name]) => name).sort()).toEqual([...(format?.choices ?? [])].sort());
  });

  it("has every exit code, and says what to do", () => {
    const rows = tableUnder("When it fails", readDocument("docs/scripting.md"));
    expect(Object.fromEntries(rows.map(([code, kind]) => [kind, Number(code)]))).toEqual({
      "": 0,
      ...exitCodes,
    });
  });
});
