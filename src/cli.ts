// The command table, and the one catch: error -> message -> exit code. Each command is loaded when it runs.
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { Context } from "./context.ts";
import { exitCodes, type Failure, OAuthLabError } from "./errors.ts";
import { sanitise } from "./terminal/sanitise.ts";
import { Terminal } from "./terminal/terminal.ts";
import { version } from "./version.ts";

/** Runs one command line (without `node` and the program's path) and gives its exit code. Prints every failure itself; never throws. */
export async function run(argv: readonly string[], context: Context): Promise<number> {
  try {
    await createProgram(argv, context).parseAsync(argv, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    return report(error, { argv, context });
  }
}

/** Prints the failure of a run. Anything that is not ours is a bug, whose own text may hold a secret and is not shown. */
function report(
  error: unknown,
  { argv, context }: { argv: readonly string[]; context: Context },
): number {
  const failure: Failure =
    error instanceof OAuthLabError
      ? error
      : context.signal.reason instanceof OAuthLabError
        ? context.signal.reason
        : unexpected(error);
  terminalFor(argv, context).fail(failure);
  return exitCodes[failure.kind];
}

/** Where a failure goes before the options are parsed, or when they cannot be. */
function terminalFor(argv: readonly string[], context: Context): Terminal {
  const manner = {
    quiet: false,
    json: argv.includes("--json"),
    color: !argv.includes("--no-color"),
  };
  return new Terminal(manner, context);
}

function unexpected(error: unknown): Failure {
  const name = error instanceof Error ? error.name : typeof error;
  const place =
    error instanceof Error ? /\(?([\w.-]+:\d+:\d+)\)?$/m.exec(error.stack ?? "")?.[1] : undefined;
  return {
    kind: "bug",
    code: "unexpected",
    message: `Something went wrong in oauth-lab itself (${sanitise(name, 40)}${place ? ` at ${place}` : ""}).`,
    hint: "Please report it with the command that you ran and `oauth-lab --version`.",
  };
}

function createProgram(argv: readonly string[], context: Context): Command {
  const program = new Command("oauth-lab")
    .description(
      "Get an OAuth 2.0 token the right way, see every step, keep it safe, hand it to scripts.",
    )
    .version(version, "-V, --version", "show the version")
    .helpOption("-h, --help", "show help")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => Math.min(context.stdout.columns ?? 80, 100),
      getErrHelpWidth: () => Math.min(context.stderr.columns ?? 80, 100),
      outputError: (text) => {
        const message = text.trim().replace(/^error: /, "");
        const hint = "Run `oauth-lab --help` to see what there is.";
        terminalFor(argv, context).fail({
          kind: "usage",
          code: "arguments",
          message: sanitise(message, 400),
          hint,
        });
      },
    })
    .showHelpAfterError(false)
    .addHelpText("after", helpEnd);
  addLoginCommands(program, context);
  addTokenCommands(program, context);
  addLabCommands(program, context);
  for (const command of program.commands) addGlobalOptions(command);
  return program;
}

const helpEnd = `
Examples:
  oauth-lab demo                        watch a whole login, no account needed
  oauth-lab login sandbox               sign in to the embedded server yourself
  oauth-lab login github                sign in to GitHub
  TOKEN=$(oauth-lab token github)       a valid access token for a script

Exit codes: 0 done, 2 usage, 3 unusable answer, 4 login required, 5 refused,
6 unsafe, 7 unavailable, 8 store, 130 interrupted. A client is configured in
the environment or in .env; see .env.example.`;

function addLoginCommands(program: Command, context: Context): void {
  const login = program
    .command("login")
    .summary("sign in: authorization code with PKCE, in the browser or by paste")
    .description(
      "Sign in with the authorization code flow and PKCE. The provider is github, google, sandbox, a name with <NAME>_ISSUER configured, or an issuer URL.",
    )
    .argument("<provider>", "whom to sign in to")
    .addHelpText(
      "after",
      examples(
        "login github",
        "login google --offline",
        "login sandbox --paste",
        "login https://issuer.example --scope openid email",
      ),
    );
  addLoginOptions(login.option("--offline", "ask for a refresh token, the provider's way")).action(
    async (provider: string, options) =>
      (await import("./commands/login.ts")).login(provider, options, context),
  );
  addLoginOptions(
    program
      .command("github-login")
      .summary("the same as login github")
      .description("Sign in to GitHub."),
  )
    .option("--offline", "ask for an expiring token with a refresh token")
    .action(async (options) =>
      (await import("./commands/login.ts")).login("github", options, context),
    );
  addLoginOptions(
    program
      .command("google-offline")
      .summary("the same as login google --offline")
      .description("Sign in to Google and get a refresh token."),
  ).action(async (options) =>
    (await import("./commands/login.ts")).login("google", { ...options, offline: true }, context),
  );
  program
    .command("logout")
    .summary("revoke at the provider, then delete here")
    .description(
      "Revoke the credential at the provider, then delete it here; says how each half went.",
    )
    .argument("[provider]", "whose credential")
    .option("--local", "only delete it here")
    .action(async (provider: string | undefined, options) =>
      (await import("./commands/logout.ts")).logout(provider, options, context),
    );
}

function addTokenCommands(program: Command, context: Context): void {
  program
    .command("token")
    .summary("print a valid access token, refreshing it first if needed")
    .description(
      "Print a valid access token and a newline, nothing else. It is refreshed first if it ends within --min-ttl.",
    )
    .argument("[provider]", "whose token; the only one there is if left out")
    .addOption(
      new Option("--min-ttl <seconds>", "how long it must still be good")
        .argParser(wholeNumber)
        .default(60),
    )
    .addHelpText("after", examples("token github", "token google --min-ttl 300"))
    .action(async (provider: string | undefined, options) =>
      (await import("./commands/token.ts")).token(provider, options, context),
    );
  program
    .command("refresh")
    .summary("exchange the refresh token now and save the result")
    .description("Exchange the refresh token now and save the result.")
    .argument("[provider]", "whose token")
    .option("--all", "every credential that has a refresh token")
    .action(async (provider: string | undefined, options) =>
      (await import("./commands/refresh.ts")).refresh(provider, options, context),
    );
  program
    .command("whoami")
    .summary("ask the provider's API whose token this is")
    .description("Ask the provider's API whose token this is.")
    .argument("[provider]", "whose token")
    .action(async (provider: string | undefined, options) =>
      (await import("./commands/whoami.ts")).whoami(provider, options, context),
    );
  program
    .command("status")
    .summary("what is stored, where and until when; no network, no secrets")
    .description("Show what is stored, where and until when. Uses no network and shows no secrets.")
    .option("--check", "exit with 4 if a credential needs a new login")
    .action(async (options) => (await import("./commands/status.ts")).status(options, context));
}

function addLabCommands(program: Command, context: Context): void {
  program
    .command("sandbox")
    .summary("run the embedded authorization server")
    .description(
      "Run the embedded authorization server on 127.0.0.1 until Ctrl-C. `login sandbox` starts it by itself; this keeps it running.",
    )
    .addOption(
      new Option("--port <port>", "where to listen; 0 takes a free port")
        .argParser(portNumber)
        .default(9400),
    )
    .addOption(
      new Option("--access-token-ttl <seconds>", "how long its access tokens live")
        .argParser(wholeNumber)
        .default(3600),
    )
    .action(async (options) => (await import("./commands/sandbox.ts")).sandbox(options, context));
  program
    .command("demo")
    .summary("the whole story against an embedded server, hands free")
    .description(
      "Play a whole login, refresh and logout against an embedded server, with two attacks that fail. Needs no account, no browser and no network.",
    )
    .action(async (options) => (await import("./lab/demo.ts")).demo(options, context));
}

function addLoginOptions(command: Command): Command {
  return command
    .option("--scope <scopes...>", "what to ask for, instead of the configured scopes")
    .option("--redirect-uri <uri>", "the registered redirect URI, instead of the configured one")
    .option("--no-browser", "print the address, open nothing")
    .option("--paste", "do not listen; the address is pasted")
    .option("--param <name=value...>", "extra parameters of the authorization request")
    .addOption(
      new Option("--wait <seconds>", "how long to wait for the approval")
        .argParser(wholeNumber)
        .default(300),
    );
}

function addGlobalOptions(command: Command): void {
  command
    .optionsGroup("Everywhere:")
    .option("--profile <name>", "one of several credentials at a provider")
    .option("--json", "one JSON document on stdout, errors as JSON on stderr")
    .option("--env-file <path>", "the file to configure from, instead of ./.env")
    .option("--no-input", "never ask, never read stdin")
    .addOption(
      new Option("--timeout <seconds>", "the limit of one request")
        .argParser(wholeNumber)
        .default(30),
    )
    .option("-q, --quiet", "only what must be seen")
    .option("--no-color", "no colours");
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  oauth-lab ${line}`).join("\n")}`;
}

function wholeNumber(text: string): number {
  const seconds = Number(text);
  if (/^\d{1,8}$/.test(text) && seconds <= 10_000_000) return seconds;
  throw new InvalidArgumentError("It takes a whole number.");
}

function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("It takes a port from 0 to 65535.");
}
