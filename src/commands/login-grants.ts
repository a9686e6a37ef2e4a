// The ways to sign in, one a grant: each runs its flow, tells it, and hands the tokens to `keep`.
import type { OAuthClient } from "../flow/client.ts";
import type { TokenSet } from "../flow/tokens.ts";
import type { Provider } from "../providers/provider.ts";
import type { Registration } from "../registration.ts";
import type { LoginOptions } from "./login-options.ts";
import type { LoginStory } from "./login-story.ts";
import { mayAsk, type Session } from "./session.ts";

const defaultWaitSeconds = 300;

/** One login under way. */
export interface Login {
  readonly client: OAuthClient;
  readonly registration: Registration;
  readonly provider: Provider;
  readonly scopes: readonly string[];
  readonly options: LoginOptions;
  /** The extra parameters of --param. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly story: LoginStory;
  readonly session: Session;
  /** Stores the tokens. */
  readonly keep: (tokens: TokenSet) => Promise<void>;
}

/** The authorization code grant: the user approves in a browser that leads back here. */
export async function loginByBrowser(login: Login): Promise<void> {
  const { client, registration, provider, scopes, options, story, session, keep } = login;
  const { authorizationCode } = await import("../flow/authorization-code.ts");
  const offline = options.offline ? provider.offline.parameters : {};
  const wishes = {
    redirectUri: registration.redirectUri,
    scopes,
    parameters: { ...provider.parameters, ...offline, ...login.parameters },
    push: options.par,
    useBrowser: options.browser,
    useListener: !options.paste,
    usePaste: mayAsk(options, session.context),
    waitSeconds: options.wait ?? defaultWaitSeconds,
  };
  await authorizationCode({ client, progress: story, options: wishes, keep }, session.context);
}

/** The device code grant: the user approves anywhere, by entering a code. */
export async function loginByDevice(login: Login): Promise<void> {
  const { client, provider, scopes, parameters, options, session, keep } = login;
  const { context, terminal } = session;
  const { DeviceStory, openQrDrawer } = await import("./device-story.ts");
  const { deviceCode } = await import("../flow/device-code.ts");
  const drawQr = await openQrDrawer(context.stderr);
  const progress = new DeviceStory(provider, { scopes, terminal, drawQr });
  const useBrowser = options.browser;
  await keep(await deviceCode({ client, scopes, parameters, useBrowser, progress }, context));
}

/** The client credentials grant: nobody approves, the client signs in as itself. */
export async function loginAsClient({ client, scopes, session, keep }: Login): Promise<void> {
  const { requestClientCredentials } = await import("../flow/client-credentials.ts");
  session.terminal.step("Step 1  Ask for a token", "back channel");
  session.terminal.say("  Nobody has to approve it: the client signs in as itself.");
  await keep(await requestClientCredentials(client, scopes));
}
