// The theory that a run needs: the topics of `explain` that belong to what happened in it.
import { formatReference } from "../explain-topic.ts";
import type { Texts } from "../texts/texts.ts";
import { type TopicName, type TopicText, topics } from "../topics/topic.ts";
import type { Block } from "./document.ts";

/** What a run was, by its most telling message. */
export type FlowName = Exclude<keyof Texts["report"]["summaries"], "none">;

const topicsOf: Readonly<Record<FlowName, readonly TopicName[]>> = {
  code: [
    "roles",
    "authorization-code",
    "front-and-back-channel",
    "state",
    "pkce",
    "redirect-uri",
    "scopes",
    "refresh-token",
    "client-credentials",
  ],
  device: ["roles", "device-code", "scopes", "refresh-token", "client-credentials"],
  client: ["roles", "client-credentials", "scopes"],
  renew: ["roles", "refresh-token", "scopes", "tokens-at-rest"],
  inspect: ["roles", "scopes", "tokens-at-rest"],
  revoke: ["roles", "refresh-token", "tokens-at-rest"],
  use: ["roles", "scopes", "front-and-back-channel"],
};

/** The topics as blocks. */
export function theoryBlocks(
  flow: FlowName,
  {
    texts,
    topicTexts,
    hasIdToken,
  }: {
    texts: Texts;
    topicTexts: Readonly<Record<TopicName, TopicText>>;
    hasIdToken: boolean;
  },
): Block[] {
  const { about, read } = texts.report.theory;
  const names = [...topicsOf[flow], ...(hasIdToken ? (["id-token", "nonce"] as const) : [])];
  return [
    { kind: "paragraph", text: about },
    ...names.flatMap((name) => topicBlocks(name, { text: topicTexts[name], read })),
  ];
}

function topicBlocks(
  name: TopicName,
  { text: { title, paragraphs }, read }: { text: TopicText; read: string },
): Block[] {
  const references = topics[name].references.map(formatReference).join("; ");
  return [
    { kind: "heading", level: 3, text: title },
    ...paragraphs.reduce<Block[]>(addParagraph, []),
    { kind: "paragraph", text: `${read} ${references}.` },
  ];
}

/** Paragraphs that begin with a space stand as they are, neighbours in one block. */
function addParagraph(blocks: Block[], text: string): Block[] {
  if (!text.startsWith(" ")) return [...blocks, { kind: "paragraph", text }];
  const last = blocks.at(-1);
  return last?.kind === "verbatim"
    ? [...blocks.slice(0, -1), { kind: "verbatim", lines: [...last.lines, text] }]
    : [...blocks, { kind: "verbatim", lines: [text] }];
}
