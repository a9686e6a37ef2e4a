// oauth-lab alone in a terminal: greets, offers what there is, registers a client where one is needed, and starts the command.
import { readCommandLine } from "../command-line.ts";
import type { Context } from "../context.ts";
import { Questions, type Reading } from "../first-run/questions.ts";
import { isConfigured, registerKnown, registerOther, type Walk } from "../first-run/register.ts";
import { canPrompt } from "../flow/paste.ts";
import { runCommand } from "../run-command.ts";
import { readSettings } from "../settings.ts";
import { Terminal } from "../terminal/terminal.ts";
import { version } from "../version.ts";

/** Whether a person sits there who can be asked: never in a pipe, never in CI. */
export function canGreet(context: Context): boolean {
  const { stdout, env } = context;
  return canPrompt(context) && stdout.isTTY && !env.CI && env.TERM !== "dumb";
}

/** One thing to do. */
interface Choice {
  readonly title: string;
  readonly about: string;
  /** Does what comes first, and gives the command line to run then. */
  readonly prepare: (walk: Walk) => Promise<string[]>;
}

/** Greets, and gives the exit code of what was chosen; 0 where nothing was. */
export async function firstRun(context: Context): Promise<number> {
  const terminal = new Terminal({ quiet: false, json: false, color: true }, context);
  const settings = await readSettings({}, context);
  const walk: Walk = { settings, terminal, context };
  const choices = listChoices(walk);
  greet(choices, terminal);
  const choice = await new Questions(context, terminal).ask({
    label: `1 to ${choices.length} (Enter for 1, q to leave)`,
    read: (answer) => readChoice(answer, choices),
  });
  if (choice === undefined || choice === "leave") return 0;
  const args = await choice.prepare(walk);
  terminal.say(`\n${terminal.style("dim", "$")} oauth-lab ${args.join(" ")}`);
  const line = readCommandLine(args);
  if (line === undefined) throw new Error("a command line that the table does not know");
  return runCommand(line.command, line, context);
}

function listChoices({ settings }: Walk): Choice[] {
  const known = (name: "github" | "google", login: string): Omit<Choice, "title"> => {
    const configured = isConfigured(name, settings);
    return {
      about: configured ? "sign in: its client is configured" : "register a client, then sign in",
      prepare: async (walk) => {
        if (!configured) await registerKnown(name, walk);
        return login.split(" ");
      },
    };
  };
  return [
    {
      title: "Demo",
      about: "watch a whole login on this computer, hands free",
      prepare: async () => ["demo"],
    },
    {
      title: "Sandbox",
      about: "sign in yourself, to a server on this computer",
      prepare: async () => ["login", "sandbox"],
    },
    { title: "GitHub", ...known("github", "login github") },
    { title: "Google", ...known("google", "google-offline") },
    {
      title: "Another",
      about: "any other provider, by the address of its issuer",
      prepare: async (walk) => ["login", await registerOther(walk)],
    },
  ];
}

function greet(choices: readonly Choice[], terminal: Terminal): void {
  terminal.say(
    `${terminal.style("bold", `oauth-lab ${version}`)}  get an OAuth 2.0 token the right way, and see every step\n`,
  );
  for (const [index, { title, about }] of choices.entries()) {
    terminal.say(`  ${terminal.style("cyan", String(index + 1))}  ${title.padEnd(9)}${about}`);
  }
  terminal.say("\n  `oauth-lab --help` lists all commands, `oauth-lab explain` the theory.\n");
}

function readChoice(answer: string, choices: readonly Choice[]): Reading<Choice | "leave"> {
  if (/^q(uit)?$/i.test(answer)) return { value: "leave" };
  const choice = choices[Number(answer || "1") - 1];
  if (choice !== undefined) return { value: choice };
  return { problem: `enter a number from 1 to ${choices.length}, or q.` };
}
