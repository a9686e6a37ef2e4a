// The bodies of messages as they may be shown: the fields of a form or of JSON without secrets, and of anything else its size.
import type { HttpExchange } from "../../http/trace.ts";
import type { Texts } from "../texts/texts.ts";
import type { Redactor } from "./redactor.ts";

/** A named value, redacted. */
export type Field = readonly [name: string, value: string];

/** A body, redacted. */
export interface TracedBody {
  readonly mediaType: string;
  /** The parameters of a form, or the members of a JSON object. */
  readonly fields: readonly Field[];
  /** The same as text. Undefined for what is neither: of that only the size is told. */
  readonly text?: string;
  /** Its length as it was sent. */
  readonly characters: number;
  /** It was too long to be kept whole: nothing of it is shown. */
  readonly cut?: boolean;
}

/** What has no body. */
export const noBody: TracedBody = { mediaType: "", fields: [], characters: 0 };

/** The parameters of a query or a form, redacted. */
export function parameterFields(parameters: URLSearchParams, redactor: Redactor): Field[] {
  return [...parameters].map(([name, value]) => [
    redactor.text(name),
    redactor.parameter(name, value),
  ]);
}

/** What a body is said to be, and who hides its secrets. */
interface BodyNature {
  readonly mediaType: string | undefined;
  readonly ofApi: boolean;
  readonly redactor: Redactor;
}

/** The body of an answer. The beginning of a form or of JSON is neither. */
export function describeAnswer(
  { responseBody, wholeResponseChars }: HttpExchange,
  nature: BodyNature,
): TracedBody {
  if (wholeResponseChars === undefined) return describeBody(responseBody, nature);
  const { mediaType = "" } = nature;
  return { mediaType, fields: [], characters: wholeResponseChars, cut: true };
}

/** A body that is there as a whole. */
export function describeBody(
  body: string,
  { mediaType = "", ofApi, redactor }: BodyNature,
): TracedBody {
  const base = { mediaType, fields: [], characters: body.length };
  if (mediaType.includes("x-www-form-urlencoded")) {
    const fields = parameterFields(new URLSearchParams(body), redactor);
    return { ...base, fields, text: formText(fields) };
  }
  const value = parseJson(body);
  if (typeof value !== "object" || value === null) return base;
  const shown = (ofApi ? redactor.apiJson(value) : redactor.json(value)) as object;
  const fields = Object.entries(shown).map(
    ([name, member]): Field => [name, typeof member === "string" ? member : JSON.stringify(member)],
  );
  return { ...base, fields, text: JSON.stringify(shown) };
}

/** What is told of a body that is not shown. */
export function sizeOf({ characters, cut }: TracedBody, { trace }: Texts): string {
  return cut ? trace.cut(characters) : trace.characters(characters);
}

/** Fields as a query or a form. */
export function formText(fields: readonly Field[]): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of fields) parameters.append(name, value);
  return parameters.toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
