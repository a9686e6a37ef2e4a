// exec: runs a command with a valid access token in its environment, and with none of our long-term secrets. Its exit code is ours.
import type { Context } from "../context.ts";
import { printableToken } from "../flow/tokens.ts";
import { sanitise } from "../terminal/sanitise.ts";
import { withoutSecrets } from "./child-environment.ts";
import { boundTokenNote, refreshKey } from "./fresh-credential.ts";
import type { RotationOptions } from "./given-token.ts";
import { theOnlyKey } from "./only-key.ts";
import { type GlobalOptions, openSession } from "./session.ts";
import { tokenVariables } from "./token-format.ts";

/** The options of `exec`. */
export interface ExecOptions extends GlobalOptions, RotationOptions {
  readonly minTtl: number;
}

/** What the shell says of a command that it does not find, or cannot start. */
const notFound = 127;
const notStarted = 126;

/** Runs it and gives its exit code; 127 where there is no such command. */
export async function exec(
  { name, command }: { readonly name: string | undefined; readonly command: readonly string[] },
  options: ExecOptions,
  context: Context,
): Promise<number> {
  const session = await openSession(options, context);
  const { terminal } = session;
  const key = await theOnlyKey(name, session);
  const need = { force: false, minTtlSeconds: options.minTtl, rotation: options };
  const result = await refreshKey(key, need, session);
  if (result.outcome === "kept") {
    terminal.warn(`It was not refreshed and ends soon. ${result.failure.message}`);
  }
  if (result.credential.proofKey) terminal.warn(boundTokenNote);
  const token = printableToken(result.credential);
  const variables = tokenVariables(key.provider).map((variable) => [variable, token]);
  const [program = "", ...args] = command;
  const env = { ...withoutSecrets(context.env), ...Object.fromEntries(variables) };
  context.signal.throwIfAborted();
  const end = await context.runChild({ program, args, env });
  if ("exitCode" in end) return end.exitCode;
  const missing = end.problem === "ENOENT";
  terminal.fail({
    kind: "usage",
    code: missing ? "command_not_found" : "command_not_started",
    message: `The command ${sanitise(program, 200)} ${missing ? "was not found" : `could not be started (${end.problem})`}.`,
    hint: "Check its name and PATH.",
  });
  return missing ? notFound : notStarted;
}
