// A command line as a report may show it: what was typed, without values that could be a secret.
import { optionKey } from "../../command-line.ts";
import { globalOptions } from "../../commands/global-options.ts";
import type { CommandRow, OptionRow, Typed } from "../../commands/row.ts";
import { sanitise } from "../../terminal/sanitise.ts";

/** Options whose free text says what was asked for. */
const tellingOptions = new Set(["scope", "redirect-uri", "profile"]);
const longest = 120;

/** The command line; `…` stands for what is left out. */
export function commandText(row: CommandRow, given: Parameters<CommandRow["run"]>[0]): string {
  const { provider, argument, rest, options } = given;
  const named = row.provider?.name === undefined;
  return [
    "oauth-lab",
    row.name,
    ...(provider === undefined ? [] : [named ? providerText(provider) : "…"]),
    ...(argument === undefined ? [] : ["…"]),
    ...[...row.options, ...globalOptions].flatMap((option) => optionText(option, options)),
    ...(rest !== undefined && rest.length > 0 ? ["-- …"] : []),
  ].join(" ");
}

/** An issuer's URL may carry a password. */
function providerText(provider: string): string {
  if (!URL.canParse(provider)) return sanitise(provider, longest);
  const { origin, pathname } = new URL(provider);
  return sanitise(origin + pathname, longest);
}

function optionText(option: OptionRow, options: Typed): string[] {
  const { name, value, alone, choices, atMost } = option;
  const typed = options[optionKey(option)];
  if (name === "report" || typed === undefined || typed === option.default) return [];
  if (name.startsWith("no-")) return typed === false ? [`--${name}`] : [];
  if (value === undefined) return [`--${name}`];
  if (typed === alone) return [`--${name}`];
  const isTelling = choices !== undefined || atMost !== undefined || tellingOptions.has(name);
  const text = isTelling ? sanitise([typed].flat().join(" "), longest) : "…";
  return [alone === undefined ? `--${name} ${text}` : `--${name}=${text}`];
}
