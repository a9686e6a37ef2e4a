// What was checked of the token answer: PKCE, the scopes, the token's type, and that nobody may keep the answer.
import { createHash } from "node:crypto";
import { compareScopes } from "../../flow/scopes.ts";
import type { Texts } from "../texts/texts.ts";
import { type Check, notApplicable } from "./check.ts";
import type { Run } from "./run.ts";

/** Whether who exchanged the code is who asked for it (RFC 7636 §4.6). */
export function checkPkce({ request, exchange, form }: Run, texts: Texts["checks"]): Check {
  const base = { name: "pkce", reference: "RFC 7636 §4.6" } as const;
  const { pass, refused, fail, noRequest, noChallenge, noExchange } = texts.pkce;
  const challenge = request?.get("code_challenge");
  const verifier = form.get("code_verifier");
  if (request === undefined) return notApplicable(base, noRequest);
  if (!challenge) return { ...base, outcome: "fail", detail: noChallenge };
  if (verifier === null) return notApplicable(base, noExchange);
  const fits = createHash("sha256").update(verifier).digest("base64url") === challenge;
  if (!fits) return { ...base, outcome: "fail", detail: fail };
  return exchange?.status === 200
    ? { ...base, outcome: "pass", detail: pass }
    : { ...base, outcome: "fail", detail: refused };
}

/** The checks of an answer that has an access token; not applicable to another. */
export function tokenChecks(run: Run, texts: Texts["checks"]): Check[] {
  const bases = [
    { name: "scopes", reference: "RFC 6749 §3.3" },
    { name: "token_type", reference: "RFC 6749 §7.1" },
    { name: "cache", reference: "RFC 6749 §5.1" },
  ] as const;
  const checks = { scopes: checkScopes, token_type: checkTokenType, cache: checkCacheHeaders };
  const hasToken = run.exchange?.status === 200 && typeof run.answer.access_token === "string";
  return bases.map((base) =>
    hasToken ? { ...base, ...checks[base.name](run, texts) } : notApplicable(base, texts.noToken),
  );
}

type Finding = Pick<Check, "outcome" | "detail">;

function checkScopes({ request, form, answer }: Run, { scopes }: Texts["checks"]): Finding {
  const asked = (request?.get("scope") ?? form.get("scope") ?? "").split(" ").filter(Boolean);
  if (asked.length === 0) return { outcome: "not applicable", detail: scopes.noneAsked };
  if (typeof answer.scope !== "string") return { outcome: "pass", detail: scopes.unnamed };
  const grantedScopes = answer.scope.split(/[\s,]+/);
  const { missing } = compareScopes({ requestedScopes: asked, grantedScopes });
  if (missing.length === 0) return { outcome: "pass", detail: scopes.pass };
  return { outcome: "fail", detail: scopes.fail(missing.length, asked.length) };
}

/** A token that is bound to a key comes only where the request carried a proof (RFC 9449 §5). */
function checkTokenType({ answer, exchange }: Run, { token_type }: Texts["checks"]): Finding {
  const proven = exchange?.requestHeaders.dpop !== undefined;
  const due = proven ? "dpop" : "bearer";
  return String(answer.token_type).toLowerCase() === due
    ? { outcome: "pass", detail: proven ? token_type.bound : token_type.pass }
    : { outcome: "fail", detail: token_type.fail };
}

function checkCacheHeaders({ exchange }: Run, { cache }: Texts["checks"]): Finding {
  return (exchange?.responseHeaders["cache-control"] ?? "").includes("no-store")
    ? { outcome: "pass", detail: cache.pass }
    : { outcome: "fail", detail: cache.fail };
}
