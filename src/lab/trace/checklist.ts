// What was verified in a run, told from what happened in it: each check passed, failed, or did not apply.
import type { Texts } from "../texts/texts.ts";
import type { Check } from "./check.ts";
import { idTokenChecks } from "./id-token-checks.ts";
import { redirectChecks } from "./redirect-checks.ts";
import { type RunEvent, readRun } from "./run.ts";
import { checkPkce, tokenChecks } from "./token-checks.ts";

/** The checklist of a run; empty where no token was asked for. */
export function listChecks(events: readonly RunEvent[], { checks }: Texts): Check[] {
  const run = readRun(events);
  if (run.request === undefined && run.exchange === undefined) return [];
  return [
    ...redirectChecks(run, checks),
    checkPkce(run, checks),
    ...idTokenChecks(run, checks),
    ...tokenChecks(run, checks),
  ];
}
