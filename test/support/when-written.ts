// Waits for a file that another program writes under another name and then renames.
import * as fs from "node:fs/promises";

/** The file's content, as soon as it is there whole. */
export async function whenWritten(file: string): Promise<string> {
  for (let turn = 0; turn < 1000; turn += 1) {
    const text = await fs.readFile(file, "utf8").catch(() => undefined);
    if (text !== undefined) return text;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`${file} was never written`);
}
