// What was checked of the ID token: who signed it, for whom, for which request and for what time (OIDC Core §3.1.3.7).
import type { Texts } from "../texts/texts.ts";
import { type Check, notApplicable } from "./check.ts";
import type { Run } from "./run.ts";

const reference = "OIDC Core §3.1.3.7";
const maxAgeSeconds = 600;

/** The checks of the ID token that came; not applicable without one. */
export function idTokenChecks(run: Run, texts: Texts["checks"]): Check[] {
  const { request, form, exchange, claims } = run;
  const clientId = request?.get("client_id") ?? form.get("client_id");
  const nonce = request?.get("nonce");
  const now = (exchange?.startedAt ?? 0) / 1000;
  const holds = {
    aud: clientId ? [claims?.aud].flat().includes(clientId) : undefined,
    nonce: nonce ? claims?.nonce === nonce : undefined,
    exp: isTimely(claims, { now, isLogin: request !== undefined }),
  };
  const check = (name: keyof typeof holds): Check => {
    if (claims === undefined) return notApplicable({ name, reference }, texts.noIdToken);
    const held = holds[name];
    if (held === undefined) return notApplicable({ name, reference }, texts.noneSent);
    const { pass, fail } = texts[name];
    return { name, reference, outcome: held ? "pass" : "fail", detail: held ? pass : fail };
  };
  const claimsHold = Object.values(holds).every((held) => held !== false);
  return [checkSignature(run, { claimsHold, texts }), check("aud"), check("nonce"), check("exp")];
}

/** Not expired, and at a login just issued: a clock that is wrong shows in either. Seconds since 1970. */
function isTimely(
  claims: Run["claims"],
  { now, isLogin }: { now: number; isLogin: boolean },
): boolean {
  const isNew = Math.abs(Number(claims?.iat) - now) <= maxAgeSeconds;
  return Number(claims?.exp) > now && (isNew || !isLogin);
}

/** Only the flow can tell that a signature is good; that it is bad follows where the token was refused and its claims are right. */
function checkSignature(
  { claims, verified }: Run,
  { claimsHold, texts }: { claimsHold: boolean; texts: Texts["checks"] },
): Check {
  const base = { name: "signature", reference } as const;
  const { pass, fail, absent } = texts.signature;
  if (claims === undefined) return notApplicable(base, texts.noIdToken);
  if (verified?.signature === false) return notApplicable(base, absent);
  if (verified) return { ...base, outcome: "pass", detail: pass };
  return claimsHold
    ? { ...base, outcome: "fail", detail: fail }
    : notApplicable(base, texts.notReached);
}
