// A credential as it stands on disk: snake_case JSON, read with suspicion. Knows nothing of files or of encryption.
import { Secret } from "../secret.ts";
import { type Credential, clientAuthentications, type RegisteredClient } from "./credential.ts";

/** Format of the files that this program writes. */
export const recordVersion = 1;
/** Of those with a key or a registered client of their own: an earlier oauth-lab would drop them when it saves the next token. */
const latestVersion = 2;

/** No credential comes near this size. */
export const maxRecordBytes = 1_048_576;

/** What a file can be sealed with: a key from the system keychain, or one made from OAUTH_LAB_PASSPHRASE. */
export const seals = ["keychain", "passphrase"] as const;
export type Seal = (typeof seals)[number];

/** Why a text is no credential; `newer` is one that a later oauth-lab wrote. */
export class RecordError extends Error {
  readonly reason: "corrupt" | "newer";

  constructor(reason: "corrupt" | "newer", message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The credential as one JSON object with a newline. Its secrets stand in it. */
export function formatRecord(credential: Credential): string {
  return `${JSON.stringify({
    version: credential.proofKey || credential.client ? latestVersion : recordVersion,
    ...formatHeader(credential),
    grant: credential.grant,
    access_token: credential.accessToken.reveal(),
    token_type: credential.tokenType,
    obtained_at: wholeNumber(credential.obtainedAt),
    expires_at: wholeNumber(credential.expiresAt),
    refresh_token: credential.refreshToken?.reveal(),
    refresh_expires_at: wholeNumber(credential.refreshExpiresAt),
    requested_scopes: credential.requestedScopes,
    granted_scopes: credential.grantedScopes,
    id_token: credential.idToken?.reveal(),
    subject: credential.subject,
    login: credential.login,
    proof_key: credential.proofKey?.reveal(),
    registered_client: credential.client && formatClient(credential.client),
  })}\n`;
}

function formatClient({ clientAuthentication, redirectUri, secret, management }: RegisteredClient) {
  return {
    token_endpoint_auth_method: clientAuthentication,
    redirect_uri: redirectUri,
    client_secret: secret?.reveal(),
    registration_client_uri: management?.uri,
    registration_access_token: management?.accessToken.reveal(),
  };
}

function readClient(fields: Fields): RegisteredClient {
  return {
    clientAuthentication: fields.oneOf("token_endpoint_auth_method", clientAuthentications),
    redirectUri: fields.string("redirect_uri"),
    ...fields.optional("client_secret", (name) => ({ secret: fields.secret(name) })),
    ...fields.optional("registration_client_uri", (name) => ({
      management: {
        uri: fields.string(name),
        accessToken: fields.secret("registration_access_token"),
      },
    })),
  };
}

/** A lifetime comes from outside and may be a fraction or beyond all measure: what is written must be readable again. */
function wholeNumber(time: number | undefined): number | undefined {
  return time && Math.min(Math.max(0, Math.floor(time)), Number.MAX_SAFE_INTEGER);
}

/** Parses the bytes of a stored file to an object of a version that we know. Throws a RecordError that quotes nothing of it. */
export function parseStored(bytes: Uint8Array): Fields {
  if (bytes.byteLength === 0) throw new RecordError("corrupt", "it is empty");
  if (bytes.byteLength > maxRecordBytes) {
    throw new RecordError("corrupt", "it is larger than 1 MiB");
  }
  const value = parseJson(bytes);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new RecordError("corrupt", "it is not a JSON object");
  }
  const fields = new Fields(value);
  const version = fields.number("version");
  if (version > latestVersion) {
    throw new RecordError("newer", `a newer oauth-lab wrote it (version ${version})`);
  }
  if (version < recordVersion) throw new RecordError("corrupt", "its version is unknown");
  return fields;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    // We write neither a byte order mark nor anything but UTF-8: either is damage.
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new RecordError("corrupt", "it is not JSON in UTF-8");
  }
}

/** The credential in a stored object. Throws a RecordError naming the first field that is wrong. */
export function readRecord(fields: Fields): Credential {
  return {
    ...readHeader(fields),
    grant: fields.oneOf("grant", ["authorization_code", "device_code", "client_credentials"]),
    accessToken: new Secret(fields.string("access_token")),
    tokenType: fields.string("token_type"),
    obtainedAt: fields.number("obtained_at"),
    requestedScopes: fields.strings("requested_scopes"),
    grantedScopes: fields.strings("granted_scopes"),
    ...fields.optional("expires_at", (name) => ({ expiresAt: fields.number(name) })),
    ...fields.optional("refresh_token", (name) => ({ refreshToken: fields.secret(name) })),
    ...fields.optional("refresh_expires_at", (name) => ({ refreshExpiresAt: fields.number(name) })),
    ...fields.optional("id_token", (name) => ({ idToken: fields.secret(name) })),
    ...fields.optional("subject", (name) => ({ subject: fields.string(name) })),
    ...fields.optional("login", (name) => ({ login: fields.string(name) })),
    ...fields.optional("proof_key", (name) => ({ proofKey: fields.secret(name) })),
    ...fields.optional("registered_client", (name) => ({
      client: readClient(fields.object(name)),
    })),
  };
}

/** Whose a credential is and whom it may be shown to: what also stands in clear beside a sealed one. */
export type Header = Pick<Credential, "provider" | "profile" | "binding">;

/** The header's fields by their names on disk, always in this order. */
export function formatHeader({ provider, profile, binding }: Header) {
  return {
    provider,
    profile,
    issuer: binding.issuer,
    token_endpoint: binding.tokenEndpoint,
    client_id: binding.clientId,
    origins: binding.origins,
  };
}

/** The header of a stored object, sealed or not. Throws a RecordError naming the first field that is wrong. */
export function readHeader(fields: Fields): Header {
  return {
    provider: fields.string("provider"),
    profile: fields.string("profile"),
    binding: {
      issuer: fields.string("issuer"),
      tokenEndpoint: fields.string("token_endpoint"),
      clientId: fields.string("client_id"),
      origins: fields.strings("origins"),
    },
  };
}

/** Takes fields out of a parsed object one by one, each of the type that is due. */
export class Fields {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(object: object) {
    this.#values = new Map(Object.entries(object));
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  string(name: string): string {
    const value = this.#values.get(name);
    if (typeof value !== "string") throw wrong(name, "a text");
    return value;
  }

  /** What stands there in base64url. */
  bytes(name: string): Buffer {
    return Buffer.from(this.string(name), "base64url");
  }

  secret(name: string): Secret {
    return new Secret(this.string(name));
  }

  /** A whole number from zero to the greatest that a double holds exactly. */
  number(name: string): number {
    const value = this.#values.get(name);
    if (!Number.isSafeInteger(value) || Number(value) < 0) throw wrong(name, "a whole number");
    return Number(value);
  }

  object(name: string): Fields {
    const value = this.#values.get(name);
    if (typeof value !== "object" || value === null) throw wrong(name, "an object");
    return new Fields(value);
  }

  strings(name: string): string[] {
    const value = this.#values.get(name);
    if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
      throw wrong(name, "a list of texts");
    }
    return value;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const value = allowed.find((item) => item === this.#values.get(name));
    if (value === undefined) throw wrong(name, allowed.join(" or "));
    return value;
  }

  /** What `read` makes of the field; nothing where it is absent. */
  optional<T extends object>(name: string, read: (name: string) => T): T | undefined {
    return this.has(name) ? read(name) : undefined;
  }
}

function wrong(name: string, due: string): RecordError {
  return new RecordError("corrupt", `its ${name} is not ${due}`);
}
