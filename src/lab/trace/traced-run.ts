// What happened in a run, described without its secrets once it has ended.
import type { Failure } from "../../errors.ts";
import type { Texts } from "../texts/texts.ts";
import type { Check } from "./check.ts";
import { listChecks } from "./checklist.ts";
import { describeMoment, type Moment, redactFailure, type TracedMessage } from "./message.ts";
import type { Redactor } from "./redactor.ts";

/** A run that has ended. Times are milliseconds since 1970. */
export interface TracedRun {
  readonly messages: readonly TracedMessage[];
  readonly checks: readonly Check[];
  readonly startedAt: number;
  readonly endedAt: number;
  readonly exitCode: number;
  /** Why it failed; undefined where it did not. */
  readonly failure?: Failure;
}

/** How a run ended. `at` is in milliseconds since 1970. */
export interface RunEnd {
  readonly at: number;
  readonly exitCode: number;
  readonly failure?: Failure;
}

/** What a run is described from. */
export interface RunRecord {
  readonly moments: readonly Moment[];
  /** When it began, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly redactor: Redactor;
  readonly texts: Texts;
}

/** The run as it may be shown. Everything is gone through twice: a secret may be quoted before the message in which it is known as one. */
export function describeRun(
  { moments, startedAt, redactor, texts }: RunRecord,
  { at, exitCode, failure }: RunEnd,
): TracedRun {
  describeAll(moments, redactor);
  const events = moments.map(({ event }) => event);
  return {
    messages: describeAll(moments, redactor),
    checks: listChecks(events, texts),
    startedAt,
    endedAt: at,
    exitCode,
    ...(failure && { failure: redactFailure(failure, redactor) }),
  };
}

/** What cannot be made safe to show is left out. */
function describeAll(moments: readonly Moment[], redactor: Redactor): TracedMessage[] {
  return moments.flatMap((moment) => {
    try {
      return describeMoment(moment, redactor) ?? [];
    } catch {
      return [];
    }
  });
}

const secretSetting = /_((?:CLIENT_)?SECRET|(?:REFRESH_|ACCESS_)?TOKEN|PASSPHRASE|PASSWORD)$/;

/** Teaches a redactor the secrets of the environment, by the names of its variables. */
export function hideSettings(
  redactor: Redactor,
  env: Readonly<Record<string, string | undefined>>,
): void {
  for (const [name, value] of Object.entries(env)) {
    const [, field] = secretSetting.exec(name) ?? [];
    if (value && field) redactor.hide(field.toLowerCase(), value);
  }
}
