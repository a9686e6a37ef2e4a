// The ways a provider's endpoint goes wrong, by name. Each writes its bytes itself: framing is part of the fault.
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import type { Fault } from "./fault-server.ts";

interface RawAnswer {
  readonly status?: string;
  readonly headers?: readonly string[];
  readonly body?: string | Buffer;
}

const json = "content-type: application/json";
const html = "content-type: text/html";
const chunked = "transfer-encoding: chunked";

function head(status: string, headers: readonly string[]): string {
  return [`HTTP/1.1 ${status}`, ...headers, "", ""].join("\r\n");
}

/** A well-formed answer. */
export function rawAnswer({ status = "200 OK", headers = [json], body = "" }: RawAnswer): Fault {
  const length = `content-length: ${Buffer.byteLength(body)}`;
  return {
    answer: (socket) => {
      socket.write(head(status, [...headers, length]));
      socket.write(body);
    },
  };
}

/** A JSON answer: the fault is in what it says. */
export function jsonAnswer(value: unknown, status = "200 OK"): Fault {
  return rawAnswer({ status, body: JSON.stringify(value) });
}

/** Writes pieces for as long as the other end takes them. */
function pour(socket: Socket, piece: Buffer, times = Number.POSITIVE_INFINITY): void {
  let left = times;
  const more = () => {
    while (left > 0 && !socket.destroyed) {
      left -= 1;
      if (!socket.write(piece)) return;
    }
    if (left === 0) socket.end();
  };
  socket.on("drain", more);
  more();
}

const megabyte = 1024 * 1024;
const chunkOf = (text: string) => Buffer.from(`${text.length.toString(16)}\r\n${text}\r\n`);
const page = "<!doctype html><title>502 Bad Gateway</title><h1>nginx</h1>";
const token = { access_token: "fault-access-token-0123456789", token_type: "bearer" };

/** Sends headers, then a byte at a time, slower than any body should come. */
function drip(socket: Socket, bytes: string): void {
  socket.write(head("200 OK", [json, `content-length: ${bytes.length}`]));
  let sent = 0;
  const timer = setInterval(() => {
    if (sent + 1 < bytes.length) socket.write(bytes[sent] ?? "");
    sent += 1;
  }, 20);
  timer.unref();
  socket.on("close", () => clearInterval(timer));
}

/** Each fault and the row of the bad-input matrix that it stands for. */
export const faults = {
  // D04: answers that are not a JSON object
  "html-200": rawAnswer({ headers: [html], body: page }),
  "empty-200": rawAnswer({}),
  "no-content-204": { answer: (socket) => socket.write(head("204 No Content", [])) },
  "json-null": rawAnswer({ body: "null" }),
  "json-array": rawAnswer({ body: "[]" }),
  "json-empty-object": rawAnswer({ body: "{}" }),
  "cut-json": rawAnswer({ body: '{"access_token":"fault-access-token-01234' }),
  // D03, D12: the right content in the wrong dress
  "form-encoded": rawAnswer({
    headers: ["content-type: application/x-www-form-urlencoded"],
    body: new URLSearchParams(token).toString(),
  }),
  "json-as-html": rawAnswer({ headers: [html], body: JSON.stringify(token) }),
  // D05-D07: not now
  "html-502": rawAnswer({ status: "502 Bad Gateway", headers: [html], body: page }),
  "html-503-retry-after": rawAnswer({
    status: "503 Service Unavailable",
    headers: [html, "retry-after: 2"],
    body: page,
  }),
  "server-error-500": jsonAnswer({ error: "server_error" }, "500 Internal Server Error"),
  "too-many-requests": rawAnswer({
    status: "429 Too Many Requests",
    headers: [json, "retry-after: 7"],
    body: '{"error":"rate_limited"}',
  }),
  "too-many-requests-for-a-day": rawAnswer({
    status: "429 Too Many Requests",
    headers: [json, "retry-after: 86400"],
    body: "{}",
  }),
  // D08-D10: no
  "invalid-grant": jsonAnswer({ error: "invalid_grant" }, "400 Bad Request"),
  "invalid-client-challenge": rawAnswer({
    status: "401 Unauthorized",
    headers: [json, 'www-authenticate: Basic realm="fault"'],
    body: '{"error":"invalid_client","error_description":"unknown client"}',
  }),
  // D14: more than anyone should read
  "huge-body": {
    answer: (socket) => {
      socket.write(head("200 OK", [json, `content-length: ${1024 * megabyte}`]));
      pour(socket, Buffer.alloc(64 * 1024, " "), 16 * 1024);
    },
  },
  "endless-chunks": {
    answer: (socket) => {
      socket.write(head("200 OK", [json, chunked]));
      pour(socket, chunkOf(" ".repeat(64 * 1024)));
    },
  },
  "gzip-bomb": {
    answer: (socket) => {
      socket.write(head("200 OK", [json, "content-encoding: gzip", "connection: close"]));
      pour(socket, gzipSync(Buffer.alloc(megabyte)), 1024);
    },
  },
  // D15: an answer that takes for ever
  "no-answer": {},
  "stalls-after-headers": {
    answer: (socket) => socket.write(head("200 OK", [json, "content-length: 100"])),
  },
  drips: { answer: (socket) => drip(socket, JSON.stringify(token)) },
  // D16: broken connections
  "reset-on-connect": { greet: (socket) => socket.resetAndDestroy() },
  "reset-after-request": { answer: (socket) => socket.resetAndDestroy() },
  "closed-after-request": { answer: (socket) => socket.end() },
  "closed-in-body": {
    answer: (socket) => socket.end(`${head("200 OK", [json, "content-length: 500"])}{"access_`),
  },
  // D19-D28: tokens that are none, and odd companions of good ones
  "no-access-token": jsonAnswer({ token_type: "bearer" }),
  "empty-access-token": jsonAnswer({ ...token, access_token: "" }),
  "numeric-access-token": jsonAnswer({ ...token, access_token: 12345678 }),
  "megabyte-access-token": jsonAnswer({ ...token, access_token: "t".repeat(1000 * 1000) }),
  "no-token-type": jsonAnswer({ access_token: token.access_token }),
  "mac-token-type": jsonAnswer({ ...token, token_type: "mac" }),
  "null-refresh-token": jsonAnswer({ ...token, refresh_token: null }),
  "array-scope": jsonAnswer({ ...token, scope: ["read"] }),
  // D30-D32: JSON that is meant to hurt
  "duplicate-keys": rawAnswer({
    body: `{"access_token":"first-access-token-012345","token_type":"bearer","access_token":"${token.access_token}"}`,
  }),
  "prototype-keys": rawAnswer({
    body: `{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},${JSON.stringify(token).slice(1)}`,
  }),
  "ten-thousand-fields": jsonAnswer({
    ...Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`field${at}`, at])),
    ...token,
  }),
  "hostile-description": jsonAnswer(
    {
      error: "invalid_request",
      error_description: "\u001b[2J\u001b]0;owned\u0007\r\n::add-mask::x\u202egnp.\u009b31m",
    },
    "400 Bad Request",
  ),
  "megabyte-description": jsonAnswer(
    { error: "invalid_request", error_description: "x".repeat(1000 * 1000) },
    "400 Bad Request",
  ),
  // Redirects: followed, they would carry the secret to another origin
  "redirect-307-elsewhere": redirect("307 Temporary Redirect"),
  "redirect-302-elsewhere": redirect("302 Found"),
  // D34: framing
  "early-hints": preceded("103 Early Hints"),
  "continue-100": preceded("100 Continue"),
  trailers: {
    answer: (socket) =>
      socket.write(
        `${head("200 OK", [json, chunked, "trailer: x-late"])}${chunkOf(JSON.stringify(token))}0\r\nx-late: 1\r\n\r\n`,
      ),
  },
  "bad-chunk-size": {
    answer: (socket) => socket.write(`${head("200 OK", [json, chunked])}zz\r\n{}\r\n0\r\n\r\n`),
  },
  "two-lengths": {
    answer: (socket) =>
      socket.write(`${head("200 OK", [json, "content-length: 2", "content-length: 40"])}{}`),
  },
  "split-answer": {
    answer: (socket) =>
      socket.write(`${head("200 OK", [json, "content-length: 2"])}{}HTTP/1.1 200 OK\r\n\r\n`),
  },
  "huge-header": {
    answer: (socket) => socket.write(head("200 OK", [json, `x-big: ${"h".repeat(megabyte)}`])),
  },
  "not-http": { answer: (socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n") },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

function redirect(status: string): Fault {
  return {
    answer: (socket, { elsewhere }) =>
      socket.write(head(status, [`location: ${elsewhere}/token`, "content-length: 0"])),
  };
}

function preceded(status: string): Fault {
  return {
    answer: (socket) => {
      const body = JSON.stringify(token);
      socket.write(head(status, []));
      socket.write(`${head("200 OK", [json, `content-length: ${body.length}`])}${body}`);
    },
  };
}
