// The lab's texts in the language of --lang: one catalogue a language, of which only that one is loaded.
import type { Language } from "../../commands/global-options.ts";
import type { english } from "./english.ts";

/** The texts in one language. */
export type Texts = typeof english;

const catalogues: Readonly<Record<Language, () => Promise<Texts>>> = {
  en: async () => (await import("./english.ts")).english,
  ru: async () => (await import("./russian.ts")).russian,
};

/** The texts in this language; in English where none was asked for. */
export function loadTexts(language: Language = "en"): Promise<Texts> {
  return catalogues[language]();
}
