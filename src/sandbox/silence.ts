// Keeps oidc-provider's `debug` lines, which may hold codes and tokens, out of our stderr where DEBUG=* is set for something else.
import { createRequire } from "node:module";

interface Debug {
  log(this: { readonly namespace: string }, ...values: unknown[]): void;
}

const provider = createRequire(import.meta.url).resolve("oidc-provider");
const debug: Debug = createRequire(provider)("debug");
const print = debug.log;

/** Drops the lines of oidc-provider's namespaces; any other user of the same copy of `debug` prints as before. */
export function silenceDebug(): void {
  debug.log = function (...values) {
    if (!this.namespace.startsWith("oidc-provider:")) print.apply(this, values);
  };
}
