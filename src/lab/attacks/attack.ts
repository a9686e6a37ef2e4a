// What an attack of `demo --attacks` is: it is played twice, against somebody without the defence and against somebody with it.
import type { Sandbox } from "../../sandbox/server.ts";
import type { Reference, TopicName } from "../topics/topic.ts";
import type { OwnProgram } from "./own-program.ts";
import type { Program } from "./program.ts";

/** Where an attack is played. Every part of it is real and runs; a test may put a careless one in a careful one's place. */
export interface Scene {
  /** A client with every check: oauth-lab itself. */
  readonly carefulProgram: () => Program;
  /** oauth-lab, with what it has stored. */
  readonly ownProgram: () => OwnProgram;
  /** A client that takes every answer for its own. */
  readonly carelessProgram: (manner?: { readonly usesPkce: boolean }) => Program;
  /** Demands PKCE, takes a code once, replaces refresh tokens. */
  readonly carefulServer: Sandbox;
  /** Does none of the three. */
  readonly carelessServer: Sandbox;
  readonly fetch: typeof globalThis.fetch;
}

/** What was seen of one playing. */
export interface Observation {
  /** The requests that matter, each with its answer, without a secret. */
  readonly requests: readonly string[];
  /** What came of it, in whole sentences. */
  readonly outcome: string;
  /** Whether the attacker got what the attack is for. */
  readonly succeeded: boolean;
}

/** One attack. */
export interface Attack {
  readonly name: string;
  readonly title: string;
  /** What the attacker does, and what for. */
  readonly how: string;
  /** Who has no defence, as a sentence. */
  readonly careless: string;
  /** What stops it, as a sentence. */
  readonly defence: string;
  readonly references: readonly Reference[];
  /** The topic that says more. */
  readonly explain: TopicName;
  withoutDefence(scene: Scene): Promise<Observation>;
  withDefence(scene: Scene): Promise<Observation>;
}
