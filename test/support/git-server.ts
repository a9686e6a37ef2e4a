// A git server: git's own http-backend behind https, for who has the right access token; and the token endpoint that gives it.
import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { ServerCertificate } from "./certificates.ts";

/** A running git server. */
export interface GitServer {
  readonly url: string;
  /** The only access token that it takes, and the refresh token that gets the next one. Tests may set both. */
  accessToken: string;
  refreshToken: string;
  /** The user names and passwords that it was shown. */
  readonly shown: string[];
  /** How often the token endpoint gave a new access token. */
  refreshes: number;
}

/** Serves the repositories below the folder on a free port of 127.0.0.1. Closes with the test. */
export async function startGitServer(
  folder: string,
  certificate: ServerCertificate,
): Promise<GitServer> {
  const state = { accessToken: "at-0", refreshToken: "rt-0", shown: [] as string[], refreshes: 0 };
  const server = createServer({ ...certificate }, (request, response) => {
    if (request.url === "/token") return void giveToken(request, { response, state });
    const [, basic = ""] = /^basic (.+)$/i.exec(request.headers.authorization ?? "") ?? [];
    const pair = Buffer.from(basic, "base64").toString();
    if (pair !== "") state.shown.push(pair);
    if (pair.split(":")[1] === state.accessToken) return serveGit(folder, request, response);
    response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(state, { url });
}

async function giveToken(
  request: IncomingMessage,
  { response, state }: { response: ServerResponse; state: Omit<GitServer, "url"> },
): Promise<void> {
  let body = "";
  for await (const chunk of request) body += chunk;
  const known = new URLSearchParams(body).get("refresh_token") === state.refreshToken;
  if (known) {
    state.refreshes += 1;
    state.accessToken = `at-${state.refreshes}-3f2a9c`;
    state.refreshToken = `rt-${state.refreshes}-77d1e0`;
  }
  const { accessToken: access_token, refreshToken: refresh_token } = state;
  const tokens = { access_token, token_type: "bearer", expires_in: 7200, refresh_token };
  response
    .writeHead(known ? 200 : 400, { "content-type": "application/json" })
    .end(JSON.stringify(known ? tokens : { error: "invalid_grant" }));
}

/** By CGI (RFC 3875). */
function serveGit(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(`http://server${request.url ?? "/"}`);
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: "1",
      REMOTE_USER: "tester",
      REQUEST_METHOD: request.method,
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: request.headers["content-type"],
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"],
      HTTP_GIT_PROTOCOL: request.headers["git-protocol"] as string,
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk) => chunks.push(chunk));
  child.stdout.on("end", () => {
    const answer = Buffer.concat(chunks);
    const end = answer.indexOf("\r\n\r\n");
    const headers = answer.subarray(0, end).toString().split("\r\n");
    const pairs = headers.map((line) => line.split(": ") as [string, string]);
    const { Status = "200", ...rest } = Object.fromEntries(pairs);
    response.writeHead(Number.parseInt(Status, 10), rest).end(answer.subarray(end + 4));
  });
}
