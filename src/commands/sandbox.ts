// sandbox: runs the embedded authorization server until it is interrupted. Its address is the result.
import type { Context } from "../context.ts";
import { sandboxStateFile } from "../sandbox/ensure.ts";
import { startSandbox } from "../sandbox/server.ts";
import { type GlobalOptions, openSession } from "./session.ts";

/** The options of `sandbox`. */
export interface SandboxCommandOptions extends GlobalOptions {
  readonly port: number;
  readonly accessTokenTtl: number;
}

/** Serves until the run is ended; that end is a success. */
export async function sandbox(options: SandboxCommandOptions, context: Context): Promise<void> {
  const { settings, terminal } = await openSession(options, context);
  const server = await startSandbox({
    port: options.port,
    ...(options.port !== 0 && { stateFile: sandboxStateFile(settings.home, options.port) }),
    accessTokenTtlSeconds: options.accessTokenTtl,
    context,
  });
  try {
    if (options.json) terminal.json({ version: 1, issuer: server.issuer, port: server.port });
    else terminal.result(server.issuer);
    if (server.movedAsideStateFile) {
      terminal.warn(
        `The sandbox's state could not be read and was moved to ${server.movedAsideStateFile}.`,
      );
    }
    terminal.say("The sandbox is running. Users: ada, grace. Stop it with Ctrl-C.");
    const where = server.port === 9400 ? "" : `SANDBOX_ISSUER=${server.issuer} `;
    terminal.say(`Sign in from another terminal: ${where}oauth-lab login sandbox`);
    await untilAborted(context.signal);
    terminal.say("Stopped.");
  } finally {
    await server.close();
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
