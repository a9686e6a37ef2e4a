// The rows of the lab, and of what helps with the program itself.
import { maxSeconds } from "./global-options.ts";
import type { CommandRow } from "./row.ts";
import type { SandboxCommandOptions } from "./sandbox.ts";
import type { GlobalOptions } from "./session.ts";

/** The shells that there is completion for. */
export const completionShells = ["bash", "zsh", "fish", "powershell"] as const;

/** The rest of the commands. */
export const labRows: readonly CommandRow[] = [
  {
    name: "sandbox",
    summary: "run the embedded authorization server",
    description:
      "Run the embedded authorization server on 127.0.0.1 until Ctrl-C. `login sandbox` starts it by itself; this keeps it running.",
    options: [
      {
        name: "port",
        value: "port",
        atMost: 65_535,
        default: 9400,
        about: "where to listen; 0 takes a free port",
      },
      {
        name: "access-token-ttl",
        value: "seconds",
        atMost: maxSeconds,
        default: 3600,
        about: "how long its access tokens live",
      },
      { name: "as", value: "provider", about: "behave like github or google, on their paths" },
      {
        name: "fault",
        value: "name",
        about: "do one thing wrong, on purpose, to see what a client does",
      },
      { name: "list-faults", about: "what can be done wrong, and what each teaches" },
    ],
    json: ["sandbox", "faults"],
    examples: [
      "sandbox",
      "sandbox --port 0 --access-token-ttl 60",
      "sandbox --as github",
      "sandbox --fault wrong-state",
      "sandbox --list-faults",
    ],
    run: async ({ options }, context) =>
      (await import("./sandbox.ts")).sandbox(options as unknown as SandboxCommandOptions, context),
  },
  {
    name: "demo",
    summary: "the whole story against an embedded server, hands free",
    description:
      "Play a whole login, refresh and logout against an embedded server, with two attacks that fail. Needs no account, no browser and no network.",
    options: [
      {
        name: "attacks",
        about: "attack ourselves instead, with and without each defence: what it is for",
      },
    ],
    json: ["demo", "attacks"],
    examples: ["demo", "demo --attacks"],
    run: async ({ options }, context) =>
      options.attacks
        ? (await import("../lab/attacks/play.ts")).demoAttacks(
            options as unknown as GlobalOptions,
            context,
          )
        : (await import("../lab/demo.ts")).demo(options as unknown as GlobalOptions, context),
  },
  {
    name: "explain",
    summary: "the theory, one screen a topic; or an address or a JWT taken apart",
    description:
      "Explain a topic of OAuth on one screen; without one list the topics. An authorization URL, a redirect URL or a JWT is taken apart, offline, its secrets shortened; - reads it from stdin, so that it does not land in the shell's history.",
    provider: {
      required: false,
      name: "subject",
      about: "a topic, an address, a JWT, or - to read one from stdin",
    },
    options: [],
    json: ["topics", "topic", "anatomy"],
    examples: ["explain", "explain pkce", "explain -"],
    run: async ({ provider: subject, options }, context) =>
      (await import("./explain.ts")).explain(subject, options as unknown as GlobalOptions, context),
  },
  {
    name: "doctor",
    summary: "check what a login depends on, each with its repair",
    description:
      "Check Node, the configuration, the browser, the proxy, the certificates, the store and the keychain; with a provider its client, redirect URI, metadata and clock too. Shows no configured value. The exit code is 0, or that of the worst problem.",
    provider: { required: false, about: "whom to check too, which asks its server for the time" },
    options: [],
    json: ["doctor"],
    examples: ["doctor", "doctor sandbox --json"],
    run: async ({ provider, options }, context) =>
      (await import("./doctor.ts")).doctor(provider, options as unknown as GlobalOptions, context),
  },
  {
    name: "completion",
    summary: "print a script that completes command lines in your shell",
    description:
      "Print a script that completes commands, options, providers and profiles in bash, zsh, fish or PowerShell. It asks this program what could come next.",
    provider: {
      required: true,
      name: "shell",
      choices: completionShells,
      about: completionShells.join(", "),
    },
    options: [],
    examples: ["completion bash", "completion zsh", "completion fish"],
    run: async ({ provider: shell = "" }, context) =>
      (await import("./completion.ts")).completion(shell, context),
  },
  {
    name: "complete",
    hidden: true,
    summary: "what could stand at the end of a command line",
    description:
      "Print what could stand at the end of a command line. The completion scripts ask it.",
    rest: "words",
    options: [],
    run: async ({ rest = [] }, context) => (await import("./complete.ts")).complete(rest, context),
  },
];
