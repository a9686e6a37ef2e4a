// providers: who is known or configured, what to register there, and how they depart from the standards. Uses no network and no secret.
import type { Context } from "../context.ts";
import { providerNames, resolveProvider } from "../providers/known.ts";
import type { Provider, Quirk } from "../providers/provider.ts";
import { settingsPrefix } from "../providers/settings-prefix.ts";
import { readRedirectUri } from "../registration.ts";
import type { Settings } from "../settings.ts";
import { sanitise } from "../terminal/sanitise.ts";
import { formatTable } from "../terminal/table.ts";
import { type GlobalOptions, openSession } from "./session.ts";

/** The options of `providers`. */
export interface ProvidersOptions extends GlobalOptions {
  readonly import?: string;
}

/** Lists them all, tells everything about one, or imports a client of it. */
export async function providers(
  name: string | undefined,
  options: ProvidersOptions,
  context: Context,
): Promise<void> {
  const session = await openSession(options, context);
  const { settings, terminal } = session;
  if (options.import !== undefined) {
    const provider = resolveProvider(name ?? "google", settings);
    const { importClient } = await import("./import-client.ts");
    return importClient(options.import, { provider, session });
  }
  if (name !== undefined) {
    const description = describe(resolveProvider(name, settings), settings);
    if (options.json) terminal.json({ version: 1, ...description });
    else terminal.result(formatTable(rowsOf(description)));
    return;
  }
  const all = providerNames(settings).map((known) =>
    describe(resolveProvider(known, settings), settings),
  );
  if (options.json) return terminal.json({ version: 1, providers: all });
  const header = ["NAME", "CLIENT", "REDIRECT URI TO REGISTER", "ISSUER"];
  const rows = all.map(({ name, client_id, redirect_uri, issuer }) =>
    [name, client_id ?? "not configured", redirect_uri, issuer].map((cell) => sanitise(cell, 80)),
  );
  terminal.result(formatTable([header, ...rows]));
  terminal.say("`oauth-lab providers <name>` tells what to register, where, and what to expect.");
}

/** All that is known without asking, in the words of --json. */
function describe(provider: Provider, settings: Settings) {
  const prefix = settingsPrefix(provider.name);
  const { registration, needsSecret, offline } = provider;
  const clientId = settings.value(`${prefix}_CLIENT_ID`) ?? provider.builtInClient?.clientId;
  return {
    name: provider.name,
    issuer: provider.issuer,
    metadata: provider.metadata,
    client_id: clientId ?? null,
    configured_by: [`${prefix}_CLIENT_ID`, `${prefix}_CLIENT_SECRET`],
    redirect_uri: readRedirectUri(provider, settings).href.replace(":0/", "/"),
    registration_page: registration.page ?? null,
    documentation: registration.documentation,
    endpoints: endpointsOf(provider),
    default_scopes: provider.defaultScopes,
    refresh_token_by: [
      ...offline.scopes.map((scope) => `scope ${scope}`),
      ...Object.entries(offline.parameters).map(([key, value]) => `${key}=${value}`),
    ],
    needs_secret_for: [...needsSecret],
    grants_page: provider.grantsPage ?? null,
    notes: [
      ...(provider.notes ?? []),
      ...(provider.revocationReach ? [`On logout ${provider.revocationReach}`] : []),
      ...[...provider.quirks].map((quirk) => quirkNotes[quirk]),
    ],
  };
}

/** What each quirk means to who reads the wire. */
const quirkNotes: Readonly<Record<Quirk, string>> = {
  "errors-with-200": "Its token endpoint answers errors with status 200.",
  "comma-scopes": "It separates the scopes of an answer by commas.",
  "verification-url":
    "Its device answer says verification_url where the RFC says verification_uri.",
  "error-code": "Some refusals of its device endpoint say error_code where the RFC says error.",
};

/** In the words of --json, which has no capitals. */
function endpointsOf({ endpoints }: Provider): Record<string, string> {
  const { deviceAuthorization: device_authorization, ...others } = endpoints;
  const named = Object.entries({ ...others, device_authorization });
  return Object.fromEntries(
    named.flatMap(([name, address]) => (address === undefined ? [] : [[name, address]])),
  );
}

/** Two columns: what, and which. */
function rowsOf(description: ReturnType<typeof describe>): string[][] {
  const endpoints = Object.entries(description.endpoints).map(([name, address]) => [
    name === "jwks" ? "keys (JWKS)" : `${name.replace("_", " ")} endpoint`,
    address,
  ]);
  const [idKey = "", secretKey = ""] = description.configured_by;
  const secret = description.needs_secret_for.map((grant) => grant.replace("_", " ")).join(", ");
  const rows: [string, string][] = [
    ["name", description.name],
    ["issuer", description.issuer],
    ["client", description.client_id ?? `not configured: set ${idKey}`],
    ["redirect URI to register", description.redirect_uri],
    ["register at", description.registration_page ?? description.documentation],
    ["documentation", description.documentation],
    ["default scopes", description.default_scopes.join(" ") || "none"],
    ["--offline asks by", description.refresh_token_by.join(", ")],
    ["client secret", secret === "" ? "only if it was given one" : `${secretKey}, for ${secret}`],
    ["end a grant at", description.grants_page ?? "its own pages"],
  ];
  const discovered: [string, string][] =
    description.metadata === "discovery" ? [["endpoints", "as the issuer's metadata says"]] : [];
  return [
    ...rows,
    ...discovered,
    ...endpoints,
    ...description.notes.map((note) => ["note", note]),
  ].map((row) => row.map((cell) => sanitise(cell, 300)));
}
