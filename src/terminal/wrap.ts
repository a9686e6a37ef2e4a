// Breaks text into lines of a terminal's width, at spaces only.

/** A paragraph as lines of at most so many columns; one that begins with a space stands as it is. A longer word gets a line of its own. */
export function wrap(paragraph: string, columns: number): string[] {
  if (paragraph.startsWith(" ")) return [paragraph];
  const lines: string[] = [];
  let line = "";
  for (const word of paragraph.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
