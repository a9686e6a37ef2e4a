// sandbox: runs the embedded authorization server until it is interrupted. Its address is the result.
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { sandboxStateFile } from "../sandbox/ensure.ts";
import type { Fault } from "../sandbox/faults/fault.ts";
import { faults, findFault } from "../sandbox/faults/list.ts";
import { findPersonality, personalities } from "../sandbox/personalities/list.ts";
import type { Personality } from "../sandbox/personalities/personality.ts";
import { type Sandbox, startSandbox } from "../sandbox/server.ts";
import { sanitise } from "../terminal/sanitise.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { wrap } from "../terminal/wrap.ts";
import { type GlobalOptions, openSession } from "./session.ts";

/** The options of `sandbox`. */
export interface SandboxCommandOptions extends GlobalOptions {
  readonly port: number;
  readonly accessTokenTtl: number;
  readonly as?: string;
  readonly fault?: string;
  readonly listFaults?: boolean;
}

/** Serves until the run is ended; that end is a success. */
export async function sandbox(options: SandboxCommandOptions, context: Context): Promise<void> {
  const { settings, terminal } = await openSession(options, context);
  if (options.listFaults) return listFaults(terminal);
  const fault = options.fault === undefined ? undefined : chosenFault(options.fault);
  const personality = chosenPersonality(options.as);
  const server = await startSandbox({
    port: options.port,
    ...(options.port !== 0 && { stateFile: sandboxStateFile(settings.home, options.port) }),
    accessTokenTtlSeconds: options.accessTokenTtl,
    ...(fault && { fault }),
    ...(personality && { personality }),
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
    if (fault) terminal.say(`It does one thing wrong, on purpose: ${fault.name}. ${fault.teaches}`);
    terminal.say("The sandbox is running. Users: ada, grace. Stop it with Ctrl-C.");
    for (const line of howToSignIn(server, personality)) terminal.say(line);
    await untilAborted(context.signal);
    terminal.say("Stopped.");
  } finally {
    await server.close();
  }
}

function howToSignIn({ port, issuer }: Sandbox, personality: Personality | undefined): string[] {
  if (personality === undefined) {
    const where = port === 9400 ? "" : `SANDBOX_ISSUER=${issuer} `;
    return [`Sign in from another terminal: ${where}oauth-lab login sandbox`];
  }
  const settings = Object.entries(personality.settings(issuer));
  return [
    `It behaves like ${personality.label}. Put these into the environment or .env (no real secrets):`,
    ...settings.map(([key, value]) => `  ${key}=${value}`),
    `Then sign in from another terminal: oauth-lab login ${personality.name}`,
  ];
}

function listFaults(terminal: Terminal): void {
  if (terminal.manner.json) {
    const rows = faults.map(({ name, teaches, goodClient }) => ({
      name,
      teaches,
      good_client: goodClient,
    }));
    terminal.json({ version: 1, faults: rows });
    return;
  }
  const blocks = faults.map(({ name, teaches, goodClient }) =>
    [
      terminal.styleResult("bold", name),
      ...wrap(teaches, 76).map((line) => `  ${line}`),
      ...wrap(`A good client: ${goodClient}`, 76).map((line) => `  ${line}`),
    ].join("\n"),
  );
  terminal.result(blocks.join("\n"));
}

function chosenPersonality(name: string | undefined): Personality | undefined {
  if (name === undefined || name === "generic") return undefined;
  const personality = findPersonality(name);
  if (personality) return personality;
  const names = personalities.map((known) => known.name).join(", ");
  throw new OAuthLabError({
    kind: "usage",
    code: "unknown_personality",
    message: `The sandbox cannot behave like ${sanitise(name, 60)}.`,
    hint: `Use generic, ${names}.`,
  });
}

function chosenFault(name: string): Fault {
  const fault = findFault(name);
  if (fault) return fault;
  throw new OAuthLabError({
    kind: "usage",
    code: "unknown_fault",
    message: `There is no fault ${sanitise(name, 60)}.`,
    hint: "`oauth-lab sandbox --list-faults` lists them.",
  });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
