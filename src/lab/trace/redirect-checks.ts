// What was checked of the front channel: that the answer came to us, belongs to the request, and is the server's that was asked.
import type { Texts } from "../texts/texts.ts";
import { type Check, notApplicable } from "./check.ts";
import type { Run } from "./run.ts";

/** The order in which an answer is checked: what failed first, was decided last. */
const decidedBy: Readonly<Record<string, number>> = {
  redirect_mismatch: 0,
  duplicate_parameter: 0,
  token_in_redirect: 0,
  fragment_response: 0,
  state_missing: 1,
  state_mismatch: 1,
  issuer_missing: 2,
  issuer_mismatch: 2,
};

const checks = [
  { name: "redirect", reference: "RFC 6749 §3.1.2" },
  { name: "state", reference: "RFC 6749 §10.12" },
  { name: "iss", reference: "RFC 9207 §2.4" },
] as const;

/** The checks of the answer that was taken, else of the last one. */
export function redirectChecks({ request, response }: Run, texts: Texts["checks"]): Check[] {
  const failedAt = response?.failure ? (decidedBy[response.failure.code] ?? 3) : 3;
  const namesIssuer = /[?&]iss=./.test(response?.address ?? "");
  return checks.map((base, position) => {
    if (request === undefined) return notApplicable(base, texts.nothingThroughBrowser);
    if (response === undefined || position > failedAt) return notApplicable(base, texts.notReached);
    const { pass, fail } = texts[base.name];
    if (position === failedAt) return { ...base, outcome: "fail", detail: fail };
    return base.name === "iss" && !namesIssuer
      ? notApplicable(base, texts.iss.absent)
      : { ...base, outcome: "pass", detail: pass };
  });
}
