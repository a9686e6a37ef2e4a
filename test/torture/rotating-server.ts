// An authorization server that rotates refresh tokens and revokes the family when a spent one comes back (RFC 9700 §4.14.2). It tells who asked by the client secret, which each process has of its own.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the tests decide while a request is under way. */
export interface Judge {
  /** Whether this process was killed. */
  isDead(name: string): boolean;
  /** The request has arrived, nothing is spent yet. */
  arrived(name: string): void;
  /** The refresh token is spent, the answer not sent yet. */
  spent(name: string): void;
  /** The answer is on its way. */
  answered(name: string): void;
  /** Whether this refresh token is the one that the store holds. */
  isStored(refreshToken: string): boolean;
}

export interface RotatingServer {
  readonly issuer: string;
  readonly refreshToken: string;
  /** Every access token that was given out. */
  readonly issued: ReadonlySet<string>;
  /** Requests that a live process made. */
  readonly requests: number;
  /** Spent refresh tokens that came back although whoever spent them lives, or had stored the next one. Revokes the family. */
  readonly reused: number;
  /** Spent refresh tokens that came back because whoever spent them was killed before the answer was stored: honoured, as servers with a grace do. */
  readonly lostAnswers: number;
  close(): Promise<void>;
}

interface State {
  refreshToken: string;
  readonly spentBy: Map<string, string>;
  readonly issued: Set<string>;
  requests: number;
  reused: number;
  lostAnswers: number;
}

/** Starts one on a free port. The access tokens of its first answers are expired at once, the later ones live for an hour. */
export async function startRotatingServer({
  expiredAnswers,
  judge,
}: {
  expiredAnswers: number;
  judge: Judge;
}): Promise<RotatingServer> {
  const state: State = {
    refreshToken: "refresh-0",
    spentBy: new Map(),
    issued: new Set(),
    requests: 0,
    reused: 0,
    lostAnswers: 0,
  };
  let issuer = "";
  const server = createServer((request, response) => {
    if (request.method === "POST") {
      answerToken({ request, response, state, judge, expiredAnswers }).catch(() =>
        response.destroy(),
      );
    } else sendJson(response, 200, metadataOf(issuer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    issuer,
    close,
    issued: state.issued,
    get refreshToken() {
      return state.refreshToken;
    },
    get requests() {
      return state.requests;
    },
    get reused() {
      return state.reused;
    },
    get lostAnswers() {
      return state.lostAnswers;
    },
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly state: State;
  readonly judge: Judge;
  readonly expiredAnswers: number;
}

async function answerToken(exchange: Exchange): Promise<void> {
  const { request, response, state, judge, expiredAnswers } = exchange;
  const name = nameOf(request);
  const presented = new URLSearchParams(await readText(request)).get("refresh_token") ?? "";
  judge.arrived(name);
  if (judge.isDead(name)) return void response.destroy();
  state.requests += 1;
  const spender = state.spentBy.get(presented);
  if (spender !== undefined) {
    if (!judge.isDead(spender) || !judge.isStored(presented)) {
      state.reused += 1;
      state.refreshToken = "";
    } else state.lostAnswers += 1;
  } else if (presented !== state.refreshToken) {
    return sendJson(response, 400, { error: "invalid_grant" });
  }
  if (state.refreshToken === "") return sendJson(response, 400, { error: "invalid_grant" });
  state.spentBy.set(presented, name);
  const number = state.issued.size + 1;
  state.refreshToken = `refresh-${number}`;
  state.issued.add(`access-${number}`);
  judge.spent(name);
  if (judge.isDead(name)) return void response.destroy();
  sendJson(response, 200, {
    access_token: `access-${number}`,
    refresh_token: state.refreshToken,
    token_type: "bearer",
    expires_in: number <= expiredAnswers ? 1 : 3600,
  });
  judge.answered(name);
}

/** The secret of the client's Basic authentication, which is form-encoded (RFC 6749 §2.3.1): `process%2D7`. */
function nameOf({ headers }: IncomingMessage): string {
  const basic = Buffer.from((headers.authorization ?? "").slice("Basic ".length), "base64");
  return decodeURIComponent(basic.toString().split(":")[1] ?? "");
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

function metadataOf(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    response_types_supported: ["code"],
  };
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify(body));
}
