// docs/commands.md: the reference, written by the command table. `npx vitest run test/docs/manual.test.ts -u` writes it anew.
import { globalOptions } from "../src/commands/global-options.ts";
import { type CommandEntry, commandEntries, type Entry, optionEntry } from "./manual.ts";

/** The document. */
export function formatCommandsDocument(): string {
  const entries = commandEntries();
  return [
    "# Commands",
    "Written by the command table; `oauth-lab <command> --help` says the same.",
    ["| command | does |", "|---|---|", ...entries.map(formatSummary)].join("\n"),
    "The options that [every command takes](#everywhere), the [exit codes](configuration.md#exit-codes), and what [the environment](configuration.md) configures.",
    ...entries.flatMap(formatCommand),
    "## Everywhere",
    formatEntries(globalOptions.map(optionEntry)),
    "With `--json` a failure is [one document](schema/error.schema.json) too, the last line on stderr.\n",
  ].join("\n\n");
}

function formatSummary({ name, summary }: CommandEntry): string {
  return `| [\`${name}\`](#${name}) | ${escapeMarks(summary)} |`;
}

function formatCommand({ name, usage, description, entries, examples, json }: CommandEntry) {
  const schemas = json.map((schema) => `[\`${schema}\`](schema/${schema}.schema.json)`);
  return [
    `## ${name}`,
    `\`\`\`text\n${usage}\n\`\`\``,
    escapeMarks(description),
    ...(entries.length > 0 ? [formatEntries(entries)] : []),
    ...(schemas.length > 0 ? [`With \`--json\` it prints ${schemas.join(" or ")}.`] : []),
    ...(examples.length > 0 ? [`\`\`\`sh\n${examples.join("\n")}\n\`\`\``] : []),
  ];
}

function formatEntries(entries: readonly Entry[]): string {
  const rows = entries.map(
    ({ typed, about }) => `| \`${typed.replaceAll("|", "\\|")}\` | ${escapeMarks(about)} |`,
  );
  return ["| | |", "|---|---|", ...rows].join("\n");
}

/** Angle brackets are no HTML here. */
function escapeMarks(text: string): string {
  return text.replaceAll("|", "\\|").replace(/<(\w+)>/g, "\\<$1>");
}
