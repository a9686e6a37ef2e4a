// CI without a store: a refresh token from the configuration, where its successor goes, and what the job's log is told to hide.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ChildCommand, ChildEnd, Files } from "../../src/context.ts";
import { files } from "../../src/files.ts";
import { createTestContext, type TestContextOptions } from "../support/context.ts";
import { problemsOf } from "../support/documented-json.ts";
import { type Answer, startProviderServer } from "../support/provider-server.ts";
import { play, playFailure, storedCredential, storeSnapshot } from "./scene.ts";

const given = "given-rt-2f61d08ab39c4e75";
const accessToken = "fresh-at-90a1b2c3d4e5f607%";
const successor = "next-rt-7788990011223344";

type Options = Omit<TestContextOptions, "browser"> & { answer?: object | Answer; google?: boolean };

/** A job that has nothing but a refresh token, a client and a provider whose token endpoint answers so. */
async function startJob({ answer, google = false, env, ...options }: Options = {}) {
  const rotating = { refresh_token: successor };
  const body = { access_token: accessToken, token_type: "bearer", expires_in: 3600 };
  const usual = { body: { ...body, ...(google ? {} : rotating) } };
  const served: Answer =
    answer === undefined ? usual : "status" in answer ? answer : { body: answer };
  const server = await startProviderServer((url) => ({
    "POST /token": { name: "token", respond: () => served },
    "GET /thing": { name: "thing", respond: () => ({ body: "thing" }) },
    "GET /.well-known/openid-configuration": {
      name: "discovery",
      respond: () => ({
        body: { issuer: url, token_endpoint: `${url}/token`, authorization_endpoint: `${url}/a` },
      }),
    },
  }));
  const lab = { LAB_TOKEN_ENDPOINT: `${server.url}/token`, LAB_API_URL: server.url };
  const name = google ? "GOOGLE" : "LAB";
  const context = await createTestContext({
    ...options,
    env: {
      ...(google ? { GOOGLE_ISSUER: server.url } : lab),
      [`${name}_CLIENT_ID`]: "job-client",
      [`${name}_CLIENT_SECRET`]: "job-secret-5566778899aabb",
      [`${name}_REFRESH_TOKEN`]: given,
      ...env,
    },
  });
  context.printsToken();
  const spent = () => server.requests.filter(({ path }) => path === "/token");
  return { server, context, spent };
}

/** A command of --rotate-to that ends so. */
function commandEnding(end: ChildEnd, seen: string[] = []) {
  return (child: ChildCommand): ChildEnd => {
    seen.push(`command got ${child.input}`);
    return end;
  };
}

describe("a refresh token from the environment", () => {
  it("gets an access token and is stored nowhere", async () => {
    const { context, spent } = await startJob({ google: true });
    const outcome = await play(context, "token google");
    expect(outcome).toEqual({ exitCode: 0, stdout: `${accessToken}\n`, stderr: "" });
    expect(spent()[0]?.form.get("refresh_token")).toBe(given);
    expect(await storeSnapshot(context)).toEqual([]);
  });

  it("comes before a stored credential, which stays as it is", async () => {
    const { context, spent } = await startJob();
    await play(context, "token lab --save");
    const before = await storeSnapshot(context);
    await play(context, "token lab --allow-rotation-loss");
    expect(spent().map(({ form }) => form.get("refresh_token"))).toEqual([given, given]);
    expect(await storeSnapshot(context)).toEqual(before);
  });

  it("is enough for exec and api too", async () => {
    const { context } = await startJob({ runChild: () => ({ exitCode: 0 }) });
    const loss = "--allow-rotation-loss";
    expect((await play(context, `exec lab ${loss} -- env`)).exitCode).toBe(0);
    expect(context.children[0]?.env.LAB_ACCESS_TOKEN).toBe(accessToken);
    expect(context.children[0]?.env).not.toHaveProperty("LAB_REFRESH_TOKEN");
    expect((await play(context, `api lab thing ${loss}`)).stdout).toBe("thing");
  });

  it("says where a dead one came from, and prints nothing", async () => {
    const answer = { status: 400, body: { error: "invalid_grant" } };
    const { context } = await startJob({ answer, google: true });
    expect(await playFailure(context, "token google")).toMatchObject({
      exitCode: 4,
      code: "invalid_grant",
      stdout: "",
      hint: expect.stringContaining("GOOGLE_REFRESH_TOKEN"),
    });
  });
});

describe("H12 a provider that replaces it", () => {
  it.each(["token lab", "refresh lab", "exec lab -- env", "api lab thing", "whoami lab"])(
    "is not asked where the new one would be lost: %s",
    async (line) => {
      const { context, server } = await startJob();
      const outcome = await play(context, line);
      expect(outcome).toMatchObject({ exitCode: 2, stdout: "" });
      expect(outcome.stderr).toContain("--rotate-to 'gh secret set LAB_REFRESH_TOKEN'");
      expect(server.requests).toEqual([]);
      expect(context.children).toEqual([]);
    },
  );

  it("names a secret that GitHub Actions takes", async () => {
    const env = { GITHUB_CLIENT_ID: "a", GITHUB_REFRESH_TOKEN: given };
    const context = await createTestContext({ env });
    expect((await playFailure(context, "token github")).hint).toContain(
      "gh secret set OAUTH_GITHUB_REFRESH_TOKEN",
    );
  });

  it("has the new one written back before the access token is used", async () => {
    const seen: string[] = [];
    const { context } = await startJob({ runChild: commandEnding({ exitCode: 0 }, seen) });
    const { write } = context.stdout;
    context.stdout.write = (text) => {
      seen.push("printed");
      write.call(context.stdout, text);
    };
    const outcome = await play(context, "token lab --rotate-to=save-it");
    expect(outcome).toEqual({ exitCode: 0, stdout: `${accessToken}\n`, stderr: "" });
    expect(seen).toEqual([`command got ${successor}`, "printed"]);
    const [child] = context.children;
    expect(child).toMatchObject({ program: "/bin/sh", args: ["-c", "save-it"] });
    expect(JSON.stringify(child?.env)).not.toMatch(/given-rt|job-secret|next-rt/);
    expect(await storeSnapshot(context)).toEqual([]);
  });

  it.each([{ exitCode: 1 }, { problem: "ENOENT" }])(
    "prints nothing where it could not be written back: %o",
    async (end) => {
      const { context } = await startJob({ runChild: commandEnding(end) });
      const failure = await playFailure(context, "token lab --rotate-to=save-it");
      expect(failure).toMatchObject({ exitCode: 8, code: "rotation_not_kept", stdout: "" });
    },
  );

  it("has the new one stored with --save, which goes on from there", async () => {
    const { context, spent } = await startJob();
    expect((await play(context, "token lab --save")).stdout).toBe(`${accessToken}\n`);
    expect(await storedCredential(context, "lab")).toMatchObject({
      refreshToken: successor,
      accessToken,
    });
    await play(context, "refresh lab --save");
    expect(spent().map(({ form }) => form.get("refresh_token"))).toEqual([given, successor]);
  });

  it("is not asked with --save where nothing could be stored", async () => {
    const open: Files["open"] = (path, ...rest) =>
      path.includes(".json.")
        ? Promise.reject(Object.assign(new Error("no"), { code: "ENOSPC" }))
        : files.open(path, ...rest);
    const { context, spent } = await startJob({ files: { open } });
    expect(await playFailure(context, "token lab --save")).toMatchObject({ code: "enospc" });
    expect(spent()).toEqual([]);
  });

  it("is asked with --allow-rotation-loss, and the loss is told", async () => {
    const { context } = await startJob();
    const outcome = await play(context, "token lab --allow-rotation-loss");
    expect(outcome).toMatchObject({ exitCode: 0, stdout: `${accessToken}\n` });
    expect(outcome.stderr).toContain("the new one was not kept");
  });

  it.each(["--rotate-to=save-it", "--save"])(
    "has the new one kept even from an answer that cannot be used: %s",
    async (option) => {
      const answer = { access_token: "a b", token_type: "mac", refresh_token: successor };
      const { context } = await startJob({ answer, runChild: () => ({ exitCode: 0 }) });
      expect((await playFailure(context, `token lab ${option}`)).exitCode).toBe(3);
      const kept =
        context.children[0]?.input ?? (await storedCredential(context, "lab"))?.refreshToken;
      expect(kept).toBe(successor);
    },
  );
});

describe("the log of a job", () => {
  it("hides the new tokens in GitHub Actions before anything else is done with them", async () => {
    const runChild = commandEnding({ exitCode: 0 });
    const { context } = await startJob({ env: { GITHUB_ACTIONS: "true" }, runChild });
    for (const value of [accessToken, successor]) context.allow(value, "stdout", "stderr");
    const outcome = await play(context, "token lab --rotate-to=save-it");
    expect(outcome).toEqual({
      exitCode: 0,
      stdout: `${accessToken}\n`,
      stderr: `::add-mask::${successor}\n::add-mask::${accessToken.replace("%", "%25")}\n`,
    });
  });

  it("hides them in Azure Pipelines too", async () => {
    const { context } = await startJob({ env: { TF_BUILD: "True" }, google: true });
    context.allow(accessToken, "stdout", "stderr");
    const { stderr } = await play(context, "token google");
    expect(stderr).toBe(`##vso[task.setsecret]${accessToken.replace("%", "%AZP25")}\n`);
  });

  it("hides them where a trace for programs has stderr, whose lines stand between", async () => {
    const runChild = commandEnding({ exitCode: 0 });
    const { context } = await startJob({ env: { GITHUB_ACTIONS: "true" }, runChild });
    for (const value of [accessToken, successor]) context.allow(value, "stdout", "stderr");
    const { stderr } = await play(context, "token lab --rotate-to=save-it --trace=jsonl");
    const lines = stderr.trim().split("\n");
    const masks = lines.filter((line) => line.startsWith("::"));
    expect(masks).toEqual([
      `::add-mask::${successor}`,
      `::add-mask::${accessToken.replace("%", "%25")}`,
    ]);
    for (const line of lines.filter((other) => !masks.includes(other))) {
      expect(problemsOf("trace", JSON.parse(line))).toEqual([]);
      expect(line).not.toContain(successor);
    }
  });

  it.each([{ GITHUB_ACTIONS: "true" }, { TF_BUILD: "True" }])(
    "refuses an archive there, in which masks have no place, before a token is spent: %o",
    async (env) => {
      const { context, server } = await startJob({ env });
      expect(await playFailure(context, "token lab --save --trace=har")).toMatchObject({
        exitCode: 2,
        code: "trace_without_masks",
        stdout: "",
      });
      expect(server.requests).toEqual([]);
      const report = await play(context, "status --report status.har");
      expect(report.exitCode).toBe(0);
    },
  );
});

describe("a warning, where a trace for programs has stderr", () => {
  it("is a line of its own", async () => {
    const { context } = await startJob();
    const { stderr } = await play(context, "token lab --allow-rotation-loss --trace=jsonl");
    const lines = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.flatMap((line) => problemsOf("trace", line))).toEqual([]);
    expect(lines).toContainEqual({
      version: 1,
      type: "note",
      text: "The provider replaced the refresh token, and the new one was not kept.",
    });
  });

  it("stands in the archive", async () => {
    const { context } = await startJob();
    const { stderr } = await play(context, "token lab --allow-rotation-loss --trace=har");
    expect(JSON.parse(stderr).log.comment).toContain("the new one was not kept");
  });

  it("tells why a command was not started", async () => {
    const { context } = await startJob({ google: true, runChild: () => ({ problem: "ENOENT" }) });
    const { exitCode, stderr } = await play(context, "exec google --trace=jsonl -- nothing-here");
    expect(exitCode).toBe(127);
    expect(stderr).toContain('"type":"note","text":"The command nothing-here was not found.');
  });
});

describe("a refresh token in ./.env", () => {
  const leave = ({ workingFolder }: { workingFolder: string }) =>
    writeFile(join(workingFolder, ".env"), "LAB_REFRESH_TOKEN=a-strangers-rt-0123456789\n");

  it("stands in for nothing that is stored, unless the file is named", async () => {
    const { context, spent } = await startJob();
    await play(context, "token lab --save");
    context.env.LAB_REFRESH_TOKEN = undefined;
    await leave(context);
    const [before, asked] = [await storeSnapshot(context), spent().length];
    for (const line of ["token lab", "exec lab -- true", "api lab /thing", "whoami lab"]) {
      expect(await playFailure(context, line.replace(" --", " --json --"))).toMatchObject({
        exitCode: 6,
        code: "refresh_token_unasked",
        stdout: "",
      });
    }
    expect(spent()).toHaveLength(asked);
    const named = "token lab --allow-rotation-loss --env-file .env";
    expect(await play(context, named)).toMatchObject({ exitCode: 0 });
    expect(await storeSnapshot(context)).toEqual(before);
  });

  it("is told where nothing is stored", async () => {
    const { context } = await startJob({ env: { LAB_REFRESH_TOKEN: undefined } });
    await leave(context);
    const { stderr } = await play(context, "token lab --allow-rotation-loss");
    const file = join(context.workingFolder, ".env");
    expect(stderr).toContain(`The refresh token is LAB_REFRESH_TOKEN in ${file}, not one of`);
  });
});
