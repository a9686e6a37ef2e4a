// Where a token goes with --format and --output. What can be known to fail is refused before a refresh token is spent on it.
import { constants } from "node:fs";
import { resolve } from "node:path";
import { rehearseWrite, writeFileAtomically } from "../credentials/atomic-file.ts";
import type { Credential, CredentialKey } from "../credentials/credential.ts";
import { openOwnedWrite } from "../credentials/leftovers.ts";
import { errnoOf, storeError } from "../credentials/store-error.ts";
import { OAuthLabError } from "../errors.ts";
import { checkBinding } from "../flow/binding.ts";
import { resolveProvider } from "../providers/known.ts";
import { readRegistration } from "../registration.ts";
import type { Secret } from "../secret.ts";
import { sanitise } from "../terminal/sanitise.ts";
import { readApiVersion } from "./kubernetes.ts";
import { maskInLog } from "./log-masks.ts";
import type { GlobalOptions, Session } from "./session.ts";
import { formats } from "./token-format.ts";
import type { TokenFormat } from "./token-rows.ts";

/** How a command prints a token. */
export interface TokenOutputOptions extends GlobalOptions {
  readonly format?: TokenFormat;
  readonly output?: string;
}

/** A place that has been looked at, and takes one text. */
type Write = (text: string) => Promise<void>;

/** Carry the refresh token and the client's secret, and are read by Google's libraries, which send both to Google and to nobody else. */
const googleFormats: ReadonlySet<TokenFormat> = new Set(["authorized-user", "google-credentials"]);
/** Carry what outlives the access token by far. */
const longLivedFormats: ReadonlySet<TokenFormat> = new Set([...googleFormats, "refresh-token"]);
const rehearsalBytes = 16_384;

/** Checks the form and the place, and gives what prints a credential there. Throws `usage` for what does not go together, `store` for a file that cannot be written. */
export async function openTokenOutput(
  key: CredentialKey,
  options: TokenOutputOptions,
  session: Session,
): Promise<(credential: Credential) => Promise<void>> {
  const format = options.format ?? (options.json ? "json" : "token");
  const client = googleFormats.has(format) ? readClient(key, format, session) : undefined;
  const apiVersion = format.startsWith("kubectl") ? readApiVersion(session.context.env) : undefined;
  const write = await openPlace(format, options, session);
  return async (credential) => {
    if (client) checkBinding(credential.binding, client);
    const now = session.context.clock.now();
    const { clientSecret } = client ?? {};
    maskInLog(longLivedSecrets({ format, credential, clientSecret }), session.context);
    await write(formats[format]({ credential, now, clientSecret, apiVersion }));
  };
}

/** What a form prints beside the access token, which is masked when it is got. */
function longLivedSecrets({
  format,
  credential: { idToken, refreshToken },
  clientSecret,
}: {
  readonly format: TokenFormat;
  readonly credential: Credential;
  readonly clientSecret: Secret | undefined;
}): Secret[] {
  const printed = [
    ...(format === "kubectl" ? [idToken] : []),
    ...(longLivedFormats.has(format) ? [refreshToken, clientSecret] : []),
  ];
  return printed.filter((secret) => secret !== undefined);
}

function readClient(
  key: CredentialKey,
  format: TokenFormat,
  { settings }: Session,
): { issuer: string; clientId: string; clientSecret?: Secret } {
  const provider = resolveProvider(key.provider, settings);
  if (provider.name !== "google") {
    throw new OAuthLabError({
      kind: "usage",
      code: "format_unsuitable",
      message: `--format ${format} is for google: whoever reads it sends the refresh token to Google.`,
      hint: `Use --format json for ${sanitise(key.provider, 200)}.`,
    });
  }
  const { clientId, clientSecret } = readRegistration(provider, settings);
  return { issuer: provider.issuer, clientId, ...(clientSecret && { clientSecret }) };
}

function openPlace(
  format: TokenFormat,
  { output }: TokenOutputOptions,
  { context }: Session,
): Promise<Write> | Write {
  if (format === "github-output") return openGitHubOutput(output, context);
  if (output !== undefined) return openFile(resolve(context.workingFolder, output), context);
  if (longLivedFormats.has(format) && context.stdout.isTTY) {
    throw new OAuthLabError({
      kind: "usage",
      code: "secret_on_terminal",
      message: `--format ${format} carries the refresh token, which does not belong on a screen.`,
      hint: "Add --output FILE, or pipe it to where it is needed.",
    });
  }
  return async (text) => context.stdout.write(text);
}

/** A file of mode 0600, replaced whole. Only a plain file is: /dev/stdout or a link must not become one. */
async function openFile(path: string, context: Session["context"]): Promise<Write> {
  const { files } = context;
  const shown = sanitise(path, 400);
  try {
    if (!(await files.lstat(path)).isFile()) throw notPlain(shown);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw storeError(error, { doing: "look at", path: shown });
  }
  const place = await openOwnedWrite(path, context);
  await rehearseWrite({ ...place, data: Buffer.alloc(rehearsalBytes) });
  return (data) => writeFileAtomically({ ...place, data });
}

function notPlain(path: string): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "output_not_a_file",
    message: `${path} is not a plain file, so it was not replaced.`,
    hint: "Name a file that is new or may be replaced; leave --output out to print to stdout.",
  });
}

/** The file that the runner names: each line that is appended becomes an output of the step. */
async function openGitHubOutput(
  output: string | undefined,
  { env, files }: Session["context"],
): Promise<Write> {
  const path = env.GITHUB_OUTPUT;
  if (!path || output !== undefined) {
    throw new OAuthLabError({
      kind: "usage",
      code: "github_output_missing",
      message: path
        ? "--format github-output writes to the file that GITHUB_OUTPUT names, not to --output."
        : "GITHUB_OUTPUT is not set, so there is no step to give an output to.",
      hint: "Use it in a step of a GitHub Actions job, without --output.",
    });
  }
  const append = async (text: string): Promise<void> => {
    try {
      // Not created: the runner made it, and reads no other.
      const handle = await files.open(path, constants.O_WRONLY | constants.O_APPEND);
      await handle.writeFile(text).finally(() => handle.close());
    } catch (error) {
      throw storeError(error, { doing: "write to", path: sanitise(path, 400) });
    }
  };
  await append("");
  return append;
}
