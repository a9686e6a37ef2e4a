// A running sandbox and what a client does with it, without a client library: the requests are what is tested.
import { createHash } from "node:crypto";
import * as files from "node:fs/promises";
import { afterEach } from "vitest";
import { FormBrowser, type Shown } from "../../src/lab/form-browser.ts";
import { sandboxClientId } from "../../src/sandbox/clients.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/server.ts";

export const redirectUri = "http://127.0.0.1:54321/callback/sandbox";
export const verifier = "a-verifier-of-forty-three-characters-or-more";
export const challenge = createHash("sha256").update(verifier).digest("base64url");

const running: Sandbox[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((sandbox) => sandbox.close()));
});

/** Starts a sandbox on a free port; it is closed after the test. */
export async function start(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ port: 0, context: { files }, ...options });
  running.push(sandbox);
  return sandbox;
}

/** An authorization request that succeeds, with these parameters changed; an empty one is left out. */
export function authorizationUrl({ issuer }: Sandbox, changes: Record<string, string> = {}): URL {
  const parameters = {
    client_id: sandboxClientId,
    response_type: "code",
    redirect_uri: redirectUri,
    scope: "openid profile email offline_access",
    prompt: "consent",
    state: "the-state",
    code_challenge: challenge,
    code_challenge_method: "S256",
    ...changes,
  };
  const given = Object.entries(parameters).filter(([, value]) => value !== "");
  return new URL(`/auth?${new URLSearchParams(given)}`, issuer);
}

/** Signs in and allows; returns the redirect to the client. */
export async function approve(address: URL, user = "ada"): Promise<URL> {
  const browser = new FormBrowser();
  const consent = await browser.submit(await browser.visit(address), { user });
  return (await browser.submit(consent, { answer: "allow" })).url;
}

/** The page that asks for consent, and the browser that shows it. */
export async function reachConsent(
  address: URL,
): Promise<{ browser: FormBrowser; consent: Shown }> {
  const browser = new FormBrowser();
  return { browser, consent: await browser.submit(await browser.visit(address), { user: "ada" }) };
}

/** An endpoint's JSON answer. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Posts a form to an endpoint, as the built-in public client unless told otherwise. */
export async function post(
  address: string,
  fields: Record<string, string>,
  headers = {},
): Promise<Answer> {
  const response = await fetch(address, {
    method: "POST",
    headers,
    body: new URLSearchParams({ client_id: sandboxClientId, ...fields }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
}

/** Exchanges a code; with these fields changed. */
export function exchange(
  { issuer }: Sandbox,
  code: string,
  changes: Record<string, string> = {},
): Promise<Answer> {
  return post(`${issuer}/token`, {
    grant_type: "authorization_code",
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...changes,
  });
}

/** Refreshes. */
export function refresh({ issuer }: Sandbox, refreshToken: string): Promise<Answer> {
  return post(`${issuer}/token`, { grant_type: "refresh_token", refresh_token: refreshToken });
}

/** The tokens of one whole login. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Logs in, from the authorization request to the tokens. */
export async function logIn(
  sandbox: Sandbox,
  changes: Record<string, string> = {},
): Promise<Tokens> {
  const redirect = await approve(authorizationUrl(sandbox, changes));
  const { body } = await exchange(sandbox, redirect.searchParams.get("code") ?? "");
  return { accessToken: String(body.access_token), refreshToken: String(body.refresh_token) };
}

/** The status of a call to the userinfo endpoint: 200 while the access token is good. */
export async function tryUserinfo({ issuer }: Sandbox, { accessToken }: Tokens): Promise<number> {
  return (await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${accessToken}` } }))
    .status;
}
