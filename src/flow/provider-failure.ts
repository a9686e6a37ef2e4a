// From a provider's error answer to our failure, by the table of provider-errors/. An unknown error is shown in the provider's own words.
import { type Failure, OAuthLabError } from "../errors.ts";
import { sanitise } from "../terminal/sanitise.ts";
import type { Endpoint, ErrorRow } from "./provider-errors/row.ts";
import { errorRows } from "./provider-errors/rows.ts";

/** An error answer: its code and description are outside text. */
export interface ProviderError {
  readonly error: string;
  readonly description: string;
  readonly at: Endpoint;
  /** The provider's name, where it is known. */
  readonly provider?: string | undefined;
}

/** The failure behind `error=` in a redirect that is ours. */
export function authorizationFailure(error: string, description: string): Failure {
  return explainError({ error, description, at: "authorization" });
}

/** The failure behind an error answer of an endpoint. */
export function tokenFailure(answer: ProviderError): OAuthLabError {
  return new OAuthLabError(explainError(answer));
}

function explainError(answer: ProviderError): Failure {
  const row = findRow(answer);
  const code = sanitise(answer.error, 64);
  const words = answer.description === "" ? "" : ` "${sanitise(answer.description, 300)}"`;
  return {
    kind: row?.kind ?? "refused",
    code,
    message: `${leadOf(answer, row)}: ${code}${words}.`,
    hint: row === undefined ? unknownHint(answer) : hintOf(row),
  };
}

/** The first row that fits the answer. */
export function findRow({ error, description, at, provider }: ProviderError): ErrorRow | undefined {
  return errorRows.find(
    (row) =>
      row.error === error &&
      (row.at?.includes(at) ?? at !== "authorization") &&
      (row.provider === undefined || row.provider === provider) &&
      (row.description === undefined || row.description.test(description)),
  );
}

/** Causes, then the repair; where it is written down, for what only this provider does. */
function hintOf({ cause, repair, provider, source }: ErrorRow): string {
  const parts = [cause, repair, provider === undefined ? undefined : `See ${source}`];
  return parts.filter((part) => part !== undefined).join(" ");
}

function unknownHint({ at }: ProviderError): string {
  return at === "authorization"
    ? "Start the login again."
    : "The provider's documentation says what this error means.";
}

function leadOf({ error, at }: ProviderError, row: ErrorRow | undefined): string {
  if (at === "refresh" && row?.kind === "login-required")
    return "The refresh token no longer works";
  if (at === "authorization" && error === "access_denied") return "The request was denied";
  return at === "code" || at === "refresh"
    ? "The provider refused the exchange"
    : "The provider refused the request";
}
