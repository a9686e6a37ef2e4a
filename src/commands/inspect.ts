// inspect: what the provider says of the stored access token now, and what stands in the stored ID token; "verified" and "decoded" told apart.
import type { Context } from "../context.ts";
import type { IdTokenInspection } from "../flow/id-token-signature.ts";
import type { Inspection } from "../flow/inspection.ts";
import { nothingStored } from "../flow/refresh.ts";
import { relativeTime } from "../terminal/duration.ts";
import { sanitise } from "../terminal/sanitise.ts";
import { formatTable } from "../terminal/table.ts";
import { withProvider } from "./connection.ts";
import { theOnlyKey } from "./only-key.ts";
import { type GlobalOptions, openSession } from "./session.ts";

/** Looks into both tokens, as they are stored: nothing is refreshed for it. */
export async function inspect(
  name: string | undefined,
  options: GlobalOptions,
  context: Context,
): Promise<void> {
  const session = await openSession(options, context);
  const { store, terminal } = session;
  const key = await theOnlyKey(name, session);
  const credential = await store.read(key);
  if (credential === undefined) throw nothingStored(key);
  await withProvider(key.provider, session, async ({ provider, reconnect }) => {
    const client = await reconnect(credential);
    const { inspectToken } = await import("../flow/inspection.ts");
    const { inspectIdToken } = await import("../flow/id-token-signature.ts");
    const token = await inspectToken(client, credential);
    const idToken = credential.idToken && (await inspectIdToken(client, credential.idToken));
    const now = context.clock.now();
    if (options.json) {
      terminal.json({
        version: 1,
        provider: key.provider,
        profile: key.profile,
        access_token: token ? { source: token.source, active: token.active, ...token.facts } : null,
        id_token: idToken ? describeIdToken(idToken) : null,
      });
      return;
    }
    const heading = (text: string) => terminal.styleResult("bold", text);
    terminal.result(heading(tokenHeading(token, provider.label)));
    if (token) showMembers(token.facts);
    terminal.result(heading(idTokenHeading(idToken, credential.idToken !== undefined)));
    if (idToken) showMembers(shownClaims(idToken));

    function showMembers(members: Readonly<Record<string, unknown>>): void {
      const rows = Object.entries(members).map(([member, value]) => [
        `  ${sanitise(member, 40)}`,
        showValue(member, value, now),
      ]);
      if (rows.length > 0) terminal.result(formatTable(rows));
    }
  });
}

const sources: Readonly<Record<Inspection["source"], string>> = {
  introspection: "introspection, RFC 7662",
  tokeninfo: "Google's tokeninfo",
  github: "GitHub's check of a token",
};

function tokenHeading(token: Inspection | undefined, label: string): string {
  if (token === undefined)
    return `Access token: ${label} offers this client no way to ask about it`;
  return `Access token: ${token.active ? "active" : "not active"} (${sources[token.source]})`;
}

function idTokenHeading(idToken: IdTokenInspection | undefined, isStored: boolean): string {
  if (idToken === undefined) return `ID token: ${isStored ? "not a signed JWT" : "none stored"}`;
  const { signature } = idToken;
  return signature.state === "verified"
    ? "ID token: verified, the provider's key signed it"
    : `ID token: decoded, not verified: ${signature.problem}`;
}

/** Values that were good for one login only tell nobody anything, and are kept off the screen. */
const oneTimeClaims = new Set(["nonce", "at_hash", "c_hash", "s_hash"]);

function shownClaims({ claims }: IdTokenInspection): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([claim]) => !oneTimeClaims.has(claim)));
}

function describeIdToken(idToken: IdTokenInspection): Record<string, unknown> {
  const { header, signature } = idToken;
  return {
    signature: signature.state,
    problem: signature.state === "decoded" ? signature.problem : null,
    algorithm: header.alg ?? null,
    key_id: header.kid ?? null,
    claims: shownClaims(idToken),
  };
}

const times = new Set(["exp", "iat", "nbf", "auth_time"]);
const latestSeconds = 8.64e12;

function showValue(member: string, value: unknown, now: number): string {
  const seconds = Number(value);
  if (times.has(member) && Math.abs(seconds) <= latestSeconds) {
    const when = new Date(seconds * 1000).toISOString();
    return `${when} (${relativeTime(seconds - now / 1000)})`;
  }
  return sanitise(typeof value === "string" ? value : (JSON.stringify(value) ?? ""), 200);
}
