// What a row of the command table holds.
import type { Context } from "../context.ts";

/** One option. Without `value` it is a flag; a name that begins with `no-` switches off what is on by default. */
export interface OptionRow {
  readonly name: string;
  readonly short?: string;
  /** The name by which code knows it, where that is not its own in camelCase. */
  readonly key?: string;
  /** What its value is called in the help. */
  readonly value?: string;
  /** It may be given more than once. */
  readonly many?: true;
  /** Its value is one of these. */
  readonly choices?: readonly string[];
  /** What it means alone; a value then has to follow after `=`, since the next word is none of it. */
  readonly alone?: string;
  /** Its value is a whole number, at most this. */
  readonly atMost?: number;
  readonly default?: number;
  readonly about: string;
}

/** What was typed, by the options' names in camelCase. */
export type Typed = Readonly<Record<string, unknown>>;

/** One command. */
export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** For programs, not for people: the help leaves it out. */
  readonly hidden?: true;
  /** The provider, where the command takes one. */
  readonly provider?: {
    readonly required: boolean;
    readonly about: string;
    /** What the help calls it where it is no provider. */
    readonly name?: string;
    /** What it may be, where that is known beforehand. */
    readonly choices?: readonly string[];
  };
  /** What stands after the provider, where the command takes that. */
  readonly argument?: { readonly name: string; readonly about: string; readonly optional?: true };
  /** What stands after `--`, where the command takes that. */
  readonly rest?: string;
  readonly options: readonly OptionRow[];
  /** What --json prints, by the names of its schemas in docs/schema; without it a failure is all that is JSON. */
  readonly json?: readonly string[];
  readonly examples?: readonly string[];
  /** Loads the command and runs it; a number is the exit code. */
  run(
    given: {
      readonly provider?: string;
      readonly argument?: string;
      readonly rest?: readonly string[];
      readonly options: Typed;
    },
    context: Context,
  ): Promise<unknown>;
}

/** The provider of a command that can do without its name. */
export const whose = {
  required: false,
  about: "whose credential; the only one there is if left out",
};
