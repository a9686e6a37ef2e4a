// The one frame of every page that we serve, the sandbox's and the loopback listener's: escaped, without script, without anything from elsewhere.
import { createHash } from "node:crypto";
import { pageStyle } from "./page-style.ts";

/** Markup that may be sent as it stands: only `html` makes it. */
export class Html {
  readonly #markup: string;

  constructor(parts: readonly string[], values: readonly HtmlValue[]) {
    const escaped = values.map((value, index) => toMarkup(value) + parts[index + 1]);
    this.#markup = [parts[0], ...escaped].join("");
  }

  toString(): string {
    return this.#markup;
  }
}

/** What may stand in a template: text and numbers are escaped, markup and lists of it are not. */
export type HtmlValue = string | number | Html | readonly Html[];

/** Markup from a template; each interpolated text is escaped, in content and in quoted attributes alike. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(parts, values);
}

function toMarkup(value: HtmlValue): string {
  if (value instanceof Html) return value.toString();
  if (typeof value === "object") return value.join("");
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A page to be framed. */
export interface Page {
  /** What the tab says; the heading belongs into the body. */
  readonly title: string;
  readonly body: Html;
  /** The small label beside our name, such as "sandbox". */
  readonly badge?: string;
  /** 200 if not given. */
  readonly status?: number;
  /** Where its forms may lead, redirects after them included (CSP `form-action`); nowhere if not given. */
  readonly formTargets?: readonly string[];
}

/** A page ready to be sent. */
export interface RenderedPage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const styleHash = createHash("sha256").update(pageStyle).digest("base64");

/** Frames a page and names the headers that go with it: nothing may be loaded, run, embedded, kept or told to the next site. */
export function renderPage({ title, body, badge, status = 200, formTargets }: Page): RenderedPage {
  const targets = formTargets?.join(" ") ?? "'none'";
  return {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": `default-src 'none'; style-src 'sha256-${styleHash}'; form-action ${targets}; base-uri 'none'; frame-ancestors 'none'`,
      ...quietHeaders,
    },
    body: frame({ title, body, badge }).toString(),
  };
}

/** For every answer to a browser, pages and redirects alike: not kept, not embedded, and silent about its address, which may hold a code. */
export const quietHeaders: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

function frame({
  title,
  body,
  badge,
}: Pick<Page, "title" | "body"> & { badge: string | undefined }) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · oauth-lab</title>
<style>${new Html([pageStyle], [])}</style>
</head>
<body>
<header>${logo}<span class="name">oauth-lab</span>${badge === undefined ? "" : html`<span class="badge">${badge}</span>`}</header>
<main>${body}</main>
</body>
</html>
`;
}

const logo = html`<svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false"><path d="M9.5 3v6.2L4.3 18.4A1.8 1.8 0 0 0 5.9 21h12.2a1.8 1.8 0 0 0 1.6-2.6L14.5 9.2V3M8 3h8M7.1 14h9.8" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></svg>`;

/** A round mark above a heading that tells how it ended: a tick, or a cross. The heading must say it too. */
export function mark(outcome: "good" | "bad"): Html {
  const line = outcome === "good" ? "M5 12.5l4.5 4.5L19 7.5" : "M6.5 6.5l11 11m0-11l-11 11";
  return html`<svg class="mark ${outcome}" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="${line}" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/></svg>`;
}
