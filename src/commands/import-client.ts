// providers google --import: takes the client out of the file that Google's console downloads, into the .env of our own folder. Replaces no setting, prints no secret.
import { constants } from "node:fs";
import { join, resolve } from "node:path";
import type { Context } from "../context.ts";
import { errnoOf } from "../credentials/store-error.ts";
import { writeEnv } from "../env-writing.ts";
import { OAuthLabError } from "../errors.ts";
import { type GoogleClient, readGoogleClient } from "../providers/google-client-file.ts";
import type { Provider } from "../providers/provider.ts";
import { sanitise } from "../terminal/sanitise.ts";
import type { Session } from "./session.ts";

const maxBytes = 64 * 1024;
const anyPort = "http://127.0.0.1:0/callback/google";

/** Writes the client's settings. Throws `usage` for a file that is none of Google's, and where a setting is there already. */
export async function importClient(
  file: string,
  { provider, session }: { readonly provider: Provider; readonly session: Session },
): Promise<void> {
  const { context, settings, terminal } = session;
  if (provider.name !== "google") {
    throw usage(
      "import_unsuitable",
      "Only Google's console gives a client as a file.",
      "Use --import with `oauth-lab providers google`.",
    );
  }
  const source = resolve(context.workingFolder, file);
  const client = readGoogleClient(await readSource(source, context));
  if (typeof client === "string") throw unusable(source, client);
  const redirectUri = client.type === "desktop" ? anyPort : client.redirectUri;
  const entries = Object.entries({
    GOOGLE_CLIENT_ID: client.clientId,
    GOOGLE_CLIENT_SECRET: client.clientSecret,
    GOOGLE_REDIRECT_URI: redirectUri,
  }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  for (const [key] of entries) {
    const set = settings.get(key);
    if (set) throw alreadySet(key, set.origin);
  }
  const path = join(settings.home, ".env");
  await writeEnv(path, { title: provider.label, entries, home: settings.home }, context);
  tell(client, { source, path, redirectUri, provider, session });
  const written = { path, client_id: client.clientId, redirect_uri: redirectUri ?? null };
  if (session.options.json)
    terminal.json({ version: 1, provider: provider.name, client_type: client.type, ...written });
}

// A pipe in the file's place would keep us waiting for its writer; Windows has no such flag.
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

async function readSource(path: string, { files }: Context): Promise<string> {
  try {
    const handle = await files.open(path, flags);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw unusable(path, "is not a file");
      if (stats.size > maxBytes) throw unusable(path, "is larger than 64 KiB");
      return (await handle.readFile()).toString("utf8");
    } finally {
      await handle.close();
    }
  } catch (error) {
    const errno = errnoOf(error);
    throw errno === undefined ? error : unusable(path, `cannot be read (${errno})`);
  }
}

function tell(
  { type, clientId }: GoogleClient,
  about: {
    readonly source: string;
    readonly path: string;
    readonly redirectUri: string | undefined;
    readonly provider: Provider;
    readonly session: Session;
  },
): void {
  const { source, path, redirectUri, provider } = about;
  const { terminal } = about.session;
  terminal.say(
    `Imported the ${type} client ${clientId} into ${sanitise(path, 400)}, which only you can read.`,
  );
  if (type === "desktop") {
    terminal.say("A desktop client takes any port of 127.0.0.1: nothing needs to be registered.");
  } else if (redirectUri !== undefined) {
    terminal.say(`A web client takes exactly what is registered: ${redirectUri} was chosen.`);
  } else {
    terminal.warn(
      `None of the client's redirect URIs is on this machine: register http://127.0.0.1:8000/callback/google at ${provider.registration.page}.`,
    );
  }
  terminal.say(`Delete ${sanitise(source, 400)}, or keep it as you keep a password.`);
}

function usage(code: string, message: string, hint: string): OAuthLabError {
  return new OAuthLabError({ kind: "usage", code, message, hint });
}

function unusable(path: string, problem: string): OAuthLabError {
  return usage(
    "import_unusable",
    `${sanitise(path, 400)} was not imported: the file ${problem}.`,
    "Download the client again: Google's console, Credentials, OAuth 2.0 Client IDs, Download JSON.",
  );
}

function alreadySet(key: string, origin: string): OAuthLabError {
  return usage(
    "already_set",
    `Nothing was imported: ${key} is set already, in ${origin === "environment" ? "the environment" : origin}.`,
    "Remove it there first, or keep using it.",
  );
}
