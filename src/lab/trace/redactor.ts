// Takes the secrets out of what a trace shows, in three ways: by the names of fields, by what a value looks like, and by value wherever one seen before stands.
import { createHmac, randomBytes } from "node:crypto";

/** Fields whose value is a secret, or ties a message to a session; `code` only where it is a parameter. */
const secretFields: ReadonlySet<string> = new Set([
  "access_token",
  "refresh_token",
  "id_token",
  "token",
  "subject_token",
  "actor_token",
  "hashed_token",
  "token_last_eight",
  "code",
  "state",
  "nonce",
  "code_challenge",
  "code_verifier",
  "client_secret",
  "registration_access_token",
  "request_uri",
  "dpop_jkt",
  "client_assertion",
  "assertion",
  "device_code",
  "user_code",
  "verification_uri_complete",
  "password",
  "session_state",
  "sid",
  "jti",
  "cookie",
  "set-cookie",
]);
/** In JSON `code` is an error's name (GitHub, Google). */
const secretMembers: ReadonlySet<string> = new Set(
  [...secretFields].filter((name) => name !== "code"),
);

/** A shorter value stands in other words by chance, so only its field hides it. */
const shortestByValue = 6;
/** What is this long and of a token's characters, yet no words, is taken for a token, whatever its field. */
const tokenLike = /^(?=.*[\dA-Z])[\w.~+/=-]{20,}$/;

/** Fields that say what a message is about and are public by design. */
const publicFields: ReadonlySet<string> = new Set([
  "client_id",
  "redirect_uri",
  "scope",
  "grant_type",
  "iss",
  "issuer",
  "aud",
]);

/** Replaces secrets by placeholders, `<code 1a2b>`: equal secrets get equal ones, and another run gets others. */
export class Redactor {
  readonly #salt = randomBytes(16);
  readonly #placeholders = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #alsoHidden: ReadonlySet<string>;

  /** Hides, beside the secrets, the values of these fields and members. */
  constructor(alsoHidden: ReadonlySet<string> = new Set()) {
    this.#alsoHidden = alsoHidden;
  }

  /** The value's placeholder; from now on the value is replaced wherever it stands. */
  hide(field: string, value: string): string {
    if (value === "") return "";
    const known = this.#placeholders.get(value);
    if (known !== undefined) return known;
    const placeholder = this.#makePlaceholder(field.replace(/[^\w-]/g, "").slice(0, 30), value);
    this.#placeholders.set(value, placeholder);
    return placeholder;
  }

  /** A parameter of an address or a form. */
  parameter(name: string, value: string): string {
    return this.#hides(name, secretFields) ? this.hide(name, value) : this.value(name, value);
  }

  /** A JSON value, with the secrets in it replaced however deep they are. */
  json(value: unknown, name = "value"): unknown {
    if (Array.isArray(value)) return value.map((item) => this.json(item, name));
    if (typeof value === "object" && value !== null) {
      const members = Object.entries(value);
      return Object.fromEntries(
        members.map(([key, member]) => [this.text(key), this.json(member, key)]),
      );
    }
    const secret = this.#hides(name, secretMembers);
    if (typeof value === "string") return secret ? this.hide(name, value) : this.value(name, value);
    return secret && typeof value === "number" ? this.hide(name, String(value)) : value;
  }

  /** The value of a field that is not known to be secret: one that looks like a token is hidden all the same. */
  value(name: string, value: string): string {
    const harmless = publicFields.has(name) || URL.canParse(value) || !tokenLike.test(value);
    return harmless ? this.text(value) : this.hide(name, value);
  }

  /** Free text: every value seen before is replaced, plain or encoded. The longest first, so that no rest of one stays. */
  text(text: string): string {
    const known = [...this.#placeholders].filter(([value]) => value.length >= shortestByValue);
    known.sort(([one], [other]) => other.length - one.length);
    let redacted = text;
    for (const [value, placeholder] of known) {
      for (const guise of guises(value)) redacted = redacted.replaceAll(guise, placeholder);
    }
    return redacted;
  }

  /** The Authorization header: the scheme stays, and the client's id of HTTP Basic (RFC 6749 §2.3.1). */
  authorization(header: string): string {
    const [scheme = "", credentials = ""] = header.split(" ", 2);
    if (/^(bearer|dpop|token)$/i.test(scheme))
      return `${scheme} ${this.hide("access_token", credentials)}`;
    if (!/^basic$/i.test(scheme)) return this.hide("authorization", header);
    const [id = "", ...rest] = Buffer.from(credentials, "base64").toString("utf8").split(":");
    const secret = rest.join(":");
    const placeholder = this.hide("client_secret", decodeForm(secret));
    this.#placeholders.set(credentials, "<credentials>");
    if (secret !== "") this.#placeholders.set(secret, placeholder);
    return `${scheme} ${this.text(decodeForm(id))}:${placeholder}`;
  }

  #hides(name: string, fields: ReadonlySet<string>): boolean {
    return fields.has(name.toLowerCase()) || this.#alsoHidden.has(name.toLowerCase());
  }

  #makePlaceholder(field: string, value: string): string {
    const digest = createHmac("sha256", this.#salt).update(value).digest("hex");
    for (let digits = 4; ; digits += 1) {
      const placeholder = `<${field} ${digest.slice(0, digits)}>`;
      if (this.#taken.has(placeholder)) continue;
      this.#taken.add(placeholder);
      return placeholder;
    }
  }
}

function guises(value: string): Set<string> {
  const inJson = JSON.stringify(value).slice(1, -1);
  const inForm = new URLSearchParams([["", value]]).toString().slice(1);
  return new Set([value, inJson, inForm, encodeURIComponent(value.replace(/\p{Surrogate}/gu, ""))]);
}

function decodeForm(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
