// Output that a story keeps to itself, to quote from it or to drop it.
import type { Output } from "../context.ts";

/** An output and what was written to it. */
export interface KeptOutput extends Output {
  readonly text: string;
}

/** An output that nobody sees. */
export function keepOutput(): KeptOutput {
  const written: string[] = [];
  return {
    get text() {
      return written.join("");
    },
    write: (text) => void written.push(text),
    writeBytes: async () => {},
    isTTY: false,
    columns: undefined,
  };
}
