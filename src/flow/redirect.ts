// Whether a redirect URL is the answer to our authorization request (RFC 6749 §4.1.2, RFC 9207 §2.4). Pure: it decides, it fetches nothing.
// The order is the defence: address, shape, state, issuer; only then is `error` or `code` looked at.
import { createHash, timingSafeEqual } from "node:crypto";
import { type Failure, OAuthLabError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { sanitise } from "../terminal/sanitise.ts";
import { authorizationFailure } from "./provider-failure.ts";

/** What an authorization request expects of its answer. */
export interface Expected {
  readonly redirectUri: string;
  readonly state: string;
  readonly issuer: string;
  /** The server's metadata says that `iss` always comes. */
  readonly issRequired: boolean;
}

/** A redirect that passed every check. Only this file can make one, and an exchange takes nothing else. */
class Verified {
  readonly #brand = true;
  readonly code: Secret;
  /** Our own redirect URI with the response parameters: never the text that somebody pasted. */
  readonly url: URL;

  constructor({ code, url }: { code: Secret; url: URL }) {
    this.code = code;
    this.url = url;
  }

  static isVerified(value: unknown): value is Verified {
    return typeof value === "object" && value !== null && #brand in value;
  }
}
export type VerifiedRedirect = Verified;

/** `foreign`: not an answer to this request, so waiting goes on. `final`: ours, and the login ends with this failure. */
export type Verdict =
  | { readonly kind: "verified"; readonly redirect: VerifiedRedirect }
  | { readonly kind: "foreign"; readonly failure: OAuthLabError }
  | { readonly kind: "final"; readonly failure: OAuthLabError };

const responseParameters = ["code", "state", "iss", "error", "error_description", "error_uri"];
const tokenParameters = ["access_token", "id_token", "token", "refresh_token"];

/** Decides about one address, as it was received or pasted. */
export function verifyRedirect(address: string, expected: Expected): Verdict {
  const [beforeFragment = "", fragment = ""] = splitOnce(address, "#");
  const [base = "", query = ""] = splitOnce(beforeFragment, "?");
  if (base !== expected.redirectUri) return foreign(otherAddress(base, expected.redirectUri));

  const parameters = new URLSearchParams(query);
  const misplaced = misplacedParameter(parameters, new URLSearchParams(fragment));
  if (misplaced) return foreign(misplaced);
  const repeated = responseParameters.find((name) => parameters.getAll(name).length > 1);
  if (repeated !== undefined) {
    return foreign({
      kind: "unsafe",
      code: "duplicate_parameter",
      message: `The address has two ${repeated} parameters.`,
      hint: notOurs,
    });
  }

  const state = parameters.get("state") ?? "";
  if (state === "") return foreign(stateMissing);
  if (!equalInConstantTime(state, expected.state)) return foreign(stateMismatch);

  const issuer = verifyIssuer(parameters.get("iss") ?? "", expected);
  if (issuer) return final(issuer);
  const error = parameters.get("error");
  if (error !== null && error !== "") {
    return final(authorizationFailure(error, parameters.get("error_description") ?? ""));
  }
  return verifyCode(parameters.get("code") ?? "", { parameters, expected });
}

/** Whether this value came out of verifyRedirect: the exchange asks again at run time. */
export const isVerifiedRedirect = Verified.isVerified;

function verifyCode(
  code: string,
  { parameters, expected }: { parameters: URLSearchParams; expected: Expected },
): Verdict {
  if (code === "") {
    return final({
      kind: "protocol",
      code: "code_missing",
      message: "The provider's answer has neither a code nor an error.",
      hint: "Start the login again.",
    });
  }
  if (!/^[\u0020-\u007e]{1,4096}$/.test(code)) {
    return final(
      unsafe("code_malformed", "The code in the address has characters that no code has."),
    );
  }
  const url = new URL(expected.redirectUri);
  for (const name of ["code", "state", "iss"]) {
    const value = parameters.get(name);
    if (value) url.searchParams.set(name, value);
  }
  return { kind: "verified", redirect: new Verified({ code: new Secret(code), url }) };
}

/** RFC 9207 §2.4: present, it must equal the issuer exactly; advertised, it must be present. An empty one counts as absent (RFC 6749 §3.1). */
function verifyIssuer(iss: string, { issuer, issRequired }: Expected): Failure | undefined {
  if (iss === issuer || (iss === "" && !issRequired)) return undefined;
  return iss === ""
    ? unsafe(
        "issuer_missing",
        "The answer does not say which server it comes from, although this server always does.",
      )
    : unsafe(
        "issuer_mismatch",
        `The answer comes from another server than the one that was asked: ${sanitise(iss, 120)}.`,
      );
}

function misplacedParameter(
  query: URLSearchParams,
  fragment: URLSearchParams,
): Failure | undefined {
  if (tokenParameters.some((name) => query.has(name) || fragment.has(name))) {
    return {
      kind: "unsafe",
      code: "token_in_redirect",
      message: "The address carries a token, which no authorization code flow does.",
      hint: notOurs,
    };
  }
  if (!responseParameters.some((name) => fragment.has(name))) return undefined;
  return {
    kind: "protocol",
    code: "fragment_response",
    message:
      "The provider answered behind the # of the address, where only a browser script could read it.",
    hint: "Register the client for the authorization code flow, with the answer in the query.",
  };
}

const notOurs = "Nothing was exchanged. Use the address that this run printed.";

const stateMissing: Failure = {
  kind: "unsafe",
  code: "state_missing",
  message: "The address has no state parameter, so it cannot be told whose sign-in it answers.",
  hint: "Paste the whole address; in a shell command put it in quotes, because & ends a command.",
};

const stateMismatch: Failure = {
  kind: "unsafe",
  code: "state_mismatch",
  message: "The state does not match: this is the answer to another sign-in.",
  hint: "Use the address that this run printed, and paste the one that it leads to.",
};

/** Names the part that differs, never the whole: the pasted text may hold a code. */
function otherAddress(base: string, redirectUri: string): Failure {
  const ours = new URL(redirectUri);
  const theirs = URL.canParse(base) ? new URL(base) : undefined;
  const failure = (part: string, hint: string): Failure => ({
    kind: "unsafe",
    code: "redirect_mismatch",
    message: `This is not the address that the provider was asked to redirect to: its ${part} differs.`,
    hint,
  });
  const expectation = `Paste the address that begins with ${redirectUri}.`;
  if (theirs === undefined) return failure("form", expectation);
  if (theirs.username !== "" || theirs.password !== "") return failure("user name", expectation);
  if (theirs.protocol !== ours.protocol) return failure("scheme", expectation);
  if (theirs.hostname !== ours.hostname) {
    const names = new Set(["localhost", "127.0.0.1"]);
    return names.has(theirs.hostname) && names.has(ours.hostname)
      ? failure(
          "host",
          `localhost and 127.0.0.1 are two addresses: register and configure ${redirectUri} exactly.`,
        )
      : failure("host", expectation);
  }
  if (theirs.port !== ours.port) return failure("port", expectation);
  return failure(theirs.pathname === ours.pathname ? "spelling" : "path", expectation);
}

function unsafe(code: string, message: string): Failure {
  return { kind: "unsafe", code, message, hint: "Nothing was exchanged. Start the login again." };
}

function foreign(failure: Failure): Verdict {
  return { kind: "foreign", failure: new OAuthLabError(failure) };
}

function final(failure: Failure): Verdict {
  return { kind: "final", failure: new OAuthLabError(failure) };
}

/** Compares digests, so that neither the length nor a common beginning shows in the time taken. */
function equalInConstantTime(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function splitOnce(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, ""] : [text.slice(0, index), text.slice(index + 1)];
}
