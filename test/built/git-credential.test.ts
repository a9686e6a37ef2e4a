// git-credential of the built program, asked by the real git, which clones and pushes over https.
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect } from "vitest";
import type { Credential } from "../../src/credentials/credential.ts";
import { fileNameOf } from "../../src/credentials/credential-file.ts";
import { formatRecord } from "../../src/credentials/record.ts";
import { Secret } from "../../src/secret.ts";
import { sampleCredential } from "../credentials/credential-sample.ts";
import { buildProgram, createHome } from "../support/built.ts";
import { createCertificateAuthority } from "../support/certificates.ts";
import { startGitServer } from "../support/git-server.ts";
import { itWith } from "../support/real-program.ts";

beforeAll(buildProgram, 60_000);

const execute = promisify(execFile);
const itWithGit = itWith("git");

/** A git server with one repository, and a user who set oauth-lab up as its helper and is signed in there. */
async function createScene(changes: Partial<Credential> = {}) {
  const home = await createHome();
  const authority = await createCertificateAuthority();
  const projects = join(home.folder, "projects");
  await fs.mkdir(projects);
  const server = await startGitServer(projects, await authority.certificate("good"));
  const env = {
    ...home.env,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_SSL_CAINFO: authority.file,
    NODE_EXTRA_CA_CERTS: authority.file,
    GIT_AUTHOR_NAME: "t",
    GIT_AUTHOR_EMAIL: "t@t.test",
    GIT_COMMITTER_NAME: "t",
    GIT_COMMITTER_EMAIL: "t@t.test",
    LAB_TOKEN_ENDPOINT: `${server.url}/token`,
    LAB_CLIENT_ID: "client-1",
  };
  const git = async (...args: string[]) => {
    const options = { cwd: home.workingFolder, env };
    return execute("git", args, options).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  };
  await git("init", "-q", "--bare", "-b", "main", join(projects, "thing.git"));
  await git("-C", join(projects, "thing.git"), "config", "http.receivepack", "true");
  const helper = `!'${process.execPath}' '${await buildProgram()}' git-credential`;
  await git("config", "--global", `credential.${server.url}.helper`, "");
  await git("config", "--global", "--add", `credential.${server.url}.helper`, helper);
  const credential = sampleCredential("git", {
    provider: "lab",
    binding: {
      issuer: server.url,
      tokenEndpoint: `${server.url}/token`,
      clientId: "client-1",
      origins: [server.url],
    },
    accessToken: new Secret(server.accessToken),
    refreshToken: new Secret(server.refreshToken),
    expiresAt: Date.now() + 3_600_000,
    ...changes,
  });
  const { refreshExpiresAt: _, ...stored } = credential;
  const file = join(home.storeFolder, fileNameOf(stored));
  await fs.writeFile(file, formatRecord(stored), { mode: 0o600 });
  return { home, server, git, file };
}

const remote = (url: string): string => `${url}/thing.git`;

describe("git", () => {
  itWithGit("clones and pushes with the stored token", async () => {
    const { home, server, git } = await createScene();
    expect((await git("clone", "-q", remote(server.url), "copy")).code).toBe(0);
    const copy = join(home.workingFolder, "copy");
    await git("-C", copy, "commit", "-q", "--allow-empty", "-m", "first");
    const pushed = await git("-C", copy, "push", "-q", "origin", "HEAD:main");
    expect(pushed).toMatchObject({ code: 0, stderr: "" });
    expect(new Set(server.shown)).toEqual(new Set(["oauth2:at-0"]));
    expect((await git("ls-remote", remote(server.url))).stdout).toMatch(/refs\/heads\/main$/m);
  });

  itWithGit("gets a refreshed one where the stored one is over", async () => {
    const { server, git } = await createScene({ expiresAt: Date.now() - 1000 });
    expect(await git("ls-remote", remote(server.url))).toMatchObject({ code: 0, stderr: "" });
    expect(server.refreshes).toBe(1);
    expect(new Set(server.shown)).toEqual(new Set(["oauth2:at-1-3f2a9c"]));
  });

  itWithGit("that was refused has the token replaced, and is right the next time", async () => {
    const { server, git, file } = await createScene();
    server.accessToken = "at-revoked-the-old-one";
    const refused = await git("ls-remote", remote(server.url));
    expect(refused.code).not.toBe(0);
    expect(await fs.readFile(file, "utf8")).toContain(server.refreshToken);
    expect((await git("ls-remote", remote(server.url))).code).toBe(0);
    expect(server).toMatchObject({ refreshes: 1 });
  });

  itWithGit("asks the next helper for another host", async () => {
    const { git } = await createScene();
    const own = `!'${process.execPath}' '${await buildProgram()}' git-credential`;
    await git("config", "--global", "--add", "credential.helper", own);
    await git("config", "--global", "--add", "credential.helper", "!echo password=from-the-next #");
    await git(
      "config",
      "--global",
      "alias.fill",
      "!echo url=https://me@other.test/ | git credential fill",
    );
    expect(await git("fill")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("username=me\npassword=from-the-next\n"),
      stderr: "",
    });
  });

  itWithGit("runs in a repository whose .env changes nothing", async () => {
    const { home, server, git } = await createScene({ expiresAt: Date.now() - 1000 });
    await fs.writeFile(
      join(home.workingFolder, ".env"),
      "LAB_CLIENT_ID=evil\nLAB_TOKEN_ENDPOINT=https://evil.test/token\nGITHUB_SERVER_URL=https://evil.test\n",
    );
    expect(await git("ls-remote", remote(server.url))).toMatchObject({ code: 0, stderr: "" });
    expect(server.refreshes).toBe(1);
  });
});
