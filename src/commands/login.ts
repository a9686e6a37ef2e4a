// login: tokens by the grant that was asked for, then whose they are. The credential is stored before anything else can fail.
import type { Context } from "../context.ts";
import type { Credential } from "../credentials/credential.ts";
import type { Place } from "../credentials/store.ts";
import { OAuthLabError } from "../errors.ts";
import type { OAuthClient } from "../flow/client.ts";
import type { Identity } from "../flow/identity.ts";
import { adviseOnScopes } from "../flow/scopes.ts";
import { newCredential, type TokenSet } from "../flow/tokens.ts";
import { type Connection, withProvider } from "./connection.ts";
import { describeCredential } from "./credential-json.ts";
import { type Login, loginAsClient, loginByBrowser, loginByDevice } from "./login-grants.ts";
import { chooseGrant, type LoginOptions, readParameters, readScopes } from "./login-options.ts";
import { LoginStory } from "./login-story.ts";
import { keyOf, openSession, type Session } from "./session.ts";

/** Signs in and stores the credential. */
export async function login(name: string, options: LoginOptions, context: Context): Promise<void> {
  const session = await openSession(options, context);
  await withProvider(name, session, async (connection) => {
    const { provider } = connection;
    const grant = chooseGrant(options);
    const parameters = readParameters(options);
    const key = keyOf(provider, session);
    const place = await session.store.place();
    await session.store.prepareSave(key);
    const { client, registration, registered } = await openLogin(connection, { options, session });
    const offline = options.offline ? provider.offline.scopes : [];
    const scopes = [...new Set([...registration.scopes, ...offline])];
    for (const advice of adviseOnScopes(scopes)) session.terminal.warn(advice);
    const story = new LoginStory(provider, { scopes, terminal: session.terminal });
    let credential: Credential | undefined;
    let replaced: Credential | undefined;
    const keep = async (tokens: TokenSet): Promise<void> => {
      const { binding, proofKey } = client;
      const bound = { binding, proofKey, client: registered?.client };
      const origin = { ...key, ...bound, requestedScopes: scopes, grant };
      const made = newCredential(tokens, origin, context.clock.now());
      replaced = await replace(made, session);
      credential = made;
    };
    const request = { client, registration, provider, scopes, options, parameters };
    try {
      await signIn[grant]({ ...request, story, session, keep });
    } finally {
      if (credential === undefined) await registered?.undo();
    }
    if (credential === undefined) throw new Error("the flow ended without a credential");
    await endReplaced(replaced, credential, session);
    story.exchanged(credential, { offline: options.offline === true, now: context.clock.now() });
    const named = await nameOwner(credential, { client, session });
    story.finished(grant === "client_credentials" ? "client" : named.identity, place);
    if (options.json) printCredential(named.credential, { place, session });
  });
}

/** The client of this login: the configured one, or one that is registered for it. */
async function openLogin(
  connection: Connection,
  { options, session }: { readonly options: LoginOptions; readonly session: Session },
) {
  const { redirectUri, dpop, register = false, offline = false } = options;
  const wishes = { grant: chooseGrant(options), redirectUri, scopes: readScopes(options) };
  const registering = register ? await import("./login-registration.ts") : undefined;
  const registered = await registering?.registerForLogin(connection, { wishes, offline, session });
  try {
    return { ...(await connection.connect({ ...wishes, registered, dpop })), registered };
  } catch (error) {
    await registered?.undo();
    throw error;
  }
}

const signIn: Readonly<Record<Credential["grant"], (login: Login) => Promise<void>>> = {
  authorization_code: loginByBrowser,
  device_code: loginByDevice,
  client_credentials: loginAsClient,
};

/** Stores it and gives what it replaced, where that could be read. */
function replace(credential: Credential, { store }: Session): Promise<Credential | undefined> {
  return store.withLock(credential, async () => {
    const before = await store.read(credential).catch(() => undefined);
    await store.save(credential);
    return before;
  });
}

/** What ends the registration of another client was stored with the credential that is gone now. */
async function endReplaced(
  replaced: Credential | undefined,
  { binding }: Credential,
  session: Session,
): Promise<void> {
  if (replaced?.client === undefined) return;
  const { issuer, clientId } = replaced.binding;
  if (issuer === binding.issuer && clientId === binding.clientId) return;
  const { endRegistration } = await import("./end-registration.ts");
  const what = "The client that was registered for the credential before this one";
  await endRegistration(replaced.client, what, session);
}

/** Adds the name to what is stored, unless that is another credential by now: renewed, signed in anew, or gone. */
function keepName(
  credential: Credential,
  name: Pick<Credential, "subject" | "login">,
  { store }: Session,
): Promise<void> {
  return store.withLock(credential, async () => {
    const current = await store.read(credential);
    const isSame = current?.accessToken.reveal() === credential.accessToken.reveal();
    if (isSame) await store.save({ ...credential, ...name });
  });
}

/** Asks the API whose token it is and keeps the name. A failure that says nothing against the token is a warning: the token is stored. */
async function nameOwner(
  credential: Credential,
  { client, session }: { client: OAuthClient; session: Session },
): Promise<{ credential: Credential; identity: Identity | undefined }> {
  if (credential.grant === "client_credentials") return { credential, identity: undefined };
  try {
    const identity = await client.identify(credential);
    if (identity === undefined) return { credential, identity };
    const { subject, login: loginName = identity.email ?? identity.name } = identity;
    const name = { subject, ...(loginName !== undefined && { login: loginName }) };
    await keepName(credential, name, session);
    return { credential: { ...credential, ...name }, identity };
  } catch (error) {
    if (
      !(error instanceof OAuthLabError) ||
      ["unsafe", "interrupted", "terminated", "bug"].includes(error.kind)
    ) {
      throw error;
    }
    session.terminal.warn(
      `The token is stored, but whose it is could not be asked. ${error.message}`,
    );
    return { credential, identity: undefined };
  }
}

function printCredential(
  credential: Credential,
  { place, session }: { place: Place; session: Session },
): void {
  session.terminal.json({
    version: 1,
    ...describeCredential(credential, session.context.clock.now()),
    store: { protection: place.protection, folder: place.folder },
  });
}
