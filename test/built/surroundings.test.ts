// The built program where the surroundings are against it: other people's settings of Node, a folder full of traps, no home, a sudden end.
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startSandbox } from "../../src/sandbox/server.ts";
import { buildProgram, createHome, type Home, runBuilt, startBuilt } from "../support/built.ts";
import { signIn } from "../support/sign-in.ts";

const clientSecret = "surroundings-secret-0b1f7c39d2e84a65";

async function createSandboxHome(): Promise<{ home: Home; env: Record<string, string> }> {
  const sandbox = await startSandbox({ port: 0, context: { files: fs } });
  onTestFinished(() => sandbox.close());
  const home = await createHome();
  return { home, env: { ...home.env, SANDBOX_ISSUER: sandbox.issuer } };
}

/** Signs in, and gives the address that the browser ended on and all that the program wrote. */
async function signInWith(env: Record<string, string>) {
  const run = await startBuilt(["login", "sandbox", "--no-browser"], { env });
  const [address] = await run.stderr.until(/http\S+response_type=\S+/);
  const { address: redirect } = await signIn(address);
  const result = await run.finished;
  expect(result.code).toBe(0);
  return { code: redirect.searchParams.get("code") ?? "", result };
}

async function storedTokens(home: Home): Promise<string[]> {
  const file = join(home.storeFolder, "default@sandbox.json");
  const { access_token, refresh_token, id_token } = JSON.parse(await fs.readFile(file, "utf8"));
  return [access_token, refresh_token, id_token];
}

describe("J10 NODE_DEBUG", { timeout: 60_000 }, () => {
  it.each(["fetch,undici,http,https,net,tls,stream", "*"])("=%s tells no secret", async (areas) => {
    const { home, env } = await createSandboxHome();
    const watched = { ...env, NODE_DEBUG: areas };
    const { code, result } = await signInWith(watched);
    const first = await storedTokens(home);
    const later = [];
    for (const command of ["whoami", "refresh", "status", "logout"]) {
      later.push(
        await runBuilt([command, "sandbox"].slice(0, command === "status" ? 1 : 2), {
          env: watched,
        }),
      );
      if (command === "refresh") first.push(...(await storedTokens(home)));
    }
    const told = [result, ...later].map(({ stdout, stderr }) => stdout + stderr).join("\n");
    expect(later.map((run) => run.code)).toEqual([0, 0, 0, 0]);
    expect(told).toMatch(/^[A-Z]+ \d+: /m);
    for (const secret of first) expect(told).not.toContain(secret);
    expect(code).toMatch(/.{20}/);
    expect(told.replaceAll(/GET \/callback\S*/g, "")).not.toContain(code);
  });
});

it("J08 leaves no diagnostic report, which would hold the environment, when it crashes", async () => {
  const { folder, env } = await createHome();
  const saboteur = join(folder, "saboteur.cjs");
  await fs.writeFile(
    saboteur,
    `process.on("newListener", (event) => {
      if (event === "unhandledRejection") process.nextTick(() => { throw new Error("sabotage"); });
    });`,
  );
  const reports = join(folder, "reports");
  await fs.mkdir(reports);
  const options = `--require ${saboteur} --report-uncaught-exception --report-on-fatalerror --report-directory=${reports}`;
  const run = await runBuilt(["status"], {
    env: { ...env, NODE_OPTIONS: options, GITHUB_CLIENT_SECRET: clientSecret },
  });
  expect(run).toMatchObject({ code: 1, stdout: "" });
  expect(run.stderr).not.toContain(clientSecret);
  expect(await fs.readdir(reports)).toEqual([]);
});

describe("M08 a folder full of traps", () => {
  it("has none of its code loaded and none of its settings obeyed", async () => {
    const { home, env } = await createSandboxHome();
    const { workingFolder } = home;
    const marker = join(home.folder, "sprung");
    const trap = `require("node:fs").writeFileSync(${JSON.stringify(marker)}, "");`;
    for (const name of ["open", "oidc-provider", "@napi-rs/keyring", "dotenv", "openid-client"]) {
      const folder = join(workingFolder, "node_modules", name);
      await fs.mkdir(folder, { recursive: true });
      await fs.writeFile(join(folder, "package.json"), JSON.stringify({ name, main: "index.js" }));
      await fs.writeFile(join(folder, "index.js"), trap);
    }
    await fs.writeFile(
      join(workingFolder, "package.json"),
      '{"type":"module","imports":{"#x":"./x"}}',
    );
    await fs.writeFile(
      join(workingFolder, ".npmrc"),
      `node-options=--require ${workingFolder}/x.js`,
    );
    await fs.writeFile(
      join(workingFolder, ".env"),
      `NODE_OPTIONS=--require ${workingFolder}/x.js\n`,
    );
    await fs.writeFile(join(workingFolder, "x.js"), trap);
    for (const args of [
      ["status"],
      ["login", "sandbox", "--no-browser", "--no-input", "--wait", "1"],
    ]) {
      await runBuilt(args, { env, cwd: workingFolder });
    }
    await expect(fs.stat(marker)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

it("M03 waits on where the time to wait is longer than a timer can be", async () => {
  const { env } = await createSandboxHome();
  const thirtyFiveDays = String(35 * 24 * 3600);
  const run = await startBuilt(["login", "sandbox", "--no-browser", "--wait", thirtyFiveDays], {
    env,
  });
  const [address] = await run.stderr.until(/http\S+response_type=\S+/);
  await signIn(address);
  expect(await run.finished).toMatchObject({ code: 0 });
});

it("C02, M02 a login that is killed leaves nothing of it, and the next one works", async () => {
  const { home, env } = await createSandboxHome();
  const run = await startBuilt(["login", "sandbox", "--no-browser"], { env, stdin: "open" });
  const [address] = await run.stderr.until(/http\S+response_type=\S+/);
  run.process.kill("SIGKILL");
  expect(await run.finished).toMatchObject({ signal: "SIGKILL" });
  const state = new URL(address).searchParams.get("state") ?? "";
  expect(state).toHaveLength(43);
  for (const name of await fs.readdir(home.storeFolder, { recursive: true })) {
    const path = join(home.storeFolder, name);
    if ((await fs.stat(path)).isFile())
      expect(await fs.readFile(path, "utf8")).not.toContain(state);
  }
  await signInWith(env);
});

describe.runIf(process.platform === "linux" && process.getuid?.() === 0)(
  "M06 a user whom the system does not know (needs root to become one)",
  () => {
    const unknownUser = 54_321;

    async function runAs(env: Record<string, string>, folder: string) {
      const program = await buildProgram();
      // The Node that runs us may lie in a folder that is closed to others, as npx keeps it.
      const node = join(folder, "node");
      await fs.copyFile(process.execPath, node);
      return new Promise<{ code: number | string; stderr: string; stdout: string }>((resolve) => {
        const options = { uid: unknownUser, gid: unknownUser, cwd: folder, env };
        execFile(node, [program, "status"], options, (error, stdout, stderr) =>
          resolve({ code: error?.code ?? 0, stdout, stderr }),
        );
      });
    }

    async function createFolder(): Promise<string> {
      const { folder } = await createHome();
      await fs.chmod(folder, 0o755);
      const own = join(folder, "own");
      await fs.mkdir(own, { mode: 0o700 });
      await fs.chown(own, unknownUser, unknownUser);
      return own;
    }

    it("and who has no home folder is told to name one", async () => {
      const result = await runAs({}, await createFolder());
      expect(result).toMatchObject({ code: 2, stdout: "" });
      expect(result.stderr).toContain("Set OAUTH_LAB_HOME to a folder of yours.");
    });

    it("is served in the folder that is named", async () => {
      const folder = await createFolder();
      expect(await runAs({ OAUTH_LAB_HOME: folder }, folder)).toMatchObject({ code: 0 });
    });
  },
);
