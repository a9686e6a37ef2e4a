// The rows of the commands that hand a token out or use it.
import type { ApiOptions } from "./api.ts";
import type { ExecOptions } from "./exec.ts";
import { maxSeconds } from "./global-options.ts";
import type { RefreshOptions } from "./refresh.ts";
import { type CommandRow, type OptionRow, whose } from "./row.ts";
import { type TokenOptions, token } from "./token.ts";

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
  "refresh-token",
  "kubectl",
  "kubectl-access-token",
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

/** token, refresh, exec, api. */
export const tokenRows: readonly CommandRow[] = [
  {
    name: "token",
    summary: "print a valid access token, refreshing it first if needed",
    description:
      "Print a valid access token and a newline, nothing else. It is refreshed first if it ends within --min-ttl.",
    provider: whose,
    options: [minTtl, ...tokenOutput, ...rotation],
    json: ["token"],
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
    json: ["token", "tokens"],
    examples: ["refresh google", "refresh --all"],
    run: async ({ provider, options }, context) =>
      (await import("./refresh.ts")).refresh(
        provider,
        options as unknown as RefreshOptions,
        context,
      ),
  },
  {
    name: "exec",
    summary: "run a command with a valid access token in its environment",
    description:
      "Run a command with a valid access token in its environment, as <NAME>_ACCESS_TOKEN and ACCESS_TOKEN. Its exit code is ours. No refresh token, client secret or passphrase of ours gets there.",
    provider: whose,
    rest: "command",
    options: [minTtl, ...rotation],
    examples: ["exec github -- sh -c 'GH_TOKEN=$ACCESS_TOKEN gh api user'"],
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
];
