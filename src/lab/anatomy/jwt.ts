// A JWT decoded, never verified: it says what is claimed, not what is true (RFC 7519, RFC 7515). Pure.
import { relativeTime } from "../../terminal/duration.ts";
import { type Anatomy, type Part, shorten, show } from "./part.ts";

const maxClaims = 60;

/** What the registered names mean (RFC 7515 §4.1, RFC 7519 §4.1, OIDC Core §2). */
const meanings: ReadonlyMap<string, string> = new Map([
  ["alg", "how it is signed (RFC 7515 §4.1.1)"],
  ["kid", "which of the server's keys signed it (RFC 7515 §4.1.4)"],
  ["typ", "what it is (RFC 7519 §5.1)"],
  ["iss", "who issued it: must be the server that was asked (RFC 7519 §4.1.1)"],
  ["sub", "whom it is about: the name to store (RFC 7519 §4.1.2)"],
  ["aud", "whom it is for: must be this client (RFC 7519 §4.1.3)"],
  ["exp", "from then on it must be refused (RFC 7519 §4.1.4)"],
  ["nbf", "before that it must be refused (RFC 7519 §4.1.5)"],
  ["iat", "when it was issued (RFC 7519 §4.1.6)"],
  ["jti", "its own number (RFC 7519 §4.1.7)"],
  ["nonce", "must be the one of the request (OIDC Core §2)"],
  ["azp", "the client that it was issued to (OIDC Core §2)"],
  ["auth_time", "when the user signed in (OIDC Core §2)"],
  ["at_hash", "ties it to the access token beside it (OIDC Core §3.1.3.6)"],
  ["email", "can change hands: never the key to an account (OIDC Core §5.7)"],
]);
const timeClaims = new Set(["exp", "nbf", "iat", "auth_time"]);
/** Values that a thief could use, or that tie it to a session. */
const shortened = new Set([
  "nonce",
  "jti",
  "sid",
  "code",
  "access_token",
  "refresh_token",
  "client_secret",
]);

/** The anatomy of a JWS in compact form; undefined for any other text. `now` in milliseconds since 1970. */
export function takeJwtApart(text: string, now: number): Anatomy | undefined {
  const [, headerText = "", payloadText = "", signature = ""] =
    /^([\w-]+)\.([\w-]+)\.([\w-]*)$/.exec(text) ?? [];
  const header = decodeObject(headerText);
  const payload = decodeObject(payloadText);
  if (header === undefined || payload === undefined) return undefined;
  return {
    kind: "jwt",
    title: "A JSON Web Token, decoded and NOT verified: anyone could have written it",
    parts: [
      ...claimsOf(header, { prefix: "header ", now }),
      ...claimsOf(payload, { prefix: "", now }),
      {
        name: "signature",
        value: signature === "" ? "(none)" : shorten(signature),
        meaning: "checked with the issuer's key, which takes the network",
      },
    ],
    notes: notesOn({ header, payload, now }),
  };
}

type Claims = Readonly<Record<string, unknown>>;

function decodeObject(base64url: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Claims)
      : undefined;
  } catch {
    return undefined;
  }
}

function claimsOf(claims: Claims, { prefix, now }: { prefix: string; now: number }): Part[] {
  return Object.entries(claims)
    .slice(0, maxClaims)
    .map(([name, value]) => ({
      name: prefix + show(name.slice(0, 40)),
      value: showClaim(name, value, now),
      meaning: meanings.get(name) ?? "",
    }));
}

function showClaim(name: string, value: unknown, now: number): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (shortened.has(name)) return shorten(text);
  const time = timeClaims.has(name) ? readTime(value) : undefined;
  if (time === undefined) return show(text);
  return `${text} = ${new Date(time).toISOString()} (${relativeTime((time - now) / 1000)})`;
}

/** A NumericDate as milliseconds since 1970, where a Date can hold it (RFC 7519 §2). */
function readTime(value: unknown): number | undefined {
  return typeof value === "number" && Math.abs(value) < 8.64e12 ? value * 1000 : undefined;
}

function notesOn({
  header,
  payload,
  now,
}: {
  header: Claims;
  payload: Claims;
  now: number;
}): string[] {
  const notes: string[] = [];
  if (String(header.alg).toLowerCase() === "none") {
    notes.push("It is unsigned (alg none): nothing in it can be believed (RFC 7519 §6).");
  }
  const expiry = readTime(payload.exp);
  if (expiry !== undefined && expiry <= now) notes.push("It has expired.");
  if (payload.nonce !== undefined || payload.at_hash !== undefined) {
    notes.push("It looks like an ID token: for the client that asked for it, not for an API.");
  }
  notes.push(
    "`oauth-lab login` verifies the ID token that it gets; nothing here was sent anywhere.",
  );
  return notes;
}
