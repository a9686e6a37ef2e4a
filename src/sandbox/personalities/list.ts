// Whom the sandbox can behave like, beside itself.
import { github } from "./github.ts";
import { google } from "./google.ts";
import type { Personality } from "./personality.ts";

/** Every personality. */
export const personalities: readonly Personality[] = [github, google];

/** The personality of this name; undefined for any other, `generic` among them. */
export function findPersonality(name: string): Personality | undefined {
  return personalities.find((personality) => personality.name === name);
}
