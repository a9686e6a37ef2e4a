// login: the authorization code flow in four steps, then whose token it is. The credential is stored before anything else can fail.
import type { Context } from "../context.ts";
import type { Credential } from "../credentials/credential.ts";
import type { Place } from "../credentials/store.ts";
import { OAuthLabError } from "../errors.ts";
import type { OAuthClient } from "../flow/client.ts";
import type { Identity } from "../flow/identity.ts";
import { newCredential, type TokenSet } from "../flow/tokens.ts";
import { type Provider, reservedParameters } from "../providers/provider.ts";
import { sanitise } from "../terminal/sanitise.ts";
import { describeCredential } from "./credential-json.ts";
import { LoginStory } from "./login-story.ts";
import { type GlobalOptions, keyOf, openSession, type Session, withProvider } from "./session.ts";

/** The options of `login`. */
export interface LoginOptions extends GlobalOptions {
  readonly offline?: boolean;
  readonly scope?: readonly string[];
  readonly redirectUri?: string;
  /** False with --no-browser. */
  readonly browser: boolean;
  readonly paste?: boolean;
  readonly device?: boolean;
  readonly param?: readonly string[];
  readonly wait?: number;
}

const defaultWaitSeconds = 300;

/** Signs in and stores the credential. */
export async function login(name: string, options: LoginOptions, context: Context): Promise<void> {
  const session = await openSession(options, context);
  await withProvider(name, session, async ({ provider, connect }) => {
    const parameters = readParameters(options.param ?? []);
    const key = keyOf(provider, session);
    const place = await session.store.place();
    await session.store.prepareSave(key);
    const grant = chooseGrant(options);
    const { client, registration } = await connect({
      grant,
      redirectUri: options.redirectUri,
      scopes: options.scope?.flatMap((scope) => scope.split(/[\s,]+/)).filter(Boolean),
    });
    const offline = options.offline ? provider.offline : { scopes: [], parameters: {} };
    const scopes = [...new Set([...registration.scopes, ...offline.scopes])];
    const story = new LoginStory(provider, { scopes, terminal: session.terminal });
    let credential: Credential | undefined;
    const keep = async (tokens: TokenSet): Promise<void> => {
      const origin = { ...key, binding: client.binding, requestedScopes: scopes, grant };
      credential = newCredential(tokens, origin, context.clock.now());
      await save(credential, session);
    };
    const login: Login = { client, provider, scopes, options, session, keep };
    if (grant === "device_code") {
      await loginByDevice({ ...login, parameters });
    } else {
      await loginByBrowser({
        ...login,
        story,
        redirectUri: registration.redirectUri,
        parameters: { ...provider.parameters, ...offline.parameters, ...parameters },
      });
    }
    if (credential === undefined) throw new Error("the flow ended without a credential");
    story.exchanged(credential, { offline: options.offline === true, now: context.clock.now() });
    const named = await nameOwner(credential, { client, session });
    story.finished(named.identity, place);
    if (options.json) printCredential(named.credential, { place, session });
  });
}

/** One login under way; `keep` stores its tokens. */
interface Login {
  readonly client: OAuthClient;
  readonly provider: Provider;
  readonly scopes: readonly string[];
  readonly options: LoginOptions;
  readonly session: Session;
  readonly keep: (tokens: TokenSet) => Promise<void>;
}

async function loginByBrowser(
  login: Login & {
    readonly story: LoginStory;
    readonly redirectUri: URL;
    readonly parameters: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const { client, scopes, options, session, keep, story, redirectUri, parameters } = login;
  const { authorizationCode } = await import("../flow/authorization-code.ts");
  const wishes = {
    redirectUri,
    scopes,
    parameters,
    useBrowser: options.browser,
    useListener: !options.paste,
    usePaste: options.input,
    waitSeconds: options.wait ?? defaultWaitSeconds,
  };
  await authorizationCode({ client, progress: story, options: wishes, keep }, session.context);
}

async function loginByDevice(
  login: Login & { readonly parameters: Readonly<Record<string, string>> },
): Promise<void> {
  const { client, provider, scopes, options, session, keep, parameters } = login;
  const { context, terminal } = session;
  const { DeviceStory, openQrDrawer } = await import("./device-story.ts");
  const { deviceCode } = await import("../flow/device-code.ts");
  const drawQr = await openQrDrawer(context.stderr);
  const progress = new DeviceStory(provider, { scopes, terminal, drawQr });
  const useBrowser = options.browser;
  await keep(await deviceCode({ client, scopes, parameters, useBrowser, progress }, context));
}

/** Which grant the options ask for. Throws `usage` for options that another one has. */
function chooseGrant(options: LoginOptions): Credential["grant"] {
  if (!options.device) return "authorization_code";
  const others = (["paste", "redirectUri", "wait"] as const).filter(
    (name) => options[name] !== undefined,
  );
  if (others.length === 0) return "device_code";
  throw new OAuthLabError({
    kind: "usage",
    code: "options_conflict",
    message: "--paste, --redirect-uri and --wait mean nothing to a login by device code.",
    hint: "Leave them out, or leave out --device. The code's own life says how long is waited.",
  });
}

function save(credential: Credential, { store }: Session): Promise<void> {
  return store.withLock(credential, () => store.save(credential));
}

/** Asks the API whose token it is and keeps the name. A failure that says nothing against the token is a warning: the token is stored. */
async function nameOwner(
  credential: Credential,
  { client, session }: { client: OAuthClient; session: Session },
): Promise<{ credential: Credential; identity: Identity | undefined }> {
  try {
    const identity = await client.identify(credential);
    if (identity === undefined) return { credential, identity };
    const { subject, login: loginName = identity.email ?? identity.name } = identity;
    const named = { ...credential, subject, ...(loginName !== undefined && { login: loginName }) };
    await save(named, session);
    return { credential: named, identity };
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

function readParameters(pairs: readonly string[]): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const pair of pairs) {
    const [, name = "", value = ""] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === "" || reservedParameters.has(name)) {
      throw new OAuthLabError({
        kind: "usage",
        code: name === "" ? "parameter_malformed" : "reserved_parameter",
        message:
          name === ""
            ? `--param ${sanitise(pair, 60)} is not of the form name=value.`
            : `The parameter ${name} belongs to the protocol and cannot be set by hand.`,
        hint: "Example: --param login_hint=ada@example.com",
      });
    }
    parameters[name] = value;
  }
  return parameters;
}
