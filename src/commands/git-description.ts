// What git says on stdin of the credential that it wants (gitcredentials(7), git-credential(1)). Pure. A host that could be read in two ways is no host (Clone2Leak, CVE-2024-50338).
import { OAuthLabError } from "../errors.ts";
import { checkEndpoint } from "../providers/provider.ts";

/** What we use of it. */
export interface GitDescription {
  /** The origin of the remote. */
  readonly origin: string;
  /** The password that was refused, with `erase`. */
  readonly password?: string;
}

/** More than git's own limits allow of one URL. */
const maxLength = 65_536;
/** A line ends with a line feed and with nothing else; what another program could take for an end of line does not belong into a value. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
const forbidden = /[\u0000-\u0009\u000b-\u001f\u007f\u0085\u2028\u2029]/;
/** A name or an address and perhaps a port. git undoes the percent-encoding: `github.com%2f.evil.example` is no host below github.com. */
const host = /^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?$/i;

/** Reads it; undefined for what is no host of an https remote, or of an http one on this machine. Throws `unsafe` for characters that could forge a line. */
export function readGitDescription(text: string): GitDescription | undefined {
  if (text.length > maxLength || forbidden.test(text)) throw forged();
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (line === "") break;
    const [key = "", ...value] = line.split("=");
    if (values.has(key) && !key.endsWith("[]")) throw forged();
    values.set(key, value.join("="));
  }
  const origin = readOrigin(values);
  if (origin === undefined) return undefined;
  const password = values.get("password");
  return { origin, ...(password !== undefined && { password }) };
}

function readOrigin(values: ReadonlyMap<string, string>): string | undefined {
  const remote = values.get("host") ?? "";
  const address = `${values.get("protocol")}://${remote}`;
  if (!host.test(remote) || !URL.canParse(address)) return undefined;
  try {
    return checkEndpoint(address, "remote").origin;
  } catch {
    return undefined;
  }
}

function forged(): OAuthLabError {
  return new OAuthLabError({
    kind: "unsafe",
    code: "description_forged",
    message: "git's description of the remote holds what could pass for another line of it.",
    hint: "Look closely at the remote's address, and at those of its submodules.",
  });
}
