// --trace: runs a command with its traffic recorded and told on stderr, without its secrets. What cannot be shown safely is not shown at all.
import type { Context } from "../../context.ts";
import { OAuthLabError } from "../../errors.ts";
import { recordExchanges } from "../../http/trace.ts";
import type { Manner } from "../../terminal/terminal.ts";
import { Terminal } from "../../terminal/terminal.ts";
import type { Texts } from "../texts/texts.ts";
import { listChecks, type RunEvent } from "./checklist.ts";
import { diagramLines, usesUnicode } from "./diagram.ts";
import { describeExchange, describeFlowEvent, type TracedMessage } from "./message.ts";
import { Redactor } from "./redactor.ts";
import { checklistLines, messageLines, type Paint } from "./trace-text.ts";

/** Runs the command; each message is told when it has ended, the checklist at the end, also of a run that failed. */
export async function runTraced(
  command: (context: Context) => Promise<void>,
  { color, context, texts }: { color: boolean; context: Context; texts: Texts },
): Promise<void> {
  const manner: Manner = { quiet: false, json: false, color };
  const terminal = new Terminal(manner, context);
  const clearLine = context.stderr.isTTY ? "\r\u001b[K" : "";
  const trace = new Trace({
    // A prompt may stand there, waiting.
    write: (lines) => context.stderr.write(`${clearLine}${lines.join("\n")}\n`),
    paint: (style, text) => terminal.style(style, text),
    secrets: Object.entries(context.env),
    unicode: usesUnicode(context.env),
    texts,
  });
  const recorder = recordExchanges(context, (exchange) => trace.add(exchange));
  let failure: string | undefined;
  try {
    await command({
      ...inherit(context),
      fetch: recorder.fetch,
      trace: (event) => trace.add(event),
    });
  } catch (error) {
    failure = error instanceof OAuthLabError ? error.message : "It failed.";
    throw error;
  } finally {
    recorder.finish();
    trace.end(failure);
  }
}

/** The context with its getters: reading stdin here would open it. */
function inherit(context: Context): Context {
  return Object.create(Object.getPrototypeOf(context), Object.getOwnPropertyDescriptors(context));
}

const secretSetting = /_((?:CLIENT_)?SECRET|(?:REFRESH_|ACCESS_)?TOKEN|PASSPHRASE|PASSWORD)$/;

interface TraceParts {
  readonly write: (lines: readonly string[]) => void;
  readonly paint: Paint;
  /** Whether the terminal has box drawing characters. */
  readonly unicode: boolean;
  readonly texts: Texts;
  /** The environment: what stands in it under a secret's name is one. */
  readonly secrets: readonly (readonly [name: string, value: string | undefined])[];
  /** Takes the secrets out; another one is for tests. */
  readonly redactor?: Redactor;
}

/** Tells the events of one run. */
export class Trace {
  readonly #parts: TraceParts;
  readonly #redactor: Redactor;
  readonly #events: RunEvent[] = [];
  readonly #messages: TracedMessage[] = [];

  constructor(parts: TraceParts) {
    this.#parts = parts;
    this.#redactor = parts.redactor ?? new Redactor();
    for (const [name, value] of parts.secrets) {
      const [, field] = secretSetting.exec(name) ?? [];
      if (value && field) this.#redactor.hide(field.toLowerCase(), value);
    }
  }

  /** Tells one event. A failure in here shows nothing of the event and never disturbs the run. */
  add(event: RunEvent): void {
    this.#events.push(event);
    this.#safely(() => {
      const message = this.#describe(event);
      if (message === undefined) return [];
      const number = this.#messages.push(message);
      return messageLines(message, { number, paint: this.#parts.paint });
    });
  }

  /** Draws the run and tells what was checked in it. */
  end(failure?: string): void {
    const { paint, unicode, texts } = this.#parts;
    this.#safely(() => {
      const why = failure === undefined ? {} : { failure: this.#redactor.text(failure) };
      return diagramLines(this.#messages, { paint, unicode, texts, ...why });
    });
    this.#safely(() => checklistLines(listChecks(this.#events), paint));
  }

  #describe(event: RunEvent): TracedMessage | undefined {
    return event.kind === "http"
      ? describeExchange(event, this.#redactor)
      : describeFlowEvent(event, this.#redactor);
  }

  #safely(makeLines: () => readonly string[]): void {
    let lines: readonly string[];
    try {
      lines = makeLines();
    } catch {
      lines = ["    (A message that could not be made safe to show is left out.)"];
    }
    if (lines.length > 0) this.#parts.write(lines);
  }
}
