// Runs another program in our place: our streams, our signals, its exit code. With process.ts the only place that starts one for a command.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { isatty } from "node:tty";
import type { ChildCommand, ChildEnd } from "./context.ts";
import { errnoOf } from "./credentials/store-error.ts";

const passedOn = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
/** A terminal sends these to the child too; a second one from us would count as the user's impatience. */
const sentByTerminal: ReadonlySet<NodeJS.Signals> = new Set(["SIGINT", "SIGQUIT"]);

/** Runs it to its end. */
export function runChild(command: ChildCommand, host: NodeJS.Process): Promise<ChildEnd> {
  const { program, args, env, input } = command;
  const child = spawn(program, args, {
    env: { ...env },
    stdio: input === undefined ? "inherit" : ["pipe", 2, "inherit"],
  });
  const giveBack = takeSignals(host, (signal) => child.kill(signal));
  // A program that reads no stdin closes it: that is its own affair.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  return new Promise<ChildEnd>((resolve) => {
    child.once("error", (error) => resolve({ problem: errnoOf(error) ?? error.name }));
    child.once("exit", (code, signal) => {
      resolve({ exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]) });
    });
  }).finally(giveBack);
}

/** Until the child has ended, a signal is its affair: our own handlers would end us on the second one. */
function takeSignals(host: NodeJS.Process, pass: (signal: NodeJS.Signals) => void): () => void {
  const atTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
  const taken = passedOn.map((name) => {
    const former = host.listeners(name) as NodeJS.SignalsListener[];
    const passOn = (): void => {
      if (!atTerminal || !sentByTerminal.has(name)) pass(name);
    };
    replaceListeners(host, name, { former, next: [passOn] });
    return { name, former: [passOn], next: former };
  });
  return () => {
    for (const { name, ...swap } of taken) replaceListeners(host, name, swap);
  };
}

/** The new ones come before the old ones go: a signal that arrives while nobody listens is lost. */
function replaceListeners(
  host: NodeJS.Process,
  name: NodeJS.Signals,
  { former, next }: { former: NodeJS.SignalsListener[]; next: NodeJS.SignalsListener[] },
): void {
  for (const listener of next) host.on(name, listener);
  for (const listener of former) host.off(name, listener);
}
