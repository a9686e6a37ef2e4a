// What a report says beside the messages: who the client is, which tokens came, whose they are. Read from the events themselves; gives no secret away.
import type { FlowEvent } from "../../flow/flow-event.ts";
import type { HttpExchange } from "../../http/trace.ts";
import type { Redactor } from "../trace/redactor.ts";
import { parseObject, type RunEvent, readRun } from "../trace/run.ts";

/** One token, by what may be said of it. */
export interface TokenFact {
  readonly kind: "access_token" | "refresh_token" | "id_token";
  readonly placeholder: string;
  readonly characters: number;
  /** `Bearer`, or a JWT's algorithm; undefined for a refresh token. */
  readonly type?: string;
  /** Seconds from its answer on. */
  readonly lifetimeSeconds?: number;
  /** Milliseconds since 1970. */
  readonly expiresAt?: number;
  /** Undefined where the answer names none. */
  readonly scopes?: string;
}

/** How a client proves itself at the token endpoint (RFC 6749 §2.3.1). */
export type ClientProof = "basic" | "post" | "assertion" | "nothing";

/** What a report says beside the messages. */
export interface Facts {
  readonly opened: Extract<FlowEvent, { kind: "client-opened" }> | undefined;
  readonly authentication: ClientProof | undefined;
  /** The parameters of the authorization request. */
  readonly request: URLSearchParams | undefined;
  readonly tokens: readonly TokenFact[];
  /** What names the user, from the ID token and the API. */
  readonly identity: ReadonlyMap<string, string>;
}

/** The members of claims and profiles that say who somebody is. */
export const identityFields: ReadonlySet<string> = new Set([
  ...["sub", "login", "id", "node_id", "name", "preferred_username", "nickname", "username"],
  ...["given_name", "family_name", "middle_name", "email", "user_id", "login_hint"],
  ...["picture", "avatar_url", "gravatar_id", "profile", "website", "phone_number"],
]);

/** Reads the facts of a run. The redactor knows the secrets' placeholders, and learns what the ID tokens say of the user. */
export function readFacts(events: readonly RunEvent[], redactor: Redactor): Facts {
  const exchanges = events.filter(
    (event): event is HttpExchange => event.kind === "http" && event.status === 200,
  );
  const answers = exchanges.filter(({ requestBody }) =>
    new URLSearchParams(requestBody).has("grant_type"),
  );
  const { request, exchange } = readRun(events);
  return {
    opened: events.findLast((event) => event.kind === "client-opened"),
    authentication: exchange && authenticationOf(exchange),
    request,
    tokens: answers.flatMap((answer) => tokensOf(answer, redactor)),
    identity: identityOf(exchanges, redactor),
  };
}

function authenticationOf({ requestHeaders, requestBody }: HttpExchange): ClientProof {
  const form = new URLSearchParams(requestBody);
  if (/^basic /i.test(requestHeaders.authorization ?? "")) return "basic";
  if (form.has("client_secret")) return "post";
  return form.has("client_assertion") ? "assertion" : "nothing";
}

function tokensOf({ responseBody, startedAt }: HttpExchange, redactor: Redactor): TokenFact[] {
  const answer = parseObject(responseBody) ?? {};
  const seconds = Number(answer.expires_in ?? Number.NaN);
  const scopes = typeof answer.scope === "string" ? answer.scope : undefined;
  const fact = (kind: TokenFact["kind"], more: Partial<TokenFact> = {}): TokenFact[] => {
    const value = answer[kind];
    if (typeof value !== "string" || value === "") return [];
    return [{ kind, placeholder: redactor.hide(kind, value), characters: value.length, ...more }];
  };
  const [header, claims] = String(answer.id_token).split(".").map(decodePart);
  const expires = Number(claims?.exp ?? Number.NaN) * 1000;
  return [
    ...fact("access_token", {
      type: String(answer.token_type),
      ...(seconds > 0 && { lifetimeSeconds: seconds, expiresAt: startedAt + seconds * 1000 }),
      ...(scopes !== undefined && { scopes }),
    }),
    ...fact("refresh_token"),
    ...fact("id_token", {
      type: String(header?.alg),
      ...(isDate(expires) && { expiresAt: expires }),
    }),
  ];
}

function isDate(milliseconds: number): boolean {
  return Math.abs(milliseconds) <= 8.64e15;
}

function decodePart(part: string): Record<string, unknown> | undefined {
  return parseObject(Buffer.from(part, "base64url").toString());
}

/** The API's own words win over the ID token's. */
function identityOf(exchanges: readonly HttpExchange[], redactor: Redactor): Map<string, string> {
  const found = new Map<string, string>();
  for (const { responseBody, requestHeaders } of exchanges) {
    const answer = parseObject(responseBody) ?? {};
    const idToken = typeof answer.id_token === "string" ? answer.id_token : "";
    const usesToken = /^(bearer|dpop) /i.test(requestHeaders.authorization ?? "");
    const about =
      idToken === "" ? (usesToken ? answer : {}) : decodePart(idToken.split(".")[1] ?? "");
    redactor.apiJson(about ?? {});
    for (const [name, value] of Object.entries(about ?? {})) {
      if (!identityFields.has(name) || !["string", "number"].includes(typeof value)) continue;
      found.set(name, String(value));
    }
  }
  return found;
}
