// A run as an HTTP Archive 1.2 (http://www.softwareishard.com/blog/har-12-spec/), which a browser's developer tools import. Secrets are placeholders here too.
import { safeJson } from "../../terminal/safe-json.ts";
import { version } from "../../version.ts";
import type { Texts } from "../texts/texts.ts";
import { type Field, formText, type TracedBody } from "./body.ts";
import type { TracedMessage } from "./message.ts";
import type { TraceFormat } from "./trace-format.ts";
import type { TracedRun } from "./traced-run.ts";

/** The trace of --trace=har: nothing as it goes, one document at the end. */
export function createHarFormat(texts: Texts): TraceFormat {
  const notes: string[] = [];
  return {
    message: () => [],
    leftOut: () => [],
    note: (text) => {
      notes.push(text);
      return [];
    },
    end: (run) => [safeJson(toHar(run, { texts, notes }), 2)],
  };
}

/** The archive as a JSON value; `mark` is a remark on who made it, `notes` are what else must be known. */
export function toHar(
  { messages, failure }: TracedRun,
  {
    texts,
    mark,
    notes = [],
  }: { readonly texts: Texts; readonly mark?: string; readonly notes?: readonly string[] },
): object {
  const remarks = [...(failure ? [failure.message] : []), ...notes];
  return {
    log: {
      version: "1.2",
      creator: { name: "oauth-lab", version, ...(mark !== undefined && { comment: mark }) },
      pages: [],
      entries: messages.map((message) => entry(message, texts)),
      ...(remarks.length > 0 && { comment: remarks.join(" ") }),
    },
  };
}

function entry(message: TracedMessage, { purposes, trace }: Texts): object {
  const { startedAt, milliseconds = 0, channel, reference, refusal } = message;
  const why = refusal === undefined ? "" : `; ${trace.refused(refusal.message)}`;
  return {
    startedDateTime: new Date(startedAt).toISOString(),
    time: milliseconds,
    request: {
      method: message.method,
      url: url(message),
      ...head(message.requestHeaders),
      queryString: namedValues(message.query),
      ...(message.requestBody.characters > 0 && { postData: postData(message.requestBody) }),
    },
    response: response(message, trace),
    cache: {},
    timings: { send: 0, wait: milliseconds, receive: 0 },
    comment: `${purposes[message.purpose]} (${trace.channels[channel]}, ${reference})${why}`,
  };
}

/** What went through the browser has no answer that we saw: its status is 0, as in a browser's own archives. */
function response(
  { status = 0, responseHeaders, responseBody }: TracedMessage,
  { cut }: Texts["trace"],
): object {
  const { mediaType, characters, text } = responseBody;
  const location = responseHeaders.find(([name]) => name === "location");
  return {
    status,
    statusText: "",
    ...head(responseHeaders),
    content: {
      size: characters,
      mimeType: mediaType,
      ...(text !== undefined && { text }),
      ...(responseBody.cut && { comment: cut(characters) }),
    },
    redirectURL: location?.[1] ?? "",
  };
}

/** What requests and answers have in common. Sizes that are not known are -1. */
function head(headers: readonly Field[]): object {
  return {
    httpVersion: "HTTP/1.1",
    cookies: [],
    headers: namedValues(headers),
    headersSize: -1,
    bodySize: -1,
  };
}

function url({ address, query }: TracedMessage): string {
  const search = formText(query);
  return search === "" ? address : `${address}?${search}`;
}

/** The specification wants the parameters of a form or a text, not both. */
function postData({ mediaType, fields, text }: TracedBody): object {
  return mediaType.includes("x-www-form-urlencoded")
    ? { mimeType: mediaType, params: namedValues(fields) }
    : { mimeType: mediaType, text: text ?? "" };
}

function namedValues(fields: readonly Field[]): object[] {
  return fields.map(([name, value]) => ({ name, value }));
}
