// The sandbox for the time of a command: the one that runs already, or an embedded one at the same address.
import { join } from "node:path";
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { isLoopback } from "../providers/provider.ts";
import { startSandbox } from "./server.ts";

/** Where the sandbox of a port keeps its keys and grants between runs. */
export function sandboxStateFile(home: string, port: number): string {
  return join(home, "sandbox", `${port}.json`);
}

/** Starts a sandbox at this issuer unless something answers there; close() stops only what was started here. */
export async function ensureSandbox(
  issuer: string,
  { home, context }: { readonly home: string; readonly context: Context },
): Promise<{ close(): Promise<void> }> {
  const url = new URL(issuer);
  if (!isLoopback(url) || (await answers(url, context))) return { close: async () => {} };
  try {
    return await startSandbox({
      port: Number(url.port),
      stateFile: sandboxStateFile(home, Number(url.port)),
      context,
    });
  } catch (error) {
    // Another process may have started it in between.
    if (
      error instanceof OAuthLabError &&
      error.code === "port_in_use" &&
      (await answers(url, context))
    ) {
      return { close: async () => {} };
    }
    throw error;
  }
}

/** Only looks whether somebody is there: HEAD, which the trace does not count among the protocol's messages. */
async function answers(issuer: URL, context: Context): Promise<boolean> {
  try {
    const response = await context.fetch(`${issuer.origin}/.well-known/openid-configuration`, {
      method: "HEAD",
      redirect: "manual",
      signal: context.signal,
    });
    return response.ok;
  } catch (_error) {
    if (context.signal.aborted) throw context.signal.reason;
    return false;
  }
}
