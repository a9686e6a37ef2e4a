// Starts and ends the embedded authorization server. It listens on this computer only and answers to its own address alone.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ClientMetadata } from "oidc-provider";
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { createApplication } from "./application.ts";
import type { Fault } from "./faults/fault.ts";
import type { Personality } from "./personalities/personality.ts";
import { openState } from "./state.ts";

/** What a sandbox is started with. */
export interface SandboxOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** Where keys, grants and tokens are kept between runs, of one port: two sandboxes at once must not share it. Without it they live in memory. */
  readonly stateFile?: string;
  /** 3600 if not given. */
  readonly accessTokenTtlSeconds?: number;
  /** 14 days if not given; each rotation starts it anew. */
  readonly refreshTokenTtlSeconds?: number;
  /** Clients beside the built-in ones. */
  readonly clients?: readonly ClientMetadata[];
  /** What it does wrong, on purpose. */
  readonly fault?: Fault;
  /** Whom it behaves like; like itself if not given. */
  readonly personality?: Personality;
  /** The clock is the system's: oidc-provider knows no other. */
  readonly context: Pick<Context, "files">;
}

/** A running sandbox. */
export interface Sandbox {
  readonly issuer: string;
  readonly port: number;
  /** Where a state file that could not be read was moved to, for its owner to be told. */
  readonly movedAsideStateFile?: string;
  /** Ends at once, whatever connections are open; what was answered is on disk. */
  close(): Promise<void>;
}

/** Starts one on 127.0.0.1. Throws an OAuthLabError: kind `usage`, code `port_in_use`, or kind `store` for the state file. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const server = createServer(limits);
  server.maxConnections = 256;
  // The port comes first: its owner alone reads and writes that port's state file.
  const port = await listen(server, options.port);
  const host = `127.0.0.1:${port}`;
  const opening = open(`http://${host}`, options);
  server.on("request", (request, response) => {
    if (!isWelcome(request, { host, response })) return;
    opening
      .then(({ application }) => application(request, response))
      .catch(() => request.destroy());
  });
  try {
    const { issuer, state } = await opening;
    const close = async () => {
      await closeServer(server);
      await state.flush();
    };
    const { movedAside } = state;
    return { issuer, port, close, ...(movedAside && { movedAsideStateFile: movedAside }) };
  } catch (error) {
    await closeServer(server);
    throw error;
  }
}

async function open(issuer: string, options: SandboxOptions) {
  const { stateFile, context } = options;
  const file = stateFile === undefined ? undefined : { path: stateFile, files: context.files };
  const state = await openState(file);
  return { issuer, state, application: await createApplication({ issuer, options, state }) };
}

const limits = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
};
const largestBody = 64 * 1024;

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explainListenError(error, port)));
    server.listen({ port, host: "127.0.0.1" }, () =>
      resolve((server.address() as AddressInfo).port),
    );
  });
}

function explainListenError(error: NodeJS.ErrnoException, port: number): OAuthLabError {
  const inUse = error.code === "EADDRINUSE";
  return new OAuthLabError({
    kind: "usage",
    code: inUse ? "port_in_use" : "port_unavailable",
    message: inUse
      ? `Port ${port} of 127.0.0.1 is in use.`
      : `Port ${port} of 127.0.0.1 cannot be listened on (${error.code}).`,
    hint: "Stop the program that uses it, or start the sandbox on another port (--port).",
  });
}

/** Refuses what is not for us: a name that only points here (DNS rebinding), and a body that no request of OAuth has. */
function isWelcome(
  request: IncomingMessage,
  { host, response }: { host: string; response: ServerResponse },
): boolean {
  const tooLarge = Number(request.headers["content-length"] ?? 0) > largestBody;
  if (request.headers.host === host && !tooLarge) return true;
  response.writeHead(tooLarge ? 413 : 421, { connection: "close", "content-type": "text/plain" });
  response.end(tooLarge ? "Too large.\n" : `This server is ${host} only.\n`);
  return false;
}

/** Idle keep-alive connections would hold a server open for as long as the browser likes. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
