// What doctor finds out: one line a thing, each with what to do about it. Never a value that was configured.
import { type ErrorKind, OAuthLabError } from "../errors.ts";

/** One thing that was looked at. A `note` stops nothing; a `problem` has the kind that the failure would have. */
export type Check = { readonly name: string; readonly message: string } & (
  | { readonly outcome: "ok" }
  | { readonly outcome: "note"; readonly repair?: string }
  | { readonly outcome: "problem"; readonly kind: ErrorKind; readonly repair?: string }
);

/** The worst first: what endangers secrets, then what stops everything, then what may pass by itself. */
const order: readonly ErrorKind[] = [
  "unsafe",
  "store",
  "protocol",
  "refused",
  "login-required",
  "usage",
  "unavailable",
];

/** The kind of the worst problem; undefined where there is none. */
export function worstKind(checks: readonly Check[]): ErrorKind | undefined {
  const kinds = checks.flatMap((check) => (check.outcome === "problem" ? [check.kind] : []));
  return order.find((kind) => kinds.includes(kind)) ?? kinds[0];
}

/** The checks that the work gives, or a problem of this name where it fails with one of our failures. */
export async function attempt(
  name: string,
  work: () => Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  try {
    return await work();
  } catch (error) {
    const isFailure = error instanceof OAuthLabError && error.kind !== "bug";
    if (!isFailure || error.kind === "interrupted" || error.kind === "terminated") throw error;
    const { kind, message, hint } = error;
    return [{ name, outcome: "problem", kind, message, ...(hint && { repair: hint }) }];
  }
}
