// The command table: what can be typed, what it means, and what it runs. Help, errors and completion are made from it.
import type { Context } from "../context.ts";
import type { LoginOptions } from "./login.ts";
import type { LogoutOptions } from "./logout.ts";
import type { RefreshOptions } from "./refresh.ts";
import type { SandboxCommandOptions } from "./sandbox.ts";
import type { GlobalOptions } from "./session.ts";
import type { StatusOptions } from "./status.ts";
import type { TokenOptions } from "./token.ts";

/** One option. Without `value` it is a flag; a name that begins with `no-` switches off what is on by default. */
export interface OptionRow {
  readonly name: string;
  readonly short?: string;
  /** What its value is called in the help. */
  readonly value?: string;
  /** It may be given more than once. */
  readonly many?: true;
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
  /** The provider, where the command takes one. */
  readonly provider?: { readonly required: boolean; readonly about: string };
  readonly options: readonly OptionRow[];
  readonly examples?: readonly string[];
  /** Loads the command and runs it. */
  run(
    given: { readonly provider?: string; readonly options: Typed },
    context: Context,
  ): Promise<void>;
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
const whose = { required: false, about: "whose credential; the only one there is if left out" };

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
    options: [
      {
        name: "min-ttl",
        value: "seconds",
        atMost: maxSeconds,
        default: 60,
        about: "how long it must still be good",
      },
    ],
    examples: ["token github", "token google --min-ttl 300"],
    run: async ({ provider, options }, context) =>
      (await import("./token.ts")).token(provider, options as unknown as TokenOptions, context),
  },
  {
    name: "refresh",
    summary: "exchange the refresh token now and save the result",
    description: "Exchange the refresh token now and save the result.",
    provider: whose,
    options: [{ name: "all", about: "every credential that has a refresh token" }],
    examples: ["refresh google", "refresh --all"],
    run: async ({ provider, options }, context) =>
      (await import("./refresh.ts")).refresh(
        provider,
        options as unknown as RefreshOptions,
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
    name: "status",
    summary: "what is stored, where and until when; no network, no secrets",
    description: "Show what is stored, where and until when. Uses no network and shows no secrets.",
    options: [{ name: "check", about: "exit with 4 if a credential needs a new login" }],
    examples: ["status", "status --check --quiet"],
    run: async ({ options }, context) =>
      (await import("./status.ts")).status(options as unknown as StatusOptions, context),
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
    ],
    examples: ["sandbox", "sandbox --port 0 --access-token-ttl 60"],
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
];
