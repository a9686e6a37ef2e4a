// JSON that others wrote parts of, for a terminal or a log: it is the same value, and nothing in it moves a cursor, hides, or is a command to a CI runner.
import { commandSign, unprintable } from "./sanitise.ts";

/** As JSON.stringify; what a reader could not see, or would obey, is written as `\uXXXX`. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent)
    .replace(unprintable(), (character) =>
      character === "\n" ? character : escapeUnits(character),
    )
    .replace(commandSign, escapeUnits);
}

function escapeUnits(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
