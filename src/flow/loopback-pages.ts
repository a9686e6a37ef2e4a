// What the listener shows: fixed texts, in which nothing of a request ever stands (RFC 9700 §4.2.4).
import { html, type Page } from "../http/page.ts";

function message(status: number, title: string, text: string): Page {
  return { status, title, body: html`<h1>${title}</h1><p>${text}</p>` };
}

export const signedIn = message(
  200,
  "You are signed in",
  "oauth-lab has its token. You can close this tab and go back to the terminal.",
);
export const failed = message(
  200,
  "The sign-in did not succeed",
  "The terminal says why. You can close this tab.",
);
export const notOurs = message(
  400,
  "Not the answer to this sign-in",
  "oauth-lab did not ask for this and ignored it. It is still waiting for its own answer.",
);
export const alreadyUsed = message(
  400,
  "Already answered",
  "This sign-in has its answer. You can close this tab.",
);
export const notFound = message(
  404,
  "Nothing here",
  "oauth-lab listens here for the answer to a sign-in, and for nothing else.",
);
export const methodNotAllowed = message(
  405,
  "Not like this",
  "Only a browser's plain request is answered here.",
);
export const misdirected = message(
  421,
  "Not this address",
  "oauth-lab is not known under this name.",
);
export const notNavigated = message(
  403,
  "Not from another page",
  "The answer to a sign-in comes from the browser itself, not from a page's script.",
);
