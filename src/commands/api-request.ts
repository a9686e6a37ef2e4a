// What the options of api say to send, and where to. Sends nothing; it may read the body from a file or from stdin.
import { resolve } from "node:path";
import type { Context } from "../context.ts";
import type { Credential } from "../credentials/credential.ts";
import { errnoOf } from "../credentials/store-error.ts";
import { OAuthLabError } from "../errors.ts";
import { checkEndpoint, type Provider } from "../providers/provider.ts";
import { readToEnd } from "../terminal/read-to-end.ts";
import { sanitise } from "../terminal/sanitise.ts";
import type { RotationOptions } from "./given-token.ts";
import { type GlobalOptions, mayAsk } from "./session.ts";

/** The options of `api`. */
export interface ApiOptions extends GlobalOptions, RotationOptions {
  readonly method?: string;
  readonly rawField?: readonly string[];
  readonly field?: readonly string[];
  readonly header?: readonly string[];
  readonly inputFile?: string;
  readonly include?: boolean;
  readonly paginate?: boolean;
}

/** A request that has everything but the token. */
export interface ApiRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Buffer | undefined;
}

/** Ours to set: the token goes where it was issued for, and nothing else claims to be it. */
const reservedHeaders = new Set([
  "authorization",
  "dpop",
  "host",
  "content-length",
  "transfer-encoding",
]);

/** Puts the request together. Throws `usage` for what cannot be sent, and for a path below no known address. */
export async function readRequest(
  path: string,
  options: ApiOptions,
  { provider, context }: { readonly provider: Provider; readonly context: Context },
): Promise<ApiRequest> {
  const fields = readFields(options);
  const hasFields = Object.keys(fields).length > 0;
  if (hasFields && options.inputFile !== undefined) {
    throw usage(
      "options_conflict",
      "--input and the fields both say what to send.",
      "Leave one out.",
    );
  }
  const method = readMethod(options, hasFields || options.inputFile !== undefined ? "POST" : "GET");
  const url = locate(path, provider);
  const headers = readHeaders(options);
  if (!headers.has("accept")) headers.set("accept", acceptOf(provider));
  if (hasFields && (method === "GET" || method === "HEAD")) {
    for (const [name, value] of Object.entries(fields)) url.searchParams.append(name, `${value}`);
    return { url, method, headers, body: undefined };
  }
  const body = hasFields ? Buffer.from(JSON.stringify(fields)) : await readBody(options, context);
  if (body && !headers.has("content-type")) headers.set("content-type", "application/json");
  return { url, method, headers, body };
}

/** Throws `unsafe` unless the address is on an origin that this credential was issued for (RFC 6750 §5.3). */
export function checkOrigin(url: URL, { binding }: Credential): void {
  if (binding.origins.includes(url.origin)) return;
  throw new OAuthLabError({
    kind: "unsafe",
    code: "foreign_origin",
    message: `The access token was not sent to ${sanitise(url.host, 200)}: the sign-in was not for it.`,
    hint: "If that is the provider's API, set <NAME>_API_URL to it and sign in again.",
  });
}

function locate(path: string, { apiUrl, label }: Provider): URL {
  if (/^https?:/i.test(path)) return checkEndpoint(path, "address");
  if (apiUrl === undefined) {
    throw usage(
      "api_url_unknown",
      `Where ${label}'s API begins is not known.`,
      "Set <NAME>_API_URL and sign in again, or give the whole address.",
    );
  }
  // Joined as text behind the host, a path cannot change the origin, whatever stands in it.
  return new URL(`${apiUrl}/${path.replace(/^\//, "")}`);
}

function acceptOf({ identity }: Provider): string {
  return identity.kind === "api" ? identity.accept : "application/json";
}

function readMethod({ method: given }: ApiOptions, otherwise: string): string {
  const method = given?.toUpperCase() ?? otherwise;
  if (/^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(method)) return method;
  throw usage(
    "method_unknown",
    "That is no HTTP method of an API.",
    "Use GET, POST, PUT, PATCH or DELETE.",
  );
}

function readFields({ rawField = [], field = [] }: ApiOptions): Record<string, unknown> {
  const pairs = [
    ...rawField.map((pair) => splitPair(pair, String)),
    ...field.map((pair) => splitPair(pair, readTyped)),
  ];
  return Object.fromEntries(pairs);
}

function splitPair(pair: string, read: (value: string) => unknown): [string, unknown] {
  const [, name, value = ""] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
  if (name !== undefined) return [name, read(value)];
  throw usage(
    "field_malformed",
    "A field is not of the form name=value.",
    "Example: -f title=Hello",
  );
}

function readTyped(value: string): unknown {
  return /^(true|false|null|0|-?[1-9]\d{0,14})$/.test(value) ? JSON.parse(value) : value;
}

function readHeaders({ header = [] }: ApiOptions): Headers {
  const headers = new Headers();
  for (const line of header) {
    const [, name, value = ""] =
      /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\u0020-\u007e\t]*)$/.exec(line) ?? [];
    if (name === undefined) {
      throw usage(
        "header_malformed",
        "A header is not of the form Name: value.",
        "Example: -H 'Accept: text/plain'",
      );
    }
    if (reservedHeaders.has(name.toLowerCase())) {
      throw usage(
        "header_reserved",
        `The header ${name} is set by oauth-lab itself.`,
        "Leave it out.",
      );
    }
    headers.append(name, value);
  }
  return headers;
}

async function readBody(options: ApiOptions, context: Context): Promise<Buffer | undefined> {
  const { inputFile } = options;
  if (inputFile === undefined) return undefined;
  if (inputFile !== "-") return readFile(resolve(context.workingFolder, inputFile), context);
  if (!mayAsk(options, context)) {
    throw usage(
      "input_forbidden",
      "--input - reads stdin, and --no-input or CI forbids to ask.",
      "Leave one out, or name a file.",
    );
  }
  return readToEnd(context);
}

async function readFile(path: string, { files }: Context): Promise<Buffer> {
  try {
    const handle = await files.open(path, "r");
    return await handle.readFile().finally(() => handle.close());
  } catch (error) {
    const problem = errnoOf(error);
    if (problem === undefined) throw error;
    throw usage(
      "body_unreadable",
      `${sanitise(path, 400)} cannot be read (${problem}).`,
      "Check the path.",
    );
  }
}

function usage(code: string, message: string, hint: string): OAuthLabError {
  return new OAuthLabError({ kind: "usage", code, message, hint });
}
