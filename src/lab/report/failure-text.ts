// Why something failed, in the report's language where the catalogue knows the failure; else as the program said it.
import type { Failure } from "../../errors.ts";
import type { Texts } from "../texts/texts.ts";
import { type Inline, outside } from "./document.ts";

/** One sentence. What the program said may quote a server, so it is outside text. */
export function failureText(
  { code, message }: Pick<Failure, "code" | "message">,
  texts: Texts,
): Inline {
  const { failures } = texts.report;
  return Object.hasOwn(failures, code) ? (failures[code] ?? "") : outside(message);
}
