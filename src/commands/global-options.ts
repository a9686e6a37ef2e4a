// The options that every command takes.
import type { OptionRow } from "./row.ts";

/** The greatest number of seconds that an option takes: some 115 days. */
export const maxSeconds = 10_000_000;

/** The languages that the lab's texts are in. */
const languages = ["en", "ru"] as const;
export type Language = (typeof languages)[number];

/** The options that every command takes. */
export const globalOptions: readonly OptionRow[] = [
  { name: "profile", value: "name", about: "one of several credentials at a provider" },
  { name: "json", about: "one JSON document on stdout, errors as JSON on stderr" },
  { name: "env-file", value: "path", about: "the file to configure from, instead of ./.env" },
  { name: "no-input", about: "never ask, never read stdin" },
  {
    name: "timeout",
    value: "seconds",
    atMost: maxSeconds,
    default: 30,
    about: "the limit of one request",
  },
  { name: "quiet", short: "q", about: "only what must be seen" },
  { name: "no-color", about: "no colours" },
  {
    name: "trace",
    value: "format",
    choices: ["text", "jsonl", "har"],
    alone: "text",
    about: "tell each message on the way and what was checked, without secrets",
  },
  {
    name: "report",
    value: "file",
    about: "write what happened as a lab report: .md, .html or .har",
  },
  { name: "include-identity", about: "say in the report whose token it is" },
  {
    name: "lang",
    value: "language",
    choices: languages,
    about: "the language of explain's topics, of --trace and of --report",
  },
];
