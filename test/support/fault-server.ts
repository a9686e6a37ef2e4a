// A server on a bare socket, so that it can break framing, stall, drip and reset where node:http would not let it.
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { onTestFinished } from "vitest";
import { type FaultName, faults } from "./faults.ts";

/** A request as far as it could be read. */
interface RawRequest {
  readonly method: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a fault does; `elsewhere` is the address of a second origin that only records. */
export interface Fault {
  /** On the connection, before any byte is read. */
  readonly greet?: (socket: Socket) => void;
  /** Once a request is complete. `count` numbers the requests from 1. */
  readonly answer?: (
    socket: Socket,
    seen: { readonly request: RawRequest; readonly count: number; readonly elsewhere: string },
  ) => void;
}

export interface FaultServer {
  readonly url: string;
  readonly requests: readonly RawRequest[];
  /** What arrived at the second origin, where a redirect points to. */
  readonly elsewhereRequests: readonly RawRequest[];
  /** Resolves once a connection has ended: the client has given up on an answer that does not end. */
  untilDropped(): Promise<void>;
  /** Resolves once so many requests have come in: the moment to move the clock. */
  untilRequests(count: number): Promise<void>;
  close(): Promise<void>;
}

/** The request at the start of these bytes and how many it takes; undefined while it is incomplete. */
function parseRequest(bytes: Buffer): { request: RawRequest; length: number } | undefined {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const [requestLine = "", ...lines] = bytes.subarray(0, headEnd).toString("latin1").split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => {
      const [name = "", ...value] = line.split(":");
      return [name.toLowerCase(), value.join(":").trim()];
    }),
  );
  const length = headEnd + 4 + Number(headers["content-length"] ?? 0);
  if (bytes.length < length) return undefined;
  const [method = "", path = ""] = requestLine.split(" ");
  const body = bytes.subarray(headEnd + 4, length).toString();
  return { request: { method, path, headers, body }, length };
}

async function listen({
  requests,
  fault,
  elsewhere,
  tls,
}: {
  requests: RawRequest[];
  fault: Fault;
  elsewhere: string;
  tls?: TlsOptions | undefined;
}): Promise<Pick<FaultServer, "url" | "untilDropped" | "close">> {
  const sockets = new Set<Socket>();
  let dropped = () => {};
  const firstDrop = new Promise<void>((resolve) => {
    dropped = resolve;
  });
  const serve = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      dropped();
    });
    socket.on("error", () => undefined);
    fault.greet?.(socket);
    let pending: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      for (let next = parseRequest(pending); next; next = parseRequest(pending)) {
        pending = pending.subarray(next.length);
        requests.push(next.request);
        fault.answer?.(socket, { request: next.request, count: requests.length, elsewhere });
      }
    });
  };
  const server = tls ? createTlsServer(tls, serve) : createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  const url = `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, untilDropped: () => firstDrop, close };
}

/** Starts a server that does one thing wrong on every path; with `tls` it speaks https. Closes with the test. */
export async function startFaultServer(
  behaviour: FaultName | Fault,
  { tls }: { readonly tls?: TlsOptions } = {},
): Promise<FaultServer> {
  const requests: RawRequest[] = [];
  const elsewhereRequests: RawRequest[] = [];
  const elsewhere = await listen({
    requests: elsewhereRequests,
    fault: faults["json-empty-object"],
    elsewhere: "",
  });
  const fault = typeof behaviour === "string" ? faults[behaviour] : behaviour;
  const main = await listen({ requests, fault, elsewhere: elsewhere.url, tls });
  const close = async (): Promise<void> => {
    await Promise.all([main.close(), elsewhere.close()]);
  };
  onTestFinished(close);
  const untilRequests = async (count: number): Promise<void> => {
    while (requests.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    url: main.url,
    requests,
    elsewhereRequests,
    untilDropped: main.untilDropped,
    untilRequests,
    close,
  };
}
