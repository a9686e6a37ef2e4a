// Looks at one provider as it is configured: the client, the redirect URI and its port, the metadata, and its clock against ours. Sends no secret.
import { createServer } from "node:net";
import type { Context } from "../context.ts";
import { errnoOf } from "../credentials/store-error.ts";
import { guardFetch } from "../http/fetch.ts";
import { straighten } from "../http/quirks.ts";
import { fetchStream } from "../http/stream.ts";
import { isLoopback, type Provider } from "../providers/provider.ts";
import { settingsPrefix } from "../providers/settings-prefix.ts";
import { readRegistration } from "../registration.ts";
import type { Settings } from "../settings.ts";
import { attempt, type Check } from "./check.ts";

/** More than this and an ID token that was just issued can seem to be from the future, or over. */
const mostSkewSeconds = 60;

/** What a login at this provider would meet. */
export async function checkProvider(
  provider: Provider,
  {
    settings,
    timeoutSeconds,
    context,
  }: { settings: Settings; timeoutSeconds: number; context: Context },
): Promise<readonly Check[]> {
  const registration = await attempt("client", async () => {
    const { redirectUri } = readRegistration(provider, settings);
    const message = `${provider.label}: a client is configured`;
    return [{ name: "client", outcome: "ok", message }, await checkRedirect(redirectUri)];
  });
  const fetch = straighten(guardFetch({ timeoutSeconds }, context), provider.quirks);
  const metadata = await attempt("metadata", async () => {
    const { readServerMetadata } = await import("../flow/server-metadata.ts");
    const { token_endpoint: endpoint } = await readServerMetadata(provider, fetch);
    const how = provider.metadata === "static" ? "built in or configured" : "discovered";
    const found: Check = {
      name: "metadata",
      outcome: "ok",
      message: `${provider.label}'s endpoints are ${how}`,
    };
    const address = new URL("/", endpoint ?? provider.issuer);
    return [found, await checkClock(address, { timeoutSeconds, context })];
  });
  return [...registration, ...metadata].map((check) => nameKeys(check, provider));
}

/** Hints do not know whose keys they speak of. */
function nameKeys(check: Check, { name }: Provider): Check {
  if (check.outcome === "ok" || check.repair === undefined) return check;
  return { ...check, repair: check.repair.replaceAll("<NAME>_", `${settingsPrefix(name)}_`) };
}

async function checkRedirect(uri: URL): Promise<Check> {
  const name = "redirect";
  if (uri.protocol === "https:" || !isLoopback(uri)) {
    const message = `${uri.href} cannot be listened on, so login asks to paste the address`;
    return { name, outcome: "note", message };
  }
  const problem = await tryPort(uri);
  if (problem === undefined)
    return { name, outcome: "ok", message: `${uri.href} can be listened on` };
  return {
    name,
    outcome: "problem",
    kind: "usage",
    message: `port ${uri.port || "80"} of ${uri.hostname} cannot be listened on (${problem})`,
    repair: "End the program that uses it, register another port, or log in with --paste.",
  };
}

function tryPort({ hostname, port }: URL): Promise<string | undefined> {
  return new Promise((settle) => {
    const server = createServer();
    server.once("error", (error) => settle(errnoOf(error) ?? error.name));
    const host = hostname.replace(/^\[|\]$/g, "");
    server.listen({ host, port: Number(port || 80) }, () => server.close(() => settle(undefined)));
  });
}

/** By the Date of any answer (RFC 9110 §6.6.1), whatever its status. */
async function checkClock(
  address: URL,
  { timeoutSeconds, context }: { timeoutSeconds: number; context: Context },
): Promise<Check> {
  const name = "clock";
  const { response, body } = await fetchStream(
    address,
    { method: "HEAD" },
    { timeoutSeconds, context },
  );
  await body.return();
  const theirs = Date.parse(response.headers.get("date") ?? "");
  if (Number.isNaN(theirs))
    return { name, outcome: "note", message: `${address.host} does not tell the time` };
  const seconds = Math.round((context.clock.now() - theirs) / 1000);
  const message = `${Math.abs(seconds)} s ${seconds < 0 ? "behind" : "ahead of"} ${address.host}`;
  if (Math.abs(seconds) <= mostSkewSeconds) return { name, outcome: "ok", message };
  const repair = "Set the clock of this machine: tokens would seem expired, or not valid yet.";
  return { name, outcome: "problem", kind: "usage", message, repair };
}
