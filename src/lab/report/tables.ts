// The tables of a report beside its messages: which way each secret went, what was checked, which tokens came.
import type { Texts } from "../texts/texts.ts";
import type { Check } from "../trace/check.ts";
import type { TracedMessage } from "../trace/message.ts";
import { type Block, outside, type Text } from "./document.ts";
import type { TokenFact } from "./facts.ts";

type SecretName = keyof Texts["report"]["secrets"]["names"];

/** What must never pass through a browser. */
const backChannelOnly: ReadonlySet<string> = new Set([
  "access_token",
  "refresh_token",
  "id_token",
  "client_secret",
  "code_verifier",
]);

/** Which messages each secret stands in, told by its placeholder. */
export function secretBlocks(messages: readonly TracedMessage[], texts: Texts): Block[] {
  const { secrets } = texts.report;
  const seen = new Map<string, { name: SecretName; front: number[]; back: number[] }>();
  for (const [index, message] of messages.entries()) {
    for (const [placeholder, name = ""] of placeholdersIn(message)) {
      if (!Object.hasOwn(secrets.names, name)) continue;
      const way = seen.get(placeholder) ?? { name: name as SecretName, front: [], back: [] };
      if (!way[message.channel].includes(index + 1)) way[message.channel].push(index + 1);
      seen.set(placeholder, way);
    }
  }
  if (seen.size === 0) return [];
  const where = (numbers: readonly number[]): string =>
    numbers.length === 0 ? secrets.never : secrets.messages(numbers);
  const rows = [...seen].map(([placeholder, { name, front, back }]): Text[] => [
    outside(placeholder),
    secrets.names[name],
    where(front),
    where(back),
  ]);
  const hasFront = messages.some(({ channel }) => channel === "front");
  const broken = [...seen.values()].some(
    ({ name, front }) => backChannelOnly.has(name) && front.length > 0,
  );
  const verdict: Block = { kind: "paragraph", text: broken ? secrets.broken : secrets.proven };
  const head = [secrets.secret, secrets.meaning, secrets.front, secrets.back];
  return [{ kind: "table", look: "grid", head, rows }, ...(hasFront ? [verdict] : [])];
}

function placeholdersIn({ query, ...message }: TracedMessage): RegExpMatchArray[] {
  const { requestHeaders, requestBody, responseHeaders, responseBody } = message;
  const fields = [
    ...[query, requestHeaders, requestBody.fields],
    ...[responseHeaders, responseBody.fields],
  ].flat();
  return fields.flatMap(([, value]) => [...value.matchAll(/<([\w-]+) [0-9a-f]{4,64}>/g)]);
}

/** The checklist. */
export function checkBlocks(checks: readonly Check[], texts: Texts): Block[] {
  const { names } = texts.checks;
  const { check, outcome, detail, section, outcomes, empty } = texts.report.checks;
  if (checks.length === 0) return [{ kind: "paragraph", text: empty }];
  const signs = { pass: "✓", fail: "✗", "not applicable": "–" };
  const rows = checks.map((one) => [
    names[one.name],
    `${signs[one.outcome]} ${outcomes[one.outcome]}`,
    one.detail,
    one.reference,
  ]);
  const marks = checks.map((one) => one.outcome);
  return [{ kind: "table", look: "checks", head: [check, outcome, detail, section], rows, marks }];
}

/** The tokens that came. */
export function tokenBlocks(
  tokens: readonly TokenFact[],
  {
    texts,
    requestedScopes,
    isSignIn,
  }: {
    texts: Texts;
    requestedScopes: string;
    /** A user signed in: only then is it worth a word that no refresh token came. */
    isSignIn: boolean;
  },
): Block[] {
  const { report } = texts;
  const words = report.tokens;
  if (tokens.length === 0) return [{ kind: "paragraph", text: words.none }];
  const rows = tokens.map((token): Text[] => [
    [report.secrets.names[token.kind], " ", outside(token.placeholder)],
    typeOf(token, words),
    words.characters(token.characters),
    expiryOf(token, words),
    scopesOf(token, { words, requestedScopes }),
  ]);
  const head = [words.token, words.type, words.length, words.expires, words.scopes];
  const ends = isSignIn && !tokens.some(({ kind }) => kind === "refresh_token");
  const note: Block = { kind: "paragraph", text: words.noRefreshToken };
  return [{ kind: "table", look: "grid", head, rows }, ...(ends ? [note] : [])];
}

type TokenWords = Texts["report"]["tokens"];

function typeOf({ kind, type }: TokenFact, words: TokenWords): Text {
  if (type === undefined) return words.notApplicable;
  return kind === "id_token" ? words.jwt(type) : outside(type);
}

function expiryOf({ lifetimeSeconds, expiresAt }: TokenFact, words: TokenWords): string {
  if (expiresAt === undefined) return words.unnamed;
  const at = formatTime(expiresAt);
  return lifetimeSeconds === undefined ? words.at(at) : words.after(lifetimeSeconds, at);
}

function scopesOf(
  { kind, scopes }: TokenFact,
  { words, requestedScopes }: { words: TokenWords; requestedScopes: string },
): Text {
  if (kind !== "access_token") return words.notApplicable;
  if (scopes !== undefined) return scopes === "" ? words.notApplicable : outside(scopes);
  return requestedScopes === "" ? words.unnamed : words.asRequested(requestedScopes);
}

/** `2026-11-25 19:49:14 UTC`. Milliseconds since 1970. */
export function formatTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
