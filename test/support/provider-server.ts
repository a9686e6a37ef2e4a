// The ground that the imitated providers stand on: routes, recorded requests, answers that a test can override.
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { ServerCertificate } from "./certificates.ts";

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body as a form. */
  readonly form: URLSearchParams;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object goes as JSON, a URLSearchParams as a form, a string as it is. */
  readonly body?: object | string;
}

export type Responder = (request: RecordedRequest) => Answer | Promise<Answer>;

/** A route's key is its method and path; a `*` in a path stands for one segment. */
export type Routes = Readonly<Record<string, { name: string; respond: Responder }>>;

export interface ProviderServer {
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** What an endpoint answers instead of its own: always the same, or a function of the request that may fall through with undefined. */
  readonly answers: Record<string, Answer | ((request: RecordedRequest) => Answer | undefined)>;
  /** Every secret that the server gave out. */
  readonly issued: Set<string>;
  close(): Promise<void>;
}

function encode({ status = 200, headers = {}, body = "" }: Answer) {
  if (typeof body === "string") return { status, headers, text: body };
  const form = body instanceof URLSearchParams;
  const type = form ? "application/x-www-form-urlencoded" : "application/json";
  const text = form ? body.toString() : JSON.stringify(body);
  return { status, headers: { "content-type": `${type}; charset=utf-8`, ...headers }, text };
}

function findRoute(routes: Routes, method: string, path: string) {
  const wanted = `${method} ${path}`.split("/");
  const key = Object.keys(routes).find((route) => {
    const parts = route.split("/");
    return (
      parts.length === wanted.length &&
      parts.every((part, at) => part === "*" || part === wanted[at])
    );
  });
  return key === undefined ? undefined : routes[key];
}

async function readBody(request: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Starts a server on a free port of 127.0.0.1, or of 127.0.0.2 as if on another machine, with https where it has a certificate; the routes are made once its address is known. Closes with the test. */
export async function startProviderServer(
  routesAt: (url: string, issued: Set<string>) => Routes,
  {
    certificate,
    host = "127.0.0.1",
  }: { certificate?: ServerCertificate; host?: "127.0.0.1" | "127.0.0.2" } = {},
): Promise<ProviderServer> {
  const requests: RecordedRequest[] = [];
  const issued = new Set<string>();
  const answers: ProviderServer["answers"] = {};
  let routes: Routes = {};
  const respond = async (request: RecordedRequest): Promise<Answer> => {
    const route = findRoute(routes, request.method, request.path);
    if (route === undefined) return { status: 404, body: { message: "Not Found" } };
    const override = answers[route.name];
    const overridden = typeof override === "function" ? override(request) : override;
    return overridden ?? (await route.respond(request));
  };
  const listener: RequestListener = async (incoming, outgoing) => {
    const { pathname, searchParams } = new URL(`http://server${incoming.url ?? "/"}`);
    const body = await readBody(incoming);
    const request: RecordedRequest = {
      method: incoming.method ?? "",
      path: pathname,
      query: searchParams,
      headers: incoming.headers,
      body,
      form: new URLSearchParams(body),
    };
    requests.push(request);
    const answer = await respond(request).catch((error) => ({ status: 500, body: String(error) }));
    const { status, headers, text } = encode(answer);
    outgoing.writeHead(status, headers).end(text);
  };
  const server = certificate
    ? createSecureServer({ ...certificate }, listener)
    : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const url = `${certificate ? "https" : "http"}://${host}:${port}`;
  routes = routesAt(url, issued);
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  onTestFinished(close);
  return { url, requests, answers, issued, close };
}

/** The user and password of a Basic header (RFC 6749 §2.3.1), or undefined. */
export function readBasic({
  headers,
}: RecordedRequest): { id: string; secret: string } | undefined {
  const [, encoded] = /^basic (.+)$/i.exec(headers.authorization ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const [id = "", secret = ""] = Buffer.from(encoded, "base64").toString().split(":");
  return { id: decodeURIComponent(id), secret: decodeURIComponent(secret) };
}

/** The token of a Bearer (or GitHub's `token`) header, or undefined. */
export function readBearer({ headers }: RecordedRequest): string | undefined {
  return /^(?:bearer|token) (.+)$/i.exec(headers.authorization ?? "")?.[1];
}
