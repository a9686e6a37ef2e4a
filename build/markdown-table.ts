// Tables of our documents, as the man page and the tests read them.

/** The rows of the first table under a heading, without its head. */
export function rowsUnder(heading: string, text: string): string[][] {
  const [, section = ""] = text.split(new RegExp(`^#+ ${heading}$`, "m"));
  const lines = section.split("\n");
  const from = lines.findIndex((line) => line.startsWith("|"));
  if (from === -1) return [];
  const end = lines.findIndex((line, index) => index > from && !line.startsWith("|"));
  return lines.slice(from + 2, end === -1 ? undefined : end).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
