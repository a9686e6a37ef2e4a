// The lab report of a run: what was done, by whom, what was said, what was checked, and the theory to read it by. Pure; gets redacted messages only.
import type { Language } from "../../commands/global-options.ts";
import { version } from "../../version.ts";
import type { Texts } from "../texts/texts.ts";
import type { TopicName, TopicText } from "../topics/topic.ts";
import { toMermaid } from "../trace/mermaid.ts";
import { toSequence } from "../trace/sequence.ts";
import type { TracedRun } from "../trace/traced-run.ts";
import { clientBlocks } from "./client.ts";
import {
  type Block,
  outside,
  plainText,
  type ReportDocument,
  type Section,
  type Text,
} from "./document.ts";
import type { Facts } from "./facts.ts";
import { failureText } from "./failure-text.ts";
import { stepBlocks } from "./steps.ts";
import { toSvg } from "./svg.ts";
import { checkBlocks, formatTime, secretBlocks, tokenBlocks } from "./tables.ts";
import { type FlowName, theoryBlocks } from "./theory.ts";

/** What a report is made of. */
export interface ReportParts {
  readonly run: TracedRun;
  /** What is not in it. */
  readonly notes: readonly string[];
  readonly facts: Facts;
  /** The command line, as it may be shown. */
  readonly command: string;
  readonly language: Language;
  readonly texts: Texts;
  readonly topicTexts: Readonly<Record<TopicName, TopicText>>;
  readonly includesIdentity: boolean;
  /** Node's version. */
  readonly nodeVersion: string;
}

/** The report, before it is Markdown or HTML. */
export function buildReport(parts: ReportParts): ReportDocument {
  const { texts, facts, run } = parts;
  const { report } = texts;
  const flow = flowOf(run);
  const provider = facts.opened?.provider.label ?? report.someServer;
  const bodies = sectionBodies(parts, flow);
  const ids = Object.keys(bodies) as (keyof typeof bodies)[];
  const sections = ids.flatMap((id): Section[] =>
    bodies[id].length === 0 ? [] : [{ id, title: report.sections[id], blocks: bodies[id] }],
  );
  return {
    language: parts.language,
    title: report.title,
    subtitle: report.summaries[flow ?? "none"](provider),
    introduction: [report.madeBy(version), report.placeholders],
    contents: report.contents,
    sections,
  };
}

function sectionBodies(
  parts: ReportParts,
  flow: FlowName | undefined,
): Record<keyof Texts["report"]["sections"], Block[]> {
  const { run, notes, facts, texts, topicTexts, includesIdentity } = parts;
  const requestedScopes = facts.opened?.registration.scopes.join(" ") ?? "";
  const isSignIn = flow === "code" || flow === "device";
  const hasIdToken = facts.tokens.some(({ kind }) => kind === "id_token");
  return {
    done: doneBlocks(parts),
    client: clientBlocks(parts),
    diagram: diagramBlocks(parts),
    steps: [
      ...stepBlocks(run.messages, { texts, includesIdentity }),
      ...notes.map((text): Block => ({ kind: "paragraph", text })),
    ],
    secrets: secretBlocks(run.messages, texts),
    checks: flow === undefined ? [] : checkBlocks(run.checks, texts),
    tokens:
      flow === undefined ? [] : tokenBlocks(facts.tokens, { texts, requestedScopes, isSignIn }),
    identity: includesIdentity ? identityBlocks(parts) : [],
    theory: flow === undefined ? [] : theoryBlocks(flow, { texts, topicTexts, hasIdToken }),
  };
}

/** The first that stands among the purposes says what a run was for. */
const flows = [
  ["authorization-request", "code"],
  ["device-code", "device"],
  ["client-credentials", "client"],
  ["refresh", "renew"],
  ["revoke", "revoke"],
  ["introspect", "inspect"],
  ["use-token", "use"],
] as const;

function flowOf({ messages }: TracedRun): FlowName | undefined {
  const purposes = new Set(messages.map(({ purpose }) => purpose));
  return flows.find(([purpose]) => purposes.has(purpose))?.[1];
}

function doneBlocks({ run, command, texts, nodeVersion }: ReportParts): Block[] {
  const { done } = texts.report;
  const { startedAt, endedAt, exitCode, failure, messages } = run;
  const seconds = ((endedAt - startedAt) / 1000).toFixed(1);
  const why: Text[][] =
    failure === undefined
      ? []
      : [[done.reason, [failureText(failure, texts), " ", outside(failure.code)]]];
  const rows: Text[][] = [
    [done.command, outside(command)],
    [done.started, formatTime(startedAt)],
    [done.took, done.seconds(seconds)],
    [done.messages, String(messages.length)],
    [done.outcome, exitCode === 0 ? done.success : done.failure(exitCode)],
    ...why,
    [done.software, `oauth-lab ${version}, Node.js ${nodeVersion}`],
  ];
  return [{ kind: "table", look: "facts", rows }];
}

function diagramBlocks({ run, texts }: ReportParts): Block[] {
  const { diagram } = texts.report;
  const why = run.failure && { failure: diagram.ended(plainText(failureText(run.failure, texts))) };
  const sequence = toSequence(run.messages, { texts, ...why });
  if (sequence.lines.length === 0) return [{ kind: "paragraph", text: diagram.empty }];
  return [
    { kind: "diagram", svg: toSvg(sequence, texts), mermaid: toMermaid(sequence, texts) },
    { kind: "paragraph", text: diagram.legend },
  ];
}

function identityBlocks({ facts, texts }: ReportParts): Block[] {
  const { claim, value } = texts.report.identity;
  const rows = [...facts.identity].map(([name, text]) => [outside(name), outside(text)]);
  return rows.length === 0 ? [] : [{ kind: "table", look: "grid", head: [claim, value], rows }];
}
