// Finds known values in a text, plain or encoded, in one pass over it, however many are known.

/** A shorter value stands in other words by chance, so only its field hides it. */
const shortestByValue = 6;

/** The values that are replaced wherever they stand, each with its placeholder. */
export class KnownValues {
  readonly #placeholders = new Map<string, string>();
  /** How long the values are that begin so, the longest first. */
  readonly #lengths = new Map<string, number[]>();

  /** From now on the value is replaced, in each of its guises. */
  add(value: string, placeholder: string): void {
    if (value.length < shortestByValue) return;
    for (const guise of guises(value)) {
      if (guise.length < shortestByValue) continue;
      this.#placeholders.set(guise, placeholder);
      const head = guise.slice(0, shortestByValue);
      const lengths = this.#lengths.get(head) ?? [];
      if (lengths.includes(guise.length)) continue;
      lengths.push(guise.length);
      lengths.sort((one, other) => other - one);
      this.#lengths.set(head, lengths);
    }
  }

  /** The text with placeholders. Of values that overlap no rest stays. */
  replace(text: string): string {
    if (this.#lengths.size === 0) return text;
    let redacted = "";
    let covered = 0;
    for (let start = 0; start <= text.length - shortestByValue; start += 1) {
      const value = this.#longestAt(text, start);
      if (value === undefined || start + value.length <= covered) continue;
      redacted += text.slice(covered, Math.max(covered, start)) + this.#placeholders.get(value);
      covered = start + value.length;
    }
    return covered === 0 ? text : redacted + text.slice(covered);
  }

  #longestAt(text: string, start: number): string | undefined {
    const lengths = this.#lengths.get(text.slice(start, start + shortestByValue));
    for (const length of lengths ?? []) {
      const candidate = text.slice(start, start + length);
      if (this.#placeholders.has(candidate)) return candidate;
    }
    return undefined;
  }
}

function guises(value: string): Set<string> {
  const inJson = JSON.stringify(value).slice(1, -1);
  const inForm = new URLSearchParams([["", value]]).toString().slice(1);
  return new Set([value, inJson, inForm, encodeURIComponent(value.replace(/\p{Surrogate}/gu, ""))]);
}
