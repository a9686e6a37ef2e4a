// token: a valid access token and a newline on stdout, nothing else. One that is good is printed without loading the protocol.
import type { Context } from "../context.ts";
import { describeToken } from "./credential-json.ts";
import { theOnlyKey } from "./only-key.ts";
import { refreshKey } from "./refresh.ts";
import { type GlobalOptions, openSession } from "./session.ts";

/** The options of `token`. */
export interface TokenOptions extends GlobalOptions {
  readonly minTtl: number;
}

/** Prints an access token that is good for more than `--min-ttl` seconds, refreshing first if it takes that. */
export async function token(
  name: string | undefined,
  options: TokenOptions,
  context: Context,
): Promise<void> {
  const session = await openSession(options, context);
  const key = await theOnlyKey(name, session);
  const need = { force: false, minTtlSeconds: options.minTtl };
  const result = await refreshKey(key, need, session);
  if (result.outcome === "kept") {
    session.terminal.warn(`It was not refreshed and ends soon. ${result.failure.message}`);
  }
  const { credential } = result;
  if (options.json) session.terminal.json(describeToken(credential, context.clock.now()));
  else session.terminal.result(credential.accessToken.reveal());
}
