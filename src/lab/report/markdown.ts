// A report as Markdown (GFM). Every text is escaped: what stood on the wire can make neither a link, nor markup, nor a cell.
import { type Block, inlines, type ReportDocument, type Table, type Text } from "./document.ts";

/** The whole file, without what marks it as ours. */
export function toMarkdown(document: ReportDocument): string {
  const { title, subtitle, introduction, sections } = document;
  return [
    `# ${escapeText(title)}`,
    `**${escapeText(subtitle)}**`,
    ...introduction.map(renderText),
    ...sections.flatMap((section) => [
      `## ${escapeText(section.title)}`,
      ...section.blocks.flatMap(renderBlock),
    ]),
  ].join("\n\n");
}

function renderBlock(block: Block): string[] {
  switch (block.kind) {
    case "heading":
      return [`${"#".repeat(block.level)} ${escapeText(block.text)}`];
    case "paragraph":
      return [renderText(block.text)];
    case "verbatim":
      return [["```text", ...block.lines, "```"].join("\n")];
    case "diagram":
      return [["```mermaid", block.mermaid, "```"].join("\n")];
    case "table":
      return renderTable(block);
  }
}

/** GFM has no table without a head. */
function renderTable({ caption, head, rows }: Table): string[] {
  const cells = rows.map((row) => row.map((cell) => renderText(cell)));
  const columns = head ?? cells[0]?.map(() => "") ?? [];
  const line = (row: readonly string[]) => `| ${row.join(" | ")} |`;
  return [
    ...(caption === undefined ? [] : [renderText(caption)]),
    [line(columns.map(escapeText)), line(columns.map(() => "---")), ...cells.map(line)].join("\n"),
  ];
}

function renderText(text: Text): string {
  return inlines(text)
    .map((piece) => (typeof piece === "string" ? escapeText(piece) : codeSpan(piece.code)))
    .join("");
}

/** Nothing in it means anything: not as markup, an entity, a mention or an address. */
function escapeText(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\\`*_[\]<>|~&$@]/g, "\\$&")
    .replace(/^(\d+)([.)])/, "$1\\$2")
    .replace(/^([-+=:#])/, "\\$1")
    .replace(/(https?|ftp):/gi, "$1\\:")
    .replace(/www\./gi, "www\\.");
}

/** In a fence longer than any in it. Cells are split before code is seen, so a bar is escaped here too. */
function codeSpan(code: string): string {
  const longest = Math.max(0, ...[...code.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  const space = /^`|`$|^ .* $/.test(code) ? " " : "";
  return code === "" ? "" : `${fence}${space}${code.replaceAll("|", "\\|")}${space}${fence}`;
}
