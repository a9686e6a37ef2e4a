// A report as one HTML file: no script, nothing from elsewhere, good on paper, in the dark and on a phone.
import { createHash } from "node:crypto";
import { Html, html } from "../../http/page.ts";
import {
  type Block,
  inlines,
  type ReportDocument,
  type Section,
  type Table,
  type Text,
} from "./document.ts";
import { reportStyle } from "./style.ts";

/** The whole file, without what marks it as ours. */
export function toHtml(document: ReportDocument): string {
  const { language, title, subtitle, introduction, contents, sections } = document;
  const hash = createHash("sha256").update(reportStyle).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}: ${subtitle}</title>
<style>${trusted(reportStyle)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="subtitle">${subtitle}</p>
${introduction.map((text) => html`<p>${renderText(text)}</p>\n`)}</header>
<nav aria-labelledby="contents">
<h2 id="contents">${contents}</h2>
<ol>
${sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>\n`)}</ol>
</nav>
<main>
${sections.map(renderSection)}</main>
</body>
</html>`;
  return page.toString();
}

/** Our own style, which stands in a file of ours. */
function trusted(text: string): Html {
  return new Html([text], []);
}

function renderSection({ id, title, blocks }: Section): Html {
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${blocks.map(renderBlock)}</section>
`;
}

function renderBlock(block: Block): Html {
  switch (block.kind) {
    case "heading":
      return block.level === 3 ? html`<h3>${block.text}</h3>\n` : html`<h4>${block.text}</h4>\n`;
    case "paragraph":
      return html`<p>${renderText(block.text)}</p>\n`;
    case "verbatim":
      return html`<pre>${block.lines.join("\n")}</pre>\n`;
    case "diagram":
      return html`<div class="diagram" tabindex="0">${block.svg}</div>\n`;
    case "table":
      return renderTable(block);
  }
}

function renderTable({ look, caption, head, rows, marks }: Table): Html {
  const title = caption === undefined ? "" : html`<caption>${renderText(caption)}</caption>\n`;
  const top =
    head === undefined
      ? ""
      : html`<thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>\n`;
  const body = rows.map(([first = "", ...cells], index) => {
    const mark = marks?.[index];
    const rowLook = mark === undefined ? "plain" : mark.replace(" ", "-");
    const name = html`<th scope="row">${renderText(first)}</th>`;
    return html`<tr class="${rowLook}">${name}${cells.map((cell) => html`<td>${renderText(cell)}</td>`)}</tr>\n`;
  });
  return html`<table class="${look}">\n${title}${top}<tbody>\n${body}</tbody>\n</table>\n`;
}

function renderText(text: Text): Html[] {
  return inlines(text).map((piece) =>
    typeof piece === "string" ? html`${piece}` : html`<code>${piece.code}</code>`,
  );
}
