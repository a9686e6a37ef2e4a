// From what a person pasted to one address: forgives how terminals, chats and mail wrap it, refuses what hides in it. Pure.
import { type Failure, OAuthLabError } from "../errors.ts";

/** What the login knows when it reads a paste. */
export interface Awaited {
  readonly redirectUri: string;
  readonly authorizationEndpoint: string;
}

const quotes: readonly (readonly [string, string])[] = [
  ['"', '"'],
  ["'", "'"],
  ["`", "`"],
  ["<", ">"],
  ["(", ")"],
  ["“", "”"],
];
/** Spaces and invisible characters that surround a copied text. */
const surrounding = /^[\s\u00a0\u200b-\u200d\u2060\ufeff]+|[\s\u00a0\u200b-\u200d\u2060\ufeff]+$/gu;
/** Lengths at which a terminal's line editing cuts a line (Linux 4095, macOS 1023). */
const cutLengths = new Set([1023, 1024, 4095, 4096]);

/** The address in a paste, or what is wrong with it and what to paste instead: `usage` for a slip, `unsafe` for hidden characters. */
export function readPastedAddress(text: string, awaited: Awaited): string | OAuthLabError {
  const joined = unwrap(text).replace(/[\r\n]+[\t ]*/g, "");
  if (joined === "") return slip("paste_empty", "Nothing was pasted.");
  const hidden = joined.search(/[^\u0021-\u007e]/u);
  if (hidden >= 0) {
    return new OAuthLabError({
      kind: "unsafe",
      code: "hidden_characters",
      message: `The pasted text has a character that no address has, at position ${hidden + 1}.`,
      hint: "Copy the address from the browser's address bar again.",
    });
  }
  const address = complete(joined.replaceAll("&amp;", "&"), awaited);
  if (address.startsWith(awaited.authorizationEndpoint)) {
    return slip(
      "authorization_url_pasted",
      "That is the address to open, not the one that you land on.",
    );
  }
  if (!/^https?:\/\//i.test(address)) {
    return slip(
      "code_only_pasted",
      "That is not a whole address: without its state it cannot be checked.",
    );
  }
  if (cutLengths.has(text.length) && !/[?&]state=[^&]/.test(address)) {
    return slip(
      "paste_cut",
      `The pasted text was cut off by the terminal at ${text.length} characters.`,
    );
  }
  return address;
}

/** `?code=…&state=…`, or the address without its scheme, made whole; the checks that follow see it like any other. */
function complete(text: string, { redirectUri }: Awaited): string {
  if (/^\??(?=[^/]*\bstate=)[a-z_]+=/.test(text) && !text.includes("://")) {
    return `${redirectUri}?${text.replace(/^\?/, "")}`;
  }
  const { protocol, host } = new URL(redirectUri);
  return text.startsWith(`${host}/`) ? `${protocol}//${text}` : text;
}

function unwrap(text: string): string {
  const trimmed = text.replace(surrounding, "");
  const pair = quotes.find(
    ([open, close]) => trimmed.startsWith(open) && trimmed.includes(close, 1),
  );
  if (pair) return unwrap(trimmed.slice(1, trimmed.lastIndexOf(pair[1])));
  return trimmed.replace(/[.,;"'`>)]+$/, "");
}

function slip(code: string, message: string): OAuthLabError {
  const failure: Failure = {
    kind: "usage",
    code,
    message,
    hint: "After you approve, copy the whole address from the browser's address bar, even if the page fails to load.",
  };
  return new OAuthLabError(failure);
}
