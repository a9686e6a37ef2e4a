// --report: what a report holds, where it may be written, and what must never stand in one.
import * as files from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { createPastingContext, play, playFailure, startSandboxScene } from "../commands/scene.ts";
import { createTestContext, type TestContext } from "../support/context.ts";
import { startGitHubServer } from "../support/github-server.ts";
import { startGoogleServer } from "../support/google-server.ts";
import { expectNoLeaks } from "../support/no-leaks.ts";

const pasted = "https://localhost:8000/callback";

/** A user of GitHub who pastes; `alter` changes the address. */
async function startGitHubScene(alter?: (address: URL) => string): Promise<TestContext> {
  const { env } = await startGitHubServer();
  return createPastingContext(
    { env: { ...env, GITHUB_REDIRECT_URI: pasted } },
    { ...(alter && { alter }) },
  );
}

function readReport({ workingFolder }: TestContext, name: string): Promise<string> {
  return files.readFile(join(workingFolder, name), "utf8");
}

function headings(markdown: string): string[] {
  return [...markdown.matchAll(/^#{2,3} (.+)$/gm)].map(([, title = ""]) =>
    title.replaceAll("\\", ""),
  );
}

describe("the report of a login at GitHub", () => {
  let context: TestContext;
  let report: string;
  beforeEach(async () => {
    context = await startGitHubScene();
    const { exitCode, stderr } = await play(context, "login github --report lab.md");
    expect(exitCode).toBe(0);
    expect(stderr).toContain(`The report is in ${join(context.workingFolder, "lab.md")}.`);
    report = await readReport(context, "lab.md");
  });

  test("has the four steps between what was done and the theory", () => {
    expect(headings(report).slice(0, 15)).toEqual([
      "What was done",
      "Client and provider",
      "Sequence diagram",
      "The steps",
      "Step 1. Ask for a code",
      "Step 2. The user approves",
      "Step 3. Exchange the code",
      "Step 4. Use the token",
      "Which way each secret went",
      "What was checked",
      "Tokens",
      "Theory",
      "The four roles",
      "The authorization code flow",
      "Front channel and back channel",
    ]);
  });

  test("follows each secret from channel to channel", () => {
    const rows = [...report.matchAll(/^\| `<(\w+) [0-9a-f]{4}>` \| .+? \| (.+?) \| (.+?) \|$/gm)];
    expect(rows.map(([, ...cells]) => cells)).toEqual([
      ["state", "messages 1, 2", "never"],
      ["code_challenge", "message 1", "never"],
      ["code", "message 2", "message 3"],
      ["code_verifier", "never", "message 3"],
      ["client_secret", "never", "message 3"],
      ["access_token", "never", "messages 3, 4"],
    ]);
    expect(report).toContain("No token, no client secret and no PKCE verifier went through");
  });

  test("tells each check with its outcome and section", () => {
    expect(report).toMatch(/\| state \| ✓ pass \| .+ \| RFC 6749 §10\.12 \|/);
    expect(report).toMatch(/\| nonce \| – not applicable \| no ID token \|/);
  });

  test("draws the run as Mermaid", () => {
    expect(report).toContain(
      [
        "```mermaid",
        "sequenceDiagram",
        "  participant user as user and browser",
        "  participant client as oauth-lab",
        "  participant server as authorization server",
        "  participant api as API",
        "  client-->>user: opens the address",
        "  user-->>server: 1. Ask for a code",
        "  Note over user,server: the user signs in and approves",
        "  server-->>user: 2. The answer",
        "  user-->>client: redirect",
        "  client->>server: 3. Exchange the code for tokens",
        "  server->>client: 200",
        "  client->>api: 4. Use the access token",
        "  api->>client: 200",
        "```",
      ].join("\n"),
    );
  });

  test("tells of the token its type, length and scopes, and of the user nothing", () => {
    expect(report).toMatch(
      /\| access token `<access_token .{4}>` \| `bearer` \| \d+ characters \|/,
    );
    expect(report).not.toMatch(/\b(?:octocat|Mona|ada|Lovelace)\b/);
    expect(report).toContain("values left out, because they say who the user is");
  });
});

test("--include-identity says whose token it is", async () => {
  const context = await startGitHubScene();
  await play(context, "login github --report lab.md --include-identity");
  const report = await readReport(context, "lab.md");
  expect(headings(report)).toContain("Whose token it is");
  const [, login] = /\| `login` \| `(\w+)` \|/.exec(report) ?? [];
  expect(context.stderr.text).toContain(`as ${login}`);
});

test("the Google task: a refresh token is asked for, issued, and later used without a browser", async () => {
  const { env } = await startGoogleServer();
  const context = await createPastingContext({
    env: { ...env, GOOGLE_REDIRECT_URI: "https://localhost:8080/auth/google/callback" },
  });
  await play(context, "google-offline --report login.md");
  await play(context, "refresh google --report refresh.md");
  const login = await readReport(context, "login.md");
  expect(login).toContain("`access_type=offline`");
  expect(login).toMatch(/\| refresh token `<refresh_token .{4}>` \| — \| \d+ characters \|/);
  const refresh = await readReport(context, "refresh.md");
  expect(headings(refresh)).toContain("Step 1. Renew the access token");
  expect(refresh).not.toContain("user and browser");
  expect(refresh).toContain("The refresh token: new access tokens without you");
});

describe("the report of a run that fails", () => {
  test("ends where it failed and says why", async () => {
    const context = await startGitHubScene((address) =>
      String(address).replace(/state=[\w-]/, "state="),
    );
    const { exitCode } = await play(context, "login github --report lab.md");
    expect(exitCode).toBe(6);
    const report = await readReport(context, "lab.md");
    expect(report).toMatch(/\| Outcome \| failure, exit code 6 \|/);
    expect(report).toContain(
      "  user--xclient: ✗ redirect\n  Note over client,server: ✗ It ended here",
    );
    expect(report).toMatch(/\| state \| ✗ fail \|/);
    expect(report).not.toContain("Step 3");
  });

  test("without a message says so", async () => {
    const context = await createTestContext();
    expect((await play(context, "token --report lab.md")).exitCode).toBe(4);
    expect(await readReport(context, "lab.md")).toContain("No message was sent");
  });

  test("does not hide the failure behind a report that cannot be written", async () => {
    const { env } = await startGitHubServer();
    const rename = (from: string, to: string): Promise<void> =>
      to.endsWith("lab.md")
        ? Promise.reject(Object.assign(new Error("a defect"), { code: "EIO" }))
        : files.rename(from, to);
    const context = await createPastingContext(
      { env: { ...env, GITHUB_REDIRECT_URI: pasted }, files: { rename } },
      { alter: (address) => String(address).replace(/state=[\w-]/, "state=") },
    );
    const { code } = await playFailure(context, "login github --report lab.md");
    expect(code).toBe("state_mismatch");
    expect(context.stderr.text).toContain("The report could not be written.");
    expect(await files.readdir(context.workingFolder)).toEqual([]);
  });
});

describe("the file of a report", () => {
  test("is for its user only, and replaced while it is as it was written", async () => {
    const { context } = await startSandboxScene();
    for (const name of ["lab.md", "lab.html", "lab.har"]) {
      expect((await play(context, `status --report ${name}`)).exitCode).toBe(0);
      const first = await readReport(context, name);
      await context.clock.advance(1000);
      expect((await play(context, `providers --report ${name}`)).exitCode).toBe(0);
      if (name !== "lab.har") expect(await readReport(context, name)).not.toBe(first);
      const { mode } = await files.stat(join(context.workingFolder, name));
      expect(mode & 0o777).toBe(0o600);
    }
  });

  test.each([
    ["somebody else's", "# My own notes\n"],
    ["empty", ""],
    ["a forged mark", `<!-- made by oauth-lab; sha256:${"0".repeat(64)} -->\n`],
  ])("is not put over a file that is %s: nothing is sent, nothing is lost", async (_, text) => {
    const { context } = await startSandboxScene();
    await files.writeFile(join(context.workingFolder, "lab.md"), text);
    const { code, exitCode } = await playFailure(context, "login sandbox --report lab.md");
    expect([exitCode, code]).toEqual([2, "report_exists"]);
    expect(context.exchanges).toEqual([]);
    expect(await readReport(context, "lab.md")).toBe(text);
  });

  test("is not put over a report that its user has worked on", async () => {
    const { context } = await startSandboxScene();
    await play(context, "status --report lab.md");
    await files.appendFile(join(context.workingFolder, "lab.md"), "\nMy conclusion.\n");
    expect((await playFailure(context, "status --report lab.md")).code).toBe("report_exists");
    expect(await readReport(context, "lab.md")).toContain("My conclusion.");
  });

  test("is not put where a link is", async () => {
    const { context } = await startSandboxScene();
    const link = join(context.workingFolder, "lab.md");
    await files.symlink(join(context.workingFolder, "elsewhere"), link);
    expect((await playFailure(context, "status --report lab.md")).code).toBe("report_exists");
    expect((await files.lstat(link)).isSymbolicLink()).toBe(true);
  });

  test.each([
    ["lab.txt", 2, "report_form_unknown"],
    ["lab", 2, "report_form_unknown"],
    ["no-such-folder/lab.md", 8, "enoent"],
  ])("%s is refused before the login begins", async (name, exitCode, code) => {
    const { context } = await startSandboxScene();
    expect(await playFailure(context, `login sandbox --report ${name}`)).toMatchObject({
      exitCode,
      code,
    });
    expect(context.exchanges).toEqual([]);
  });
});

describe("J23 text that others wrote", () => {
  const hostile =
    '<script>alert(1)</script> <img src=x onerror=alert(2)> `code` | cell | [link](https://evil.example) ![i](https://evil.example) **bold** @octocat "quoted" \u202e\u001b[31m';
  const denied = (address: URL): string => {
    const state = address.searchParams.get("state") ?? "";
    const answer = new URLSearchParams({
      error: "access_denied",
      error_description: hostile,
      state,
    });
    return `${pasted}?${answer}`;
  };

  test("is text in the HTML", async () => {
    const context = await startGitHubScene(denied);
    expect((await play(context, "login github --report lab.html")).exitCode).toBe(5);
    const report = await readReport(context, "lab.html");
    expect(report).toContain("&#60;script&#62;alert(1)&#60;/script&#62;");
    for (const raw of ["<script", "<img", "\u202e", "\u001b"]) expect(report).not.toContain(raw);
    expect(report).toContain("default-src &#39;none&#39;");
  });

  test("is code in the Markdown, and makes no cell", async () => {
    const context = await startGitHubScene(denied);
    await play(context, "login github --report lab.md");
    const report = await readReport(context, "lab.md");
    const row = report.split("\n").find((line) => line.startsWith("| `error_description`")) ?? "";
    expect(row.replaceAll("\\|", "").split("|")).toHaveLength(5);
    expect(row).toContain("``<script>alert(1)</script>");
    const outsideOfCode = report
      .replace(/```[\s\S]*?```/g, "")
      .replace(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, "");
    expect(outsideOfCode).not.toMatch(/script|evil\.example|@octocat|onerror/);
    const [note = ""] = /Note over client,server: (.*)/.exec(report) ?? [];
    expect(note.replace(/#\d+;/g, "")).toMatch(/^[\w ,:.✗'()-]+$/);
  });
});

describe("no secret is in a report", () => {
  const forms = ["md", "html", "har"];
  const commands = [
    "login sandbox --offline",
    "login sandbox --device",
    "login sandbox --client-credentials",
    "refresh sandbox",
    "whoami sandbox",
    "inspect sandbox",
    "token sandbox",
    "api sandbox /me",
    "status",
    "logout sandbox",
  ];
  test.each(commands)("J02 of %s, nor in its traces", async (command) => {
    const { context } = await startSandboxScene({ accessTokenTtlSeconds: 600 });
    context.printsToken();
    context.clock.passSleeps(() => true);
    if (!command.startsWith("login")) await play(context, "login sandbox --offline");
    for (const form of forms) {
      await play(context, `${command} --report lab-${form}.${form} --include-identity`);
      expect(await readReport(context, `lab-${form}.${form}`)).toContain("oauth-lab");
    }
    for (const form of ["jsonl", "har"]) await play(context, `${command} --trace=${form}`);
    await expectNoLeaks(context);
  });

  test.each(forms)("J02 of a refused login, as %s", async (form) => {
    const context = await startGitHubScene((address) =>
      String(address).replace(/code=\w/, "code="),
    );
    expect((await play(context, `login github --report lab.${form}`)).exitCode).not.toBe(0);
    await expectNoLeaks(context);
  });

  test("J02 of its own command line", async () => {
    const { context } = await startSandboxScene();
    const secret = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnktYWRhIn0.c2lnbmF0dXJl";
    context.canary(secret);
    context.allow(secret, "stdout", "stderr");
    await play(context, `explain ${secret} --report lab.md`);
    expect(await readReport(context, "lab.md")).toContain("`oauth-lab explain …`");
    await expectNoLeaks(context);
  });
});
