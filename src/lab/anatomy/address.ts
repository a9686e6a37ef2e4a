// An authorization URL or a redirect URL, part by part, with what a careful client or server would say about it. Pure.
import { isLoopback } from "../../providers/provider.ts";
import { requestParameters, responseParameters } from "./parameters.ts";
import { type Anatomy, type Part, shorten, show } from "./part.ts";

const maxParameters = 60;
/** A longer name is no name: somebody pasted a value. */
const longestName = 40;

/** The anatomy of an address with OAuth parameters; undefined for any other text. */
export function takeAddressApart(text: string): Anatomy | undefined {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const parameters = [...url.searchParams, ...new URLSearchParams(url.hash.slice(1))];
  const names = new Set(parameters.map(([name]) => name));
  if (names.has("response_type") || (names.has("client_id") && !names.has("code"))) {
    return takeRequestApart(url, parameters);
  }
  const isAnswer = ["code", "error", "state", "access_token", "id_token"].some((name) =>
    names.has(name),
  );
  return isAnswer ? takeAnswerApart(url, parameters) : undefined;
}

type Parameters = readonly (readonly [string, string])[];

function takeRequestApart(url: URL, parameters: Parameters): Anatomy {
  return {
    kind: "authorization-url",
    title: "An authorization request: client -> browser -> server (front channel)",
    parts: partsOf(url, {
      parameters,
      known: requestParameters,
      address: "the authorization endpoint (RFC 6749 §3.1)",
    }),
    notes: [
      ...addressNotes(url),
      ...repeatedNotes(parameters),
      ...requestNotes(new Map(parameters)),
    ],
  };
}

function takeAnswerApart(url: URL, parameters: Parameters): Anatomy {
  return {
    kind: "redirect-url",
    title: "An authorization response: server -> browser -> client (front channel)",
    parts: partsOf(url, {
      parameters,
      known: responseParameters,
      address: "the redirect URI (RFC 6749 §3.1.2)",
    }),
    notes: [
      ...addressNotes(url),
      ...repeatedNotes(parameters),
      ...answerNotes(url, new Map(parameters)),
    ],
  };
}

function partsOf(
  url: URL,
  {
    parameters,
    known,
    address,
  }: { parameters: Parameters; known: typeof requestParameters; address: string },
): Part[] {
  const base = `${url.protocol}${url.host === "" ? "" : `//${url.host}`}${url.pathname}`;
  const parts = parameters.slice(0, maxParameters).map(([name, value]): Part => {
    const parameter = known.get(name);
    return {
      name: name.length > longestName ? shorten(name) : show(name),
      value: parameter?.whole ? show(value) : shorten(value),
      meaning: parameter?.meaning ?? "",
    };
  });
  return [{ name: "address", value: show(base), meaning: address }, ...parts];
}

function addressNotes(url: URL): string[] {
  const notes: string[] = [];
  if (url.protocol === "http:" && !isLoopback(url)) {
    notes.push("It is http: whoever is on the way can read it. Only 127.0.0.1 may do without TLS.");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    notes.push(
      "Its scheme is not the web's: any program here may claim it, and get the answer (RFC 8252 §7.1, §8.1).",
    );
  }
  if (url.username !== "" || url.password !== "") {
    notes.push("It carries a user name before the host: a trick to make another host look right.");
  }
  return notes;
}

function repeatedNotes(parameters: Parameters): string[] {
  const names = parameters.map(([name]) => name);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...repeated]
    .slice(0, 3)
    .map(
      (name) =>
        `${show(name.slice(0, longestName))} stands there twice, which RFC 6749 §3.1 forbids.`,
    );
}

function requestNotes(parameters: ReadonlyMap<string, string>): string[] {
  const notes: string[] = [];
  const has = (name: string): boolean => (parameters.get(name) ?? "") !== "";
  if (has("client_secret")) {
    notes.push(
      "A client secret stands in it: it is known now and must be replaced (RFC 6749 §2.3.1).",
    );
  }
  const type = parameters.get("response_type") ?? "code";
  if (/\btoken\b/.test(type)) {
    notes.push(
      "It asks for a token through the browser, which should no longer be done (RFC 9700 §2.1.2).",
    );
  }
  if (!has("state"))
    notes.push("Without state an answer cannot be tied to this request (RFC 6749 §10.12).");
  if (!has("code_challenge")) {
    notes.push("Without PKCE a stolen code can be used by the thief (RFC 9700 §2.1.1).");
  } else if (parameters.get("code_challenge_method") !== "S256") {
    notes.push(
      "PKCE without S256 sends the verifier itself: who sees this address knows it (RFC 7636 §4.2).",
    );
  }
  if (!has("redirect_uri")) {
    notes.push("Without redirect_uri the server takes the registered one (RFC 6749 §3.1.2.3).");
  }
  return notes;
}

function answerNotes(url: URL, parameters: ReadonlyMap<string, string>): string[] {
  const notes: string[] = [];
  const has = (name: string): boolean => (parameters.get(name) ?? "") !== "";
  if (has("access_token") || has("refresh_token")) {
    notes.push("It carries a token: no answer of the authorization code flow does. Revoke it.");
  }
  if (url.hash.length > 1) {
    notes.push(
      "The part behind # is not sent to a server: only a script in the browser can read it.",
    );
  }
  if (!has("state")) notes.push("It has no state: a client must refuse it (RFC 6749 §10.12).");
  if (!has("iss")) notes.push("It has no iss: which server sent it cannot be told (RFC 9207 §2).");
  if (has("code") && has("error"))
    notes.push("It has both a code and an error, which no server sends.");
  if (has("code")) {
    notes.push("Whoever has this address may try the code: paste it into the waiting login only.");
  }
  return notes;
}
