// What something taken apart consists of, and how its values are shown.
import { Secret } from "../../secret.ts";
import { sanitise } from "../../terminal/sanitise.ts";

/** One part of it, fit for a terminal. */
export interface Part {
  readonly name: string;
  readonly value: string;
  /** What it is for, with the section that says so; empty for what no specification names. */
  readonly meaning: string;
}

/** Something taken apart. */
export interface Anatomy {
  readonly kind: "authorization-url" | "redirect-url" | "jwt";
  readonly title: string;
  readonly parts: readonly Part[];
  /** What a careful client would say about it, one sentence each. */
  readonly notes: readonly string[];
}

const maxShown = 200;

/** Outside text as it may be shown. */
export function show(text: string): string {
  return text === "" ? "(empty)" : sanitise(text, maxShown);
}

/** A secret, or what could be one, as it may be shown. */
export function shorten(text: string): string {
  if (text === "") return "(empty)";
  return `${sanitise(new Secret(text).abbreviate(), 20)} (${text.length} characters)`;
}
