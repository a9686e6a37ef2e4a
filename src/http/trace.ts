// Copies what goes over the wire, for `--trace`. It changes nothing, reads nothing ahead of its reader, and shows nothing: the copy is full of secrets.
import type { Context } from "../context.ts";

/** The most that is kept of one body, in characters. */
const maxKeptChars = 64 * 1024;

/** One request and what came back. Bodies are text; of an answer the beginning, up to the cap. */
export interface HttpExchange {
  readonly kind: "http";
  readonly method: string;
  readonly url: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly requestBody: string;
  /** Undefined where no answer came. */
  readonly status?: number;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly responseBody: string;
  /** The length of the answer, in characters, where only its beginning is kept. */
  readonly wholeResponseChars?: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** From the request to the end of the answer, or to where it broke off. */
  readonly milliseconds: number;
}

/** A fetch whose exchanges can be looked at. */
export interface Recorder {
  readonly fetch: Context["fetch"];
  /** Hands over what is still under way, as it stands. */
  finish(): void;
}

/** Records each exchange of the context's fetch and hands it over when its answer ends, or fails. */
export function recordExchanges(
  context: Pick<Context, "fetch" | "clock">,
  onExchange: (exchange: HttpExchange) => void,
): Recorder {
  const open = new Set<() => void>();
  return {
    fetch: async (input, init) => {
      const pending = new Pending({ input, init, context, onExchange, open });
      try {
        return pending.tap(await context.fetch(input, init));
      } catch (error) {
        pending.end();
        throw error;
      }
    },
    finish: () => {
      for (const end of open) end();
    },
  };
}

interface PendingParts {
  readonly input: Parameters<Context["fetch"]>[0];
  readonly init: RequestInit | undefined;
  readonly context: Pick<Context, "clock">;
  readonly onExchange: (exchange: HttpExchange) => void;
  readonly open: Set<() => void>;
}

/** An exchange whose answer has not ended. */
class Pending {
  readonly #parts: PendingParts;
  readonly #startedAt: number;
  readonly #end = (): void => this.end();
  #answer: Response | undefined;
  #body = "";
  #chars = 0;

  constructor(parts: PendingParts) {
    this.#parts = parts;
    this.#startedAt = parts.context.clock.now();
    parts.open.add(this.#end);
  }

  /** The same answer; what is read of it is copied. */
  tap(answer: Response): Response {
    this.#answer = answer;
    if (answer.body === null) {
      this.end();
      return answer;
    }
    const decoder = new TextDecoder();
    const reader = answer.body.getReader();
    const copy = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const { done, value } = await reader.read().catch((error: unknown) => {
            this.end();
            throw error;
          });
          if (done) {
            this.end();
            controller.close();
            return;
          }
          this.#keep(decoder.decode(value, { stream: true }));
          controller.enqueue(value);
        },
        cancel: (reason) => {
          this.end();
          return reader.cancel(reason);
        },
      },
      { highWaterMark: 0 },
    );
    const { status, statusText, headers } = answer;
    return new Response(copy, { status, statusText, headers });
  }

  #keep(text: string): void {
    this.#chars += text.length;
    this.#body += text.slice(0, maxKeptChars - this.#body.length);
  }

  end(): void {
    const { input, init, context, onExchange, open } = this.#parts;
    if (!open.delete(this.#end)) return;
    onExchange({
      kind: "http",
      method: init?.method ?? "GET",
      url: input instanceof Request ? input.url : String(input),
      requestHeaders: Object.fromEntries(new Headers(init?.headers)),
      requestBody: bodyText(init?.body),
      ...(this.#answer && { status: this.#answer.status }),
      responseHeaders: Object.fromEntries(this.#answer?.headers ?? []),
      responseBody: this.#body,
      ...(this.#chars > this.#body.length && { wholeResponseChars: this.#chars }),
      startedAt: this.#startedAt,
      milliseconds: context.clock.now() - this.#startedAt,
    });
  }
}

function bodyText(body: unknown): string {
  return typeof body === "string" || body instanceof URLSearchParams ? String(body) : "";
}
