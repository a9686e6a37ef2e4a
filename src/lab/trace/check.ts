// One line of the checklist. Its words come from the catalogue, so that no secret can be among them.
import type { Texts } from "../texts/texts.ts";

/** What was checked, by the name of the parameter or the rule. */
export type CheckName = keyof Texts["checks"]["names"];

/** One check and how it ended. */
export interface Check {
  readonly name: CheckName;
  readonly outcome: "pass" | "fail" | "not applicable";
  /** One sentence: why. */
  readonly detail: string;
  /** The section that asks for it. */
  readonly reference: string;
}

/** A check that this run had nothing to do with, and why. */
export function notApplicable(
  { name, reference }: Pick<Check, "name" | "reference">,
  detail: string,
): Check {
  return { name, reference, outcome: "not applicable", detail };
}
