// From what a person pasted to one address: forgives how terminals, chats and mail wrap it, refuses what hides in it. Pure.
import { OAuthLabError } from "../errors.ts";

/** What the login knows when it reads a paste. */
export interface Awaited {
  readonly redirectUri: string;
  readonly authorizationEndpoint: string;
}

/** More than this no address has; whoever reads a paste stops here. */
export const maxPasteLength = 64 * 1024;
/** What surrounds a copied text: spaces, also invisible ones, quotes, brackets, the full stop of a sentence. */
const wrapping = /[\s\u200b-\u200d\u2060\ufeff"'`“”‘’«»<>().,;]/u;
/** Lengths at which a terminal's line editing cuts a line (Linux 4095, macOS 1023). */
const cutLengths = new Set([1023, 1024, 4095, 4096]);

/** The address in a paste, or what is wrong with it and what to paste instead: `usage` for a slip, `unsafe` for hidden characters. */
export function readPastedAddress(text: string, awaited: Awaited): string | OAuthLabError {
  if (text.length > maxPasteLength) {
    return slip("paste_too_long", "The pasted text is longer than 64 KiB and was not read on.");
  }
  const joined = joinLines(unwrap(text));
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
  if (withoutQuery(address) === withoutQuery(awaited.authorizationEndpoint)) {
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
  if (/^\??[a-z_]+=/.test(text) && /(^|[?&])state=/.test(text)) {
    return `${redirectUri}?${text.replace(/^\?/, "")}`;
  }
  const { protocol, host } = new URL(redirectUri);
  return text.startsWith(`${host}/`) ? `${protocol}//${text}` : text;
}

function unwrap(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && wrapping.test(text.charAt(start))) start += 1;
  while (start < end && wrapping.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** A terminal's or a mail's line breaks, with the indentation around them. */
function joinLines(text: string): string {
  const lines = text.split(/[\r\n]/);
  return lines.map((line) => line.trim()).join("");
}

function withoutQuery(address: string): string | undefined {
  return address.split("?")[0];
}

function slip(code: string, message: string): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code,
    message,
    hint: "After you approve, copy the whole address from the browser's address bar, even if the page fails to load.",
  });
}
