// Other programs that give a script a token, where they are installed, and what a refresh takes in the lab report's Python.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** Refreshes at the address that follows, as the lab report's scripts do. */
const requestsOauthlib = `
import sys
from requests_oauthlib import OAuth2Session
session = OAuth2Session("bench", token={"access_token": "a", "refresh_token": "r", "token_type": "bearer"})
assert session.refresh_token(sys.argv[1], client_id="bench")["access_token"]`;
const googleAuth = `
import sys
import google_auth_oauthlib.flow
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials
credentials = Credentials(None, refresh_token="r", token_uri=sys.argv[1], client_id="bench", client_secret="s")
credentials.refresh(Request())
assert credentials.token`;

/** Those that print a token which is stored. */
export async function tokenPeers({ cwd, env }) {
  const gh = join(env.HOME, "gh");
  mkdirSync(gh, { recursive: true });
  const host =
    "github.com:\n    user: octocat\n    oauth_token: gho_bench\n    git_protocol: https\n";
  writeFileSync(join(gh, "hosts.yml"), host);
  return present(
    [
      {
        name: "`gh auth token`",
        command: ["gh", "auth", "token"],
        env: { ...env, GH_CONFIG_DIR: gh },
      },
      { name: "`oidc-token --version`", command: ["oidc-token", "--version"], env },
    ],
    cwd,
  );
}

/** Those that refresh at this token endpoint. */
export async function refreshPeers({ cwd, env }, tokenEndpoint) {
  const python = (script) => ["/usr/bin/python3", "-c", script, tokenEndpoint];
  const insecure = { ...env, OAUTHLIB_INSECURE_TRANSPORT: "1" };
  return present(
    [
      { name: "Python, requests_oauthlib", command: python(requestsOauthlib), env: insecure },
      { name: "Python, google_auth_oauthlib", command: python(googleAuth), env: insecure },
    ],
    cwd,
  );
}

/** Those of them that are there and do what they should. The server that they ask is in this process: it must not wait. */
async function present(peers, cwd) {
  const found = [];
  for (const peer of peers) {
    const { env, command } = peer;
    const [file, ...args] = command;
    const ran = await promisify(execFile)(file, args, { env, cwd, timeout: 20_000 }).catch(
      () => false,
    );
    if (ran) found.push({ ...peer, cwd });
  }
  return found;
}
