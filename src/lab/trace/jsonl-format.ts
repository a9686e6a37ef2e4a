// A trace for programs: one JSON object a line. docs/schema/trace.schema.json describes each.
import { safeJson } from "../../terminal/safe-json.ts";
import type { Texts } from "../texts/texts.ts";
import type { Field, TracedBody } from "./body.ts";
import type { TraceFormat } from "./trace-format.ts";

/** The trace of --trace=jsonl: messages as they end, then the checks, then how the run ended. */
export function createJsonlFormat({ purposes }: Texts): TraceFormat {
  return {
    message: (message, number) => [
      line("message", {
        number,
        channel: message.channel,
        purpose: message.purpose,
        title: purposes[message.purpose],
        reference: message.reference,
        from: message.from,
        to: message.to,
        method: message.method,
        url: message.address,
        query: namedValues(message.query),
        request_headers: namedValues(message.requestHeaders),
        request_body: body(message.requestBody),
        status: message.status ?? null,
        response_headers: namedValues(message.responseHeaders),
        response_body: body(message.responseBody),
        refusal: message.refusal?.message ?? null,
        started_at: new Date(message.startedAt).toISOString(),
        milliseconds: message.milliseconds ?? null,
      }),
    ],
    leftOut: () => [line("left-out", {})],
    note: (text) => [line("note", { text })],
    end: ({ checks, exitCode, failure }) => [
      ...checks.map((check) => line("check", check)),
      line("end", {
        exit_code: exitCode,
        error: failure === undefined ? null : { ...failure, hint: failure.hint ?? null },
      }),
    ],
  };
}

function line(type: string, members: object): string {
  return safeJson({ version: 1, type, ...members });
}

function namedValues(fields: readonly Field[]): object[] {
  return fields.map(([name, value]) => ({ name, value }));
}

function body({ mediaType, fields, text, characters, cut = false }: TracedBody): object | null {
  if (characters === 0) return null;
  return {
    media_type: mediaType,
    characters,
    cut,
    shown: text !== undefined,
    fields: namedValues(fields),
  };
}
