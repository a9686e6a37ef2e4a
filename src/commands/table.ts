// The command table: what can be typed, what it means, and what it runs. Help, errors and completion are made from it.
import type { Context } from "../context.ts";
import type { ApiOptions } from "./api.ts";
import type { ExecOptions } from "./exec.ts";
import type { LoginOptions } from "./login-options.ts";
import type { LogoutOptions } from "./logout.ts";
import { type RefreshOptions, refresh } from "./refresh.ts";
import type { SandboxCommandOptions } from "./sandbox.ts";
import type { GlobalOptions } from "./session.ts";
import type { StatusOptions } from "./status.ts";
import { type TokenOptions, token } from "./token.ts";

/** One option. Without `value` it is a flag; a name that begins with `no-` switches off what is on by default. */
export interface OptionRow {
  readonly name: string;
  readonly short?: string;
  /** The name by which code knows it, where that is not its own in camelCase. */
  readonly key?: string;
  /** What its value is called in the help. */
  readonly value?: string;
  /** It may be given more than once. */
  readonly many?: true;
  /** Its value is one of these. */
  readonly choices?: readonly string[];
  /** Its value is a whole number, at most this. */
  readonly atMost?: number;
  readonly default?: number;
  readonly about: string;
}

/** What was typed, by the options' names in camelCase. */
export type Typed = Readonly<Record<string, unknown>>;

/** One command. */
export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** For programs, not for people: the help leaves it out. */
  readonly hidden?: true;
  /** The provider, where the command takes one. */
  readonly provider?: {
    readonly required: boolean;
    readonly about: string;
    /** What the help calls it where it is no provider. */
    readonly name?: string;
    /** What it may be, where that is known beforehand. */
    readonly choices?: readonly string[];
  };
  /** What stands after the provider, where the command takes that. */
  readonly argument?: { readonly name: string; readonly about: string };
  /** What stands after `--`, where the command takes that. */
  readonly rest?: string;
  readonly options: readonly OptionRow[];
  readonly examples?: readonly string[];
  /** Loads the command and runs it; a number is the exit code. */
  run(
    given: {
      readonly provider?: string;
      readonly argument?: string;
      readonly rest?: readonly string[];
      readonly options: Typed;
    },
    context: Context,
  ): Promise<unknown>;
}

const maxSeconds = 10_000_000;

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
  { name: "trace", about: "tell each message on the way and what was checked, without secrets" },
];

const loginOptions: readonly OptionRow[] = [
  {
    name: "scope",
    value: "scopes",
    many: true,
    about: "what to ask for, instead of the configured scopes",
  },
  {
    name: "redirect-uri",
    value: "uri",
    about: "the registered redirect URI, instead of the configured one",
  },
  { name: "no-browser", about: "print the address, open nothing" },
  { name: "paste", about: "do not listen; the address is pasted" },
  { name: "device", about: "enter a code on any other device (RFC 8628)" },
  { name: "client-credentials", about: "sign in as the client itself, without a user" },
  {
    name: "param",
    value: "name=value",
    many: true,
    about: "extra parameters of the authorization request",
  },
  {
    name: "wait",
    value: "seconds",
    atMost: maxSeconds,
    about: "how long to wait for the approval (300)",
  },
];
const offline: OptionRow = {
  name: "offline",
  about: "ask for a refresh token, the provider's way",
};
const minTtl: OptionRow = {
  name: "min-ttl",
  value: "seconds",
  atMost: maxSeconds,
  default: 60,
  about: "how long it must still be good",
};
/** For a refresh token that is configured, not stored. */
const rotation: readonly OptionRow[] = [
  {
    name: "rotate-to",
    value: "command",
    about: "the command that gets the successor of <NAME>_REFRESH_TOKEN on stdin",
  },
  { name: "save", about: "store what came of <NAME>_REFRESH_TOKEN, and go on from that" },
  { name: "allow-rotation-loss", about: "use <NAME>_REFRESH_TOKEN even if its successor is lost" },
];

/** The forms in which a token can be printed. */
const tokenFormats = [
  "token",
  "json",
  "header",
  "env",
  "github-output",
  "authorized-user",
  "google-credentials",
] as const;
export type TokenFormat = (typeof tokenFormats)[number];
const tokenOutput: readonly OptionRow[] = [
  { name: "format", value: "name", choices: tokenFormats, about: "how the token is printed" },
  {
    name: "output",
    value: "file",
    about: "print to this file instead, which only you can read",
  },
];
const whose = { required: false, about: "whose credential; the only one there is if left out" };

/** The shells that there is completion for. */
export const completionShells = ["bash", "zsh", "fish", "powershell"] as const;

/** Every command, in the order of the help. */
export const commands: readonly CommandRow[] = [
  {
    name: "login",
    summary: "sign in: authorization code with PKCE, in the browser or by paste",
    description:
      "Sign in with the authorization code flow and PKCE. The provider is github, google, sandbox, a name with <NAME>_ISSUER configured, or an issuer URL.",
    provider: { required: true, about: "whom to sign in to" },
    options: [offline, ...loginOptions],
    examples: [
      "login github",
      "login google --offline",
      "login sandbox --paste",
      "login github --device",
      "login https://issuer.example --scope openid email",
    ],
    run: async ({ provider = "", options }, context) =>
      (await import("./login.ts")).login(provider, options as unknown as LoginOptions, context),
  },
  {
    name: "github-login",
    summary: "the same as login github",
    description: "Sign in to GitHub.",
    options: [offline, ...loginOptions],
    examples: ["github-login --scope read:user"],
    run: async ({ options }, context) =>
      (await import("./login.ts")).login("github", options as unknown as LoginOptions, context),
  },
  {
    name: "google-offline",
    summary: "the same as login google --offline",
    description: "Sign in to Google and get a refresh token.",
    options: loginOptions,
    examples: ["google-offline --paste"],
    run: async ({ options }, context) =>
      (await import("./login.ts")).login(
        "google",
        { ...(options as unknown as LoginOptions), offline: true },
        context,
      ),
  },
  {
    name: "logout",
    summary: "revoke at the provider, then delete here",
    description:
      "Revoke the credential at the provider, then delete it here; says how each half went.",
    provider: whose,
    options: [{ name: "local", about: "only delete it here" }],
    examples: ["logout github", "logout google --local"],
    run: async ({ provider, options }, context) =>
      (await import("./logout.ts")).logout(provider, options as unknown as LogoutOptions, context),
  },
  {
    name: "token",
    summary: "print a valid access token, refreshing it first if needed",
    description:
      "Print a valid access token and a newline, nothing else. It is refreshed first if it ends within --min-ttl.",
    provider: whose,
    options: [minTtl, ...tokenOutput, ...rotation],
    examples: [
      "token github",
      "token google --min-ttl 300",
      "token github --format header",
      "token google --format authorized-user --output adc.json",
    ],
    run: async ({ provider, options }, context) =>
      token(provider, options as unknown as TokenOptions, context),
  },
  {
    name: "refresh",
    summary: "exchange the refresh token now and save the result",
    description: "Exchange the refresh token now and save the result.",
    provider: whose,
    options: [
      { name: "all", about: "every credential that has a refresh token" },
      ...tokenOutput,
      ...rotation,
    ],
    examples: ["refresh google", "refresh --all"],
    run: async ({ provider, options }, context) =>
      refresh(provider, options as unknown as RefreshOptions, context),
  },
  {
    name: "exec",
    summary: "run a command with a valid access token in its environment",
    description:
      "Run a command with a valid access token in its environment, as <NAME>_ACCESS_TOKEN and ACCESS_TOKEN. Its exit code is ours. No refresh token, client secret or passphrase of ours gets there.",
    provider: whose,
    rest: "command",
    options: [minTtl, ...rotation],
    examples: [
      `exec github -- sh -c 'curl -H "Authorization: Bearer $ACCESS_TOKEN" https://api.github.com/user'`,
    ],
    run: async ({ provider, rest = [], options }, context) =>
      (await import("./exec.ts")).exec(
        { name: provider, command: rest },
        options as unknown as ExecOptions,
        context,
      ),
  },
  {
    name: "api",
    summary: "call the provider's API with a valid access token",
    description:
      "Call the provider's API with a valid access token and print the body of the answer. A path is looked up below GitHub's API, or <NAME>_API_URL; a whole address must be on an origin that the sign-in was for. Fields make it a POST of JSON, or with -X GET a query.",
    provider: { required: true, about: "whose API" },
    argument: { name: "path", about: "a path of the API, or a whole address" },
    options: [
      { name: "method", short: "X", value: "method", about: "the HTTP method" },
      {
        name: "raw-field",
        short: "f",
        value: "name=value",
        many: true,
        about: "a member of the body, as a string",
      },
      {
        name: "field",
        short: "F",
        value: "name=value",
        many: true,
        about: "the same, but true, false, null and whole numbers are what they look like",
      },
      { name: "header", short: "H", value: "name:value", many: true, about: "a header to send" },
      // --no-input is everywhere, and takes the plain key.
      {
        name: "input",
        key: "inputFile",
        value: "file",
        about: "the file to send as the body; - is stdin",
      },
      { name: "include", short: "i", about: "print the status and the headers too" },
      { name: "paginate", about: "follow the links to the next pages" },
      ...rotation,
    ],
    examples: [
      "api github user",
      "api github user/repos --paginate",
      "api github user -X PATCH -f bio=learning -F hireable=true",
    ],
    run: async ({ provider = "", argument = "", options }, context) =>
      (await import("./api.ts")).api(
        { name: provider, path: argument },
        options as unknown as ApiOptions,
        context,
      ),
  },
  {
    name: "whoami",
    summary: "ask the provider's API whose token this is",
    description: "Ask the provider's API whose token this is.",
    provider: whose,
    options: [],
    examples: ["whoami github", "whoami google --json"],
    run: async ({ provider, options }, context) =>
      (await import("./whoami.ts")).whoami(provider, options as unknown as GlobalOptions, context),
  },
  {
    name: "inspect",
    summary: "ask what the token is worth, and read the ID token",
    description:
      "Ask the provider what the stored access token is worth now (RFC 7662, Google's tokeninfo or GitHub's check), and take the stored ID token apart: verified where its signature is the provider's, else only decoded.",
    provider: whose,
    options: [],
    examples: ["inspect github", "inspect google --json"],
    run: async ({ provider, options }, context) =>
      (await import("./inspect.ts")).inspect(
        provider,
        options as unknown as GlobalOptions,
        context,
      ),
  },
  {
    name: "status",
    summary: "what is stored, where and until when; no network, no secrets",
    description: "Show what is stored, where and until when. Uses no network and shows no secrets.",
    options: [{ name: "check", about: "exit with 4 if a credential needs a new login" }],
    examples: ["status", "status --check --quiet"],
    run: async ({ options }, context) =>
      (await import("./status.ts")).status(options as unknown as StatusOptions, context),
  },
  {
    name: "providers",
    summary: "what is known of each provider, and what to register there",
    description:
      "Tell what is known of the providers: endpoints, the redirect URI to register, where to register it, and how they depart from the standards. Uses no network.",
    provider: { required: false, about: "whom to tell everything about" },
    options: [],
    examples: ["providers", "providers github", "providers google --json"],
    run: async ({ provider, options }, context) =>
      (await import("./providers.ts")).providers(
        provider,
        options as unknown as GlobalOptions,
        context,
      ),
  },
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
    options: [],
    examples: ["demo"],
    run: async ({ options }, context) =>
      (await import("../lab/demo.ts")).demo(options as unknown as GlobalOptions, context),
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
