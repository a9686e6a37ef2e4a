// A proxy for CONNECT (RFC 9110 §9.3.6) that behaves as a test wants, where a real one would not. It knows one name that nobody else knows: provider.test, which is 127.0.0.2.
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import type { ServerCertificate } from "./certificates.ts";

/** What becomes of a CONNECT: a tunnel, an answer with this text, no answer, or a tunnel that ends at once. */
export type ConnectManner = "tunnel" | "silence" | "cut" | { readonly answer: string };

/** A running proxy. */
export interface ConnectProxy {
  /** Its `host:port`. */
  readonly host: string;
  /** The `host:port` of each CONNECT. */
  readonly targets: readonly string[];
  /** The Proxy-Authorization of each CONNECT. */
  readonly authorizations: readonly (string | undefined)[];
}

/** Starts it on a free port of 127.0.0.1; with a certificate it speaks https. Closes with the test. */
export async function startConnectProxy(
  manner: ConnectManner,
  certificate?: ServerCertificate,
): Promise<ConnectProxy> {
  const targets: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const server = certificate ? createSecureServer({ ...certificate }) : createServer();
  const sockets = new Set<{ destroy(): void }>();
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    targets.push(request.url ?? "");
    authorizations.push(request.headers["proxy-authorization"]);
    sockets.add(socket);
    socket.on("error", () => {});
    if (typeof manner === "object") socket.end(manner.answer);
    if (manner === "cut") socket.end("HTTP/1.1 200 OK\r\n\r\n");
    if (manner === "tunnel") sockets.add(openTunnel(request.url ?? "", socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, targets, authorizations };
}

function openTunnel(target: string, socket: Socket): Socket {
  const { hostname, port } = new URL(`http://${target}`);
  const host = hostname === "provider.test" ? "127.0.0.2" : hostname;
  const upstream = connect({ host, port: Number(port) }, () => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    socket.pipe(upstream).pipe(socket);
  });
  upstream.on("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
  return upstream;
}
