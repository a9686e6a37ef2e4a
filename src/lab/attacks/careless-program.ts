// A client as many were written: it takes the first answer that comes, without state, without iss, with PKCE only if told. Never used but to be attacked.
import { createHash, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Program, Registered, SignInEnd } from "./program.ts";
import { askToken, askWho, readMetadata, type TokenReply, tellReply } from "./wire.ts";

/** What its exchange consisted of: the attacker who has read its log knows all of it. */
export interface Exchange {
  readonly tokenEndpoint: string;
  readonly userinfoEndpoint: string;
  readonly body: Readonly<Record<string, string>>;
  readonly reply: TokenReply;
}

/** A client without checks. */
export class CarelessProgram implements Program {
  readonly #usesPkce: boolean;
  readonly #fetch: typeof globalThis.fetch;
  exchange: Exchange | undefined;

  constructor(parts: { readonly usesPkce: boolean; readonly fetch: typeof globalThis.fetch }) {
    this.#usesPkce = parts.usesPkce;
    this.#fetch = parts.fetch;
  }

  async signIn(at: Registered, browse: (url: URL) => Promise<void>): Promise<SignInEnd> {
    const server = createServer();
    try {
      const redirectUri = await listen(server, at.redirectUri);
      const metadata = await readMetadata(at.issuer, this.#fetch);
      const verifier = this.#usesPkce ? randomBytes(32).toString("base64url") : undefined;
      const first = firstAnswer(server, redirectUri);
      const url = authorizationUrl(metadata.authorization_endpoint, { at, redirectUri, verifier });
      const [answer] = await Promise.all([first, browse(url)]);
      const body = {
        grant_type: "authorization_code",
        code: answer.searchParams.get("code") ?? "",
        redirect_uri: redirectUri,
        client_id: at.clientId,
        ...(at.clientSecret && { client_secret: at.clientSecret }),
        ...(verifier && { code_verifier: verifier }),
      };
      const reply = await askToken(metadata.token_endpoint, { body, fetch: this.#fetch });
      const { token_endpoint: tokenEndpoint, userinfo_endpoint: userinfoEndpoint } = metadata;
      this.exchange = { tokenEndpoint, userinfoEndpoint, body, reply };
      const token = reply.access_token;
      const who = token && (await askWho(userinfoEndpoint, { token, fetch: this.#fetch }));
      if (who) return { kind: "signed-in", who };
      return { kind: "refused", code: reply.error ?? "no_token", said: tellReply(reply) };
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }
}

/** Listens there, and gives the redirect URI with the port that it became. */
function listen(server: Server, redirectUri: string): Promise<string> {
  const uri = new URL(redirectUri);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: Number(uri.port) }, () => {
      uri.port = String((server.address() as AddressInfo).port);
      resolve(uri.href);
    });
  });
}

function firstAnswer(server: Server, redirectUri: string): Promise<URL> {
  return new Promise((resolve) => {
    server.on("request", (request, response) => {
      response.end("Thank you.");
      resolve(new URL(request.url ?? "/", redirectUri));
    });
  });
}

function authorizationUrl(
  endpoint: string,
  parts: { at: Registered; redirectUri: string; verifier: string | undefined },
): URL {
  const { at, redirectUri, verifier } = parts;
  const url = new URL(endpoint);
  const challenge = verifier && createHash("sha256").update(verifier).digest("base64url");
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: at.clientId,
    redirect_uri: redirectUri,
    scope: at.scope,
    state: "always-the-same",
    ...(challenge && { code_challenge: challenge, code_challenge_method: "S256" }),
  }).toString();
  return url;
}
