// Makes one table of all figures, a column for each Node, and puts it between the two marks of docs/performance.md.
import { readFile, writeFile } from "node:fs/promises";

const marks = ["<!-- bench -->", "<!-- /bench -->"];

/** Rows of `{ name, shown, limit, node }` as one Markdown table; what misses its limit is bold. */
export function formatTable(rows, nodes) {
  const names = [...new Set(rows.map(({ name }) => name))];
  const head = ["", "at most", ...nodes.map((node) => `Node ${node}`)];
  const lines = names.map((name) => {
    const own = rows.filter((row) => row.name === name);
    const cells = nodes.map((node) => {
      const row = own.find((one) => one.node === node) ?? own.find((one) => one.node === undefined);
      if (row === undefined) return "";
      return row.missed ? `**${row.shown}**` : row.shown;
    });
    return [name, own.find(({ limit }) => limit !== undefined)?.limit ?? "", ...cells];
  });
  return [head, head.map(() => "---"), ...lines]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

/** Replaces what stands between the marks. Throws where they are missing. */
export async function writeBetweenMarks(path, text) {
  const document = await readFile(path, "utf8");
  const [start, end] = marks.map((mark) => document.indexOf(mark));
  if (start === -1 || end < start) throw new Error(`${path} has no ${marks.join(" … ")}`);
  const before = document.slice(0, start + marks[0].length);
  await writeFile(path, `${before}\n\n${text}\n\n${document.slice(end)}`);
}
