// The man page in the man(7) language, from the command table and from the tables of docs/configuration.md. build.mjs writes it beside the program.
import { globalOptions } from "../src/commands/global-options.ts";
import { type CommandEntry, commandEntries, type Entry, optionEntry } from "./manual.ts";
import { rowsUnder } from "./markdown-table.ts";

/** The page; `configuration` is the text of docs/configuration.md. */
export function formatManPage({
  version,
  configuration,
}: {
  readonly version: string;
  readonly configuration: string;
}): string {
  const table = (heading: string) => rowsUnder(heading, configuration);
  const codes = table("Exit codes").map(([code = "", kind = "", when = ""]) => ({
    typed: kind === "" ? code : `${code} (${kind})`,
    about: when,
  }));
  const keys = ["A provider", "oauth-lab itself", "Proxies and certificate authorities"]
    .flatMap(table)
    .map(([key = "", about = ""]) => ({ typed: key, about }));
  return [
    `.TH OAUTH\\-LAB 1 "" "oauth\\-lab ${version}" "User Commands"`,
    // An option that is broken over two lines cannot be copied.
    ".nh",
    ".SH NAME",
    "oauth\\-lab \\- an OAuth 2.0 client for the terminal",
    ".SH SYNOPSIS",
    ".B oauth\\-lab",
    ".I command",
    "[\\fIprovider\\fR] [\\fIoptions\\fR]",
    ".SH DESCRIPTION",
    prose(description),
    ".SH COMMANDS",
    ...commandEntries().flatMap(formatCommand),
    ".SH OPTIONS",
    "Every command takes these.",
    ...globalOptions.map(optionEntry).flatMap(formatEntry),
    ".SH EXIT STATUS",
    ...codes.flatMap(formatEntry),
    ".SH ENVIRONMENT",
    prose(environment),
    ...keys.flatMap(formatEntry),
    ".SH FILES",
    ...files.flatMap(formatEntry),
    ".SH EXAMPLES",
    ...examples.flatMap(({ typed, about }) => [prose(about), ...literal([typed]), ".PP"]),
    "The exit code says what to do next; docs/scripting.md of the source has more.",
    ".SH SEE ALSO",
    prose("RFC 6749 (OAuth 2.0), RFC 7636 (PKCE), RFC 8252 (native apps), RFC 9700 (security)."),
    "",
  ].join("\n");
}

const description =
  "Signs in to GitHub, Google or any OpenID Connect provider with the authorization code flow and PKCE, keeps the tokens safe and fresh, and hands them to scripts. The result goes to stdout, everything else to stderr.";
const environment =
  "A value is taken from the environment, else from the file of --env-file or ./.env, else from .env in the folder of oauth-lab. <NAME> is GITHUB, GOOGLE, another provider's name in capitals, or one of your choice.";
const files: readonly Entry[] = [
  {
    typed: "$XDG_STATE_HOME/oauth-lab, ~/.local/state/oauth-lab",
    about:
      "The stored credentials, one file each, readable by their user only; sealed with a key from the keychain or with OAUTH_LAB_PASSPHRASE. On macOS ~/Library/Application Support/oauth-lab, on Windows %LOCALAPPDATA%\\oauth-lab.",
  },
  { typed: ".env", about: "What is configured, in the current folder or in the folder above." },
];
const examples: readonly Entry[] = [
  { typed: "oauth-lab demo", about: "Watch a whole login, no account needed:" },
  { typed: "oauth-lab login github", about: "Sign in:" },
  {
    typed: "oauth-lab token github --format header |\n  curl -sS -H @- https://api.github.com/user",
    about: "Use the token, without showing it in the list of processes:",
  },
];

function formatCommand({ usage, description: text, entries, examples: lines }: CommandEntry) {
  return [
    `.SS ${roff(usage.replace(/^oauth-lab /, ""))}`,
    prose(text),
    ...entries.flatMap(formatEntry),
    ...(lines.length > 0 ? [".PP", "Examples:", ...literal(lines)] : []),
  ];
}

function formatEntry({ typed, about }: Entry): string[] {
  return [".TP", `.B ${roff(plain(typed))}`, prose(about)];
}

function literal(lines: readonly string[]): string[] {
  return [
    ".PP",
    ".nf",
    ".RS 4",
    ...lines.flatMap((line) => line.split("\n")).map(roff),
    ".RE",
    ".fi",
  ];
}

/** Running text, a line for each sentence as the language wants it. */
function prose(text: string): string {
  return plain(text)
    .split(/(?<=[.:]) (?=[A-Z])/)
    .map(roff)
    .join("\n");
}

/** Without the marks of Markdown. */
function plain(text: string): string {
  return text.replace(/\[([^\]]+)\]\([^)]+\)/g, "$1").replaceAll("`", "");
}

/** Text as it stands: no request at its beginning, no escape in it, hyphens that can be copied. */
function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("…", "...")
    .replace(
      /[^\0-\x7f]/gu,
      (character) =>
        `\\[u${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}]`,
    )
    .replace(/^([.'])/, "\\&$1");
}
