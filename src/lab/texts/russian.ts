// The lab's texts in Russian, in the words of the Russian literature on OAuth.
import { russianReport } from "./russian-report.ts";
import { russianTrace } from "./russian-trace.ts";
import type { Texts } from "./texts.ts";

/** Every text. */
export const russian: Texts = { ...russianTrace, ...russianReport };
