// Finds secrets where they must not stand. Every secret that went over the wire in a test is a canary.

/** What a canary is, which decides where it may stand. */
export type CanaryKind =
  | "access_token"
  | "refresh_token"
  | "id_token"
  | "code"
  | "code_verifier"
  | "client_secret"
  | "device_code"
  | "registration_access_token"
  | "state"
  | "nonce"
  | "code_challenge"
  | "other";

/** Where text ends up: `store` is the folder that credentials are kept in, `files` every other file. */
export type Place = "stdout" | "stderr" | "files" | "store";

export interface Canary {
  readonly kind: CanaryKind;
  readonly value: string;
}

export interface Sighting extends Canary {
  readonly place: Place;
  /** The file's path, where the place is one of files. */
  readonly file?: string;
}

export interface PlacedText {
  readonly place: Place;
  readonly file?: string;
  readonly text: string;
}

/** Below this a value is too likely to stand somewhere by chance. */
const shortestCanary = 8;
/** A piece of this many characters of a long value is a leak too; an abbreviation (prefix and last four) is not. */
const pieceChars = 16;
/** What is shorter is shown to nobody in part (`Secret.abbreviate`), so only the whole counts. */
const shortestAbbreviated = 24;

const keys =
  "access_token|refresh_token|id_token|code_verifier|client_secret|device_code|registration_access_token|state|nonce|code_challenge";
const inForm = new RegExp(`(?:^|[?&#\\s"'])(${keys}|code)=([^&#\\s"'<>]+)`, "g");
const inJson = new RegExp(`"(${keys})"\\s*:\\s*"((?:[^"\\\\]|\\\\.)*)"`, "g");

function decodeForm(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll("+", " "));
  } catch {
    return value;
  }
}

function decodeJson(value: string): string {
  try {
    return JSON.parse(`"${value}"`);
  } catch {
    return value;
  }
}

/** The secrets in a text of the wire: a URL, a form, a JSON body (also a cut one). A JSON `code` is an error's name, no secret. */
export function findCanaries(text: string): Canary[] {
  const form = [...text.matchAll(inForm)].map(([, kind, value]) => ({
    kind: kind as CanaryKind,
    value: decodeForm(value ?? ""),
  }));
  const json = [...text.matchAll(inJson)].map(([, kind, value]) => ({
    kind: kind as CanaryKind,
    value: decodeJson(value ?? ""),
  }));
  return [...form, ...json];
}

/** The secrets in an Authorization header: a bearer token, or the password of a client (RFC 6749 §2.3.1: form-encoded first). */
export function findCanariesInAuthorization(header: string): Canary[] {
  const [scheme = "", value = ""] = header.split(" ");
  if (/^basic$/i.test(scheme)) {
    const password = Buffer.from(value, "base64")
      .toString()
      .replace(/^[^:]*:/, "");
    return [
      { kind: "client_secret", value: password },
      { kind: "client_secret", value: decodeForm(password) },
    ];
  }
  return [{ kind: "access_token", value }];
}

/** The part of a value's base64 that is the same whatever stands before and after it. */
function base64Cores(value: string): string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]);
    const wholeChars = Math.floor((bytes.length * 8) / 6);
    return bytes.toString("base64").slice(Math.ceil((before * 8) / 6), wholeChars);
  });
}

function pieces(value: string): string[] {
  if (value.length < shortestAbbreviated) return [value];
  const head = value.slice(0, 512);
  return Array.from({ length: head.length - pieceChars + 1 }, (_, at) =>
    head.slice(at, at + pieceChars),
  );
}

/** The ways in which a value can stand in a text: as it is, a long piece of it, escaped or encoded. */
function guises(value: string): string[] {
  const base64 = base64Cores(value);
  const base64url = base64.map((core) => core.replaceAll("+", "-").replaceAll("/", "_"));
  const encoded = [encodeURIComponent(value), JSON.stringify(value).slice(1, -1)];
  const hex = Buffer.from(value).toString("hex");
  return [...new Set([...pieces(value), ...encoded, ...base64, ...base64url, hex])];
}

const authorizationUrl = /https?:\/\/\S*[?&]response_type=\S*/g;
const frontChannel = new Set<CanaryKind>(["state", "nonce", "code_challenge"]);

/** The authorization URL on stderr is where state, nonce and challenge belong; nothing else of it is excused. */
function searched({ place, text }: PlacedText, { kind }: Canary): string {
  return place === "stderr" && frontChannel.has(kind) ? text.replace(authorizationUrl, "") : text;
}

/** Every place where a canary stands, in any of its guises. */
export function findLeaks(texts: readonly PlacedText[], canaries: readonly Canary[]): Sighting[] {
  const distinct = new Map(canaries.map((canary) => [`${canary.kind} ${canary.value}`, canary]));
  return [...distinct.values()]
    .filter(({ value }) => value.length >= shortestCanary)
    .flatMap((canary) => {
      const forms = guises(canary.value);
      return texts
        .filter((placed) => forms.some((form) => searched(placed, canary).includes(form)))
        .map(({ place, file }) => ({ ...canary, place, ...(file === undefined ? {} : { file }) }));
    });
}
