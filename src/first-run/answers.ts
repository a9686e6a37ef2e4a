// What people paste as a client id, a secret, an issuer or a name: forgives what surrounds it, refuses what cannot be it. Pure.

import { OAuthLabError } from "../errors.ts";
import { checkIssuer } from "../providers/provider.ts";
import { placeholder } from "../registration.ts";
import type { Reading } from "./questions.ts";

const longest = 1024;

/** A client id as this provider makes them. */
export function readClientId(answer: string, provider: string): Reading<string> {
  return readValue(answer, (value) => {
    if (provider === "github" && /^[0-9a-f]{40}$/.test(value)) {
      return "it looks like the client secret. The id stands above it on the page.";
    }
    if (provider === "github" && /^\d+$/.test(value)) {
      return "it is the App ID. The Client ID stands beside it and begins with letters.";
    }
    if (provider !== "google") return undefined;
    if (value.startsWith("GOCSPX-")) return "it is the client secret. The id stands beside it.";
    return value.endsWith(".apps.googleusercontent.com")
      ? undefined
      : "a client id of Google's ends in .apps.googleusercontent.com.";
  });
}

/** A client secret that belongs to this id. */
export function readClientSecret(answer: string, clientId: string): Reading<string> {
  return readValue(answer, (value) => {
    if (value === clientId) return "it is the client id again.";
    if (value.endsWith(".apps.googleusercontent.com")) return "it is a client id.";
    return /\*{3}/.test(value)
      ? "it has the asterisks that stand for a hidden secret. Generate a new one and copy that."
      : undefined;
  });
}

/** The same where a public client has none: an empty answer. */
export function readOptionalSecret(answer: string, clientId: string): Reading<string> {
  return answer === "" ? { value: "" } : readClientSecret(answer, clientId);
}

/** An issuer identifier; `https://` may be left out. */
export function readIssuer(answer: string): Reading<string> {
  const value = unwrap(answer);
  const issuer = /^[a-z]+:\/\//i.test(value) ? value : `https://${value}`;
  try {
    if (value === "") return { problem: "nothing was entered." };
    checkIssuer(issuer);
    return { value: issuer };
  } catch (error) {
    if (!(error instanceof OAuthLabError)) throw error;
    return { problem: `${error.message} ${error.hint ?? ""}`.trim() };
  }
}

/** What an issuer is called where its user says nothing else: the part of its name that people know. */
export function suggestName(issuer: string): string {
  const labels = new URL(issuer).hostname.split(".");
  const name = labels.length > 1 ? labels.at(-2) : labels[0];
  return name !== undefined && nameShape.test(name) ? name : "my-idp";
}

/** A provider's name, which becomes the beginning of its keys. */
export function readName(
  answer: string,
  { suggested, taken }: { suggested: string; taken: readonly string[] },
): Reading<string> {
  const name = answer === "" ? suggested : answer.toLowerCase();
  if (!nameShape.test(name)) return { problem: "use small letters, digits and hyphens." };
  if (taken.includes(name)) return { problem: `there is a provider ${name} already.` };
  return { value: name };
}

const nameShape = /^[a-z][a-z0-9-]{0,31}$/;

/** One word of printable ASCII. */
function readValue(answer: string, objection: (value: string) => string | undefined) {
  const value = unwrap(answer);
  const problem = problemOf(value) ?? objection(value);
  return problem === undefined ? { value } : { problem };
}

function problemOf(value: string): string | undefined {
  if (value === "") return "nothing was entered.";
  if (value.length > longest) return "it is longer than any that there are.";
  if (/\s/.test(value)) return "it has a space or a line break in it. Copy it again.";
  if (/[^!-~]/.test(value)) {
    return "it has a character that none has, such as a dot for a hidden one or a typographic quote.";
  }
  return placeholder.test(value) ? "it is a placeholder from an example." : undefined;
}

/** Without the quotes around it, and without the key before it, where a line of an .env was copied. */
function unwrap(answer: string): string {
  const text = answer
    .trim()
    .replace(/^[A-Z][A-Z0-9_]*_(CLIENT_ID|CLIENT_SECRET|ISSUER)\s*=\s*/, "");
  return text.replace(/^["'`“”‘’]+|["'`“”‘’]+$/gu, "").trim();
}
