// explain: the theory, one screen a topic; or a redirect URL, an authorization URL or a JWT taken apart, offline.
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { openPaste } from "../flow/paste.ts";
import { takeApart } from "../lab/anatomy/anatomy.ts";
import type { Anatomy } from "../lab/anatomy/part.ts";
import { formatReference, loadTopics, topicLines, topicList } from "../lab/explain-topic.ts";
import { isTopic, type TopicCatalogue, type TopicName, topics } from "../lab/topics/topic.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { wrap } from "../terminal/wrap.ts";
import { createTerminal, type GlobalOptions, mayAsk } from "./session.ts";

/** Explains a topic, an address or a token; without a subject lists the topics; `-` reads one line from stdin, so that no secret lands in the shell's history. */
export async function explain(
  subject: string | undefined,
  options: GlobalOptions,
  context: Context,
): Promise<void> {
  const terminal = createTerminal(options, context);
  if (subject === undefined) return listTopics(await loadTopics(options.lang), terminal);
  if (isTopic(subject)) {
    return showTopic(subject, { catalogue: await loadTopics(options.lang), terminal });
  }
  const text = subject === "-" ? await readSubject(options, context) : subject;
  const anatomy = takeApart(text, context.clock.now());
  if (anatomy === undefined) throw unknownSubject(text);
  if (terminal.manner.json) terminal.json({ version: 1, ...anatomy });
  else showAnatomy(anatomy, terminal);
  if (subject !== "-" && anatomy.kind !== "authorization-url") {
    terminal.say("\nIt now stands in the shell's history. Next time: oauth-lab explain -");
  }
}

function listTopics(catalogue: TopicCatalogue, terminal: Terminal): void {
  if (terminal.manner.json) {
    const names = Object.keys(topics) as TopicName[];
    const listed = names.map((name) => ({ name, title: catalogue.topics[name].title }));
    terminal.json({ version: 1, topics: listed });
    return;
  }
  terminal.result(topicList(catalogue).join("\n"));
  terminal.say(`\n${catalogue.labels.howToShow}`);
  terminal.say(catalogue.labels.howToPaste);
}

function showTopic(
  name: TopicName,
  { catalogue, terminal }: { catalogue: TopicCatalogue; terminal: Terminal },
): void {
  const { command, references } = topics[name];
  if (terminal.manner.json) {
    const { title, paragraphs } = catalogue.topics[name];
    terminal.json({
      version: 1,
      topic: name,
      title,
      paragraphs,
      command: `oauth-lab ${command}`,
      references: references.map(formatReference),
    });
    return;
  }
  const [title = "", ...lines] = topicLines(name, catalogue);
  terminal.result([terminal.styleResult("bold", title), ...lines].join("\n"));
}

function showAnatomy({ title, parts, notes }: Anatomy, terminal: Terminal): void {
  const lines = parts.flatMap(({ name, value, meaning }) => [
    `  ${terminal.styleResult("cyan", name)}  ${value}`,
    ...(meaning === "" ? [] : [`      ${terminal.styleResult("dim", meaning)}`]),
  ]);
  const remarks = notes.flatMap((note) =>
    wrap(note, 74).map((line, index) => `${index === 0 ? "  ! " : "    "}${line}`),
  );
  terminal.result([terminal.styleResult("bold", title), ...lines, "", ...remarks].join("\n"));
}

async function readSubject(options: GlobalOptions, context: Context): Promise<string> {
  if (!mayAsk(options, context)) throw inputForbidden();
  const paste = openPaste(context);
  try {
    return (await paste.next()) ?? "";
  } finally {
    paste.close();
  }
}

function inputForbidden(): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "input_forbidden",
    message: "`explain -` reads stdin, and --no-input or CI forbids to ask.",
    hint: "Leave out --no-input; in a CI job pipe it to stdin.",
  });
}

/** What was given may be a token: only a plain word is repeated. */
function unknownSubject(text: string): OAuthLabError {
  const word = /^[a-z-]{1,30}$/.test(text) ? `There is no topic ${text}.` : undefined;
  return new OAuthLabError({
    kind: "usage",
    code: "nothing_to_explain",
    message: word ?? "This is no topic, no authorization or redirect URL, and no JWT.",
    hint: word
      ? "`oauth-lab explain` lists the topics."
      : "Give the whole address, in quotes. An opaque token says nothing to a client.",
  });
}
