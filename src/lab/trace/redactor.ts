// Takes the secrets out of what a trace shows, in three ways: by the names of fields, by what a value looks like, and by value wherever one seen before stands.
import { createHmac, randomBytes } from "node:crypto";
import { KnownValues } from "./known-values.ts";
import { isSecretField, isSecretMember } from "./secret-names.ts";

/** What is this long and of a token's characters, yet no words, is taken for a token, whatever its field. */
const tokenLike = /^(?=.*[\dA-Z])[\w.~+/=-]{20,}$/;

/** How a private key or a certificate begins (RFC 7468). */
const pemBegin = "-----BEGIN";

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
  readonly #known = new KnownValues();
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
    const placeholder = this.#makePlaceholder(field, value);
    this.#remember(value, placeholder);
    return placeholder;
  }

  /** A parameter of an address or a form. */
  parameter(name: string, value: string): string {
    const secret = isSecretField(name) || this.#alsoHides(name);
    return secret ? this.hide(name, value) : this.#value(value, { name });
  }

  /** A JSON value of the protocol, with the secrets in it replaced however deep they are. */
  json(value: unknown): unknown {
    return this.#json(value, { name: "value" });
  }

  /** A JSON value of an API. What only looks like a token is hidden where it stands: it may be any number's name, and is no secret of the protocol. */
  apiJson(value: unknown): unknown {
    return this.#json(value, { name: "value", ofApi: true });
  }

  /** Free text: every value seen before is replaced, plain or encoded; what holds a key is replaced whole. */
  text(text: string): string {
    return text.includes(pemBegin) ? this.hide("key", text) : this.#known.replace(text);
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
    this.#remember(credentials, "<credentials>");
    if (secret !== "") this.#remember(secret, placeholder);
    return `${scheme} ${this.text(decodeForm(id))}:${placeholder}`;
  }

  #json(value: unknown, member: Member): unknown {
    const { name } = member;
    if (Array.isArray(value)) return value.map((item) => this.#json(item, member));
    if (typeof value === "object" && value !== null) {
      const members = Object.entries(value).map(([key, item]) => [
        this.text(key),
        this.#json(item, { ...member, name: key }),
      ]);
      return Object.fromEntries(members);
    }
    const secret = isSecretMember(name) || this.#alsoHides(name);
    if (typeof value === "string")
      return secret ? this.hide(name, value) : this.#value(value, member);
    return secret && typeof value === "number" ? this.hide(name, String(value)) : value;
  }

  /** The value of a field that is not known to be secret: one that looks like a token is hidden all the same. */
  #value(value: string, { name, ofApi = false }: Member): string {
    if (publicFields.has(name) || URL.canParse(value) || !tokenLike.test(value))
      return this.text(value);
    if (!ofApi) return this.hide(name, value);
    return this.#placeholders.get(value) ?? `<${plainName(name)} ${this.#digest(value, 8)}>`;
  }

  #alsoHides(name: string): boolean {
    return this.#alsoHidden.has(name.toLowerCase());
  }

  #remember(value: string, placeholder: string): void {
    this.#placeholders.set(value, placeholder);
    this.#known.add(value, placeholder);
  }

  #makePlaceholder(field: string, value: string): string {
    for (let digits = 4; ; digits += 1) {
      const placeholder = `<${plainName(field)} ${this.#digest(value, digits)}>`;
      if (this.#taken.has(placeholder)) continue;
      this.#taken.add(placeholder);
      return placeholder;
    }
  }

  #digest(value: string, digits: number): string {
    return createHmac("sha256", this.#salt).update(value).digest("hex").slice(0, digits);
  }
}

/** Where a value stands. */
interface Member {
  readonly name: string;
  readonly ofApi?: boolean;
}

/** A field's name, as it may stand in a placeholder. */
function plainName(field: string): string {
  return field.replace(/[^\w-]/g, "").slice(0, 30);
}

function decodeForm(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
