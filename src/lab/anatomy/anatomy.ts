// Takes a pasted address or token apart, offline. What is or could be a secret is shown shortened: only names known to be harmless are shown whole.
import { takeAddressApart } from "./address.ts";
import { takeJwtApart } from "./jwt.ts";
import type { Anatomy } from "./part.ts";

/** Longer input is not looked at. */
const maxInputLength = 32 * 1024;

/** The anatomy of an authorization URL, a redirect URL or a JWT; undefined for anything else. `now` in milliseconds since 1970. Never throws. */
export function takeApart(input: string, now: number): Anatomy | undefined {
  const text = input.trim();
  if (text.length > maxInputLength) return undefined;
  return takeJwtApart(text, now) ?? takeAddressApart(text);
}
