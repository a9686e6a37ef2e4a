// The lab's texts in English. This catalogue is the type of every other one: what is missing in another language does not compile.
import { englishReport } from "./english-report.ts";
import { englishTrace } from "./english-trace.ts";

/** Every text. What a text needs to know it takes as an argument, so that each language can order its own words. */
export const english = { ...englishTrace, ...englishReport };
