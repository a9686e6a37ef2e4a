// Requests of an attacker, and of a client that checks nothing: plain ones, without the library whose checks they are to do without.

/** A server's endpoints, as its metadata names them (RFC 8414 §2). */
export interface ServerMetadata {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly userinfo_endpoint: string;
}

/** A token endpoint's answer. */
export interface TokenReply {
  readonly status: number;
  readonly error?: string;
  readonly access_token?: string;
  readonly refresh_token?: string;
}

type Fetch = typeof globalThis.fetch;

/** Reads a server's metadata. */
export async function readMetadata(issuer: string, fetch: Fetch): Promise<ServerMetadata> {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`);
  return (await answer.json()) as ServerMetadata;
}

/** Asks a token endpoint. */
export async function askToken(
  endpoint: string,
  { body, fetch }: { readonly body: Readonly<Record<string, string>>; readonly fetch: Fetch },
): Promise<TokenReply> {
  const answer = await fetch(endpoint, { method: "POST", body: new URLSearchParams(body) });
  const { error, access_token, refresh_token } = (await answer.json()) as Partial<TokenReply>;
  return {
    status: answer.status,
    ...(error !== undefined && { error }),
    ...(access_token !== undefined && { access_token }),
    ...(refresh_token !== undefined && { refresh_token }),
  };
}

/** Whom an access token opens the API as; undefined where the API refuses it. */
export async function askWho(
  endpoint: string,
  { token, fetch }: { readonly token: string | undefined; readonly fetch: Fetch },
): Promise<string | undefined> {
  const answer = await fetch(endpoint, { headers: { authorization: `Bearer ${token}` } });
  const { sub } = answer.ok ? ((await answer.json()) as { sub?: string }) : {};
  return sub;
}

/** "400 invalid_grant", "200". */
export function tellReply({ status, error }: TokenReply): string {
  return error === undefined ? String(status) : `${status} ${error}`;
}
