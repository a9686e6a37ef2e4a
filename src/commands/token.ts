// token: a valid access token and a newline on stdout, nothing else. One that is good is printed without loading the protocol.
import type { Context } from "../context.ts";
import type { Credential, CredentialKey } from "../credentials/credential.ts";
import { printableToken } from "../flow/tokens.ts";
import { boundTokenNote, refreshKey } from "./fresh-credential.ts";
import type { RotationOptions } from "./given-token.ts";
import { theOnlyKey } from "./only-key.ts";
import { openSession, type Session } from "./session.ts";
import type { TokenOutputOptions } from "./token-output.ts";

/** The options of `token`. */
export interface TokenOptions extends TokenOutputOptions, RotationOptions {
  readonly minTtl: number;
}

/** Prints an access token that is good for more than `--min-ttl` seconds, refreshing first if it takes that. */
export async function token(
  name: string | undefined,
  options: TokenOptions,
  context: Context,
): Promise<void> {
  // kubectl runs us in whatever folder its user is in, and nobody reads what is told there.
  const foreignFolder = options.format?.startsWith("kubectl") === true;
  const session = await openSession({ ...options, foreignFolder }, context);
  const key = await theOnlyKey(name, session);
  const print = await openPrinter(key, options, session);
  const need = { force: false, minTtlSeconds: options.minTtl, rotation: options };
  const result =
    options.format === "kubectl"
      ? await (await import("./kubernetes.ts")).refreshIdToken(key, need, session)
      : await refreshKey(key, need, session);
  if (result.outcome === "kept") {
    session.terminal.warn(`It was not refreshed and ends soon. ${result.failure.message}`);
  }
  await print(result.credential);
  // What kubectl takes is the ID token, which is bound to nothing.
  if (result.credential.proofKey && options.format !== "kubectl")
    session.terminal.warn(boundTokenNote);
}

/** What prints the token as the options want it; the plain ways load nothing. */
async function openPrinter(
  key: CredentialKey,
  options: TokenOutputOptions,
  session: Session,
): Promise<(credential: Credential) => void | Promise<void>> {
  if (options.format !== undefined || options.output !== undefined) {
    return (await import("./token-output.ts")).openTokenOutput(key, options, session);
  }
  const { terminal, context } = session;
  if (!options.json) return (credential) => terminal.result(printableToken(credential));
  const { describeToken } = await import("./credential-json.ts");
  return (credential) => terminal.json(describeToken(credential, context.clock.now()));
}
