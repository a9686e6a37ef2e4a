// What the bench measures in: folders full of credentials, and a token endpoint on this machine.
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs work with a folder that goes afterwards. */
export async function withFolder(work) {
  const folder = await mkdtemp(join(await realpath(tmpdir()), "oauth-lab-bench-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A store of so many credentials, the first of them for github or, with a server, for the provider `lab` there; and what a run in it takes. */
export async function makeHome(folder, { count, server }) {
  const [store, cwd] = [join(folder, "store"), join(folder, "work")];
  await mkdir(store, { recursive: true, mode: 0o700 });
  await mkdir(cwd);
  for (let number = 0; number < count; number += 1) {
    const credential = server ? labCredential(server) : githubCredential(number);
    const path = join(store, `${credential.profile}@${credential.provider}.json`);
    await writeFile(path, `${JSON.stringify(credential)}\n`, { mode: 0o600 });
  }
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    OAUTH_LAB_HOME: store,
    OAUTH_LAB_STORE: "file",
    ...(server && { LAB_TOKEN_ENDPOINT: server.tokenEndpoint, LAB_CLIENT_ID: "bench" }),
  };
  return { cwd, env };
}

function githubCredential(number) {
  return {
    version: 1,
    provider: "github",
    profile: number === 0 ? "default" : `p${number}`,
    issuer: "https://github.com/login/oauth",
    token_endpoint: "https://github.com/login/oauth/access_token",
    client_id: "bench",
    origins: ["https://github.com", "https://api.github.com"],
    grant: "authorization_code",
    access_token: `gho_${"a".repeat(36)}`,
    token_type: "bearer",
    obtained_at: 1_700_000_000_000,
    requested_scopes: ["read:user"],
    granted_scopes: ["read:user"],
    login: "octocat",
  };
}

function labCredential({ origin, tokenEndpoint }) {
  return {
    ...githubCredential(0),
    provider: "lab",
    issuer: origin,
    token_endpoint: tokenEndpoint,
    origins: [origin],
    expires_at: 1_700_003_600_000,
    refresh_token: "refresh-token-of-the-bench",
  };
}

/** Answers every POST with new tokens. */
export async function startTokenServer() {
  const answer = JSON.stringify({
    access_token: "access-token-of-the-bench",
    token_type: "bearer",
    expires_in: 3600,
    refresh_token: "refresh-token-of-the-bench",
  });
  const server = createServer((request, response) => {
    request.resume().once("end", () => {
      response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
      response.end(answer);
    });
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { origin, tokenEndpoint: `${origin}/token`, close };
}
