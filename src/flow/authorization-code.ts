// The authorization code flow, top to bottom (RFC 6749 §4.1, RFC 8252): bind, ask, receive by listening or by paste, verify, exchange, keep.
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import type { AuthorizationRequest } from "./authorization-request.ts";
import type { OAuthClient } from "./client.ts";
import { LoopbackReceiver, listenOnLoopback, type NotListening, type Outcome } from "./loopback.ts";
import { receiveRedirect } from "./receive-redirect.ts";
import type { TokenSet } from "./tokens.ts";

/** What the user wants of this login. */
export interface AuthorizationCodeOptions {
  readonly redirectUri: URL;
  readonly scopes: readonly string[];
  /** Extra parameters of the authorization request, the provider's way of asking for a refresh token among them. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Push the parameters to the server beforehand, also where it does not demand that (RFC 9126). */
  readonly push?: boolean | undefined;
  readonly useBrowser: boolean;
  readonly useListener: boolean;
  /** Whether stdin may be read for a pasted address. */
  readonly usePaste: boolean;
  readonly waitSeconds: number;
}

/** Tells the user where the login stands. */
export interface LoginProgress {
  asked(request: AuthorizationRequest, how: { readonly browserOpened: boolean }): void;
  waiting(how: {
    readonly listeningOn?: string;
    readonly notListening?: string;
    readonly canPaste: boolean;
  }): void;
  /** An answer that was not ours, or a slip of the hand: waiting goes on. Returns the text for stderr. */
  refused(failure: OAuthLabError): string;
  verified(): void;
}

/** Gets tokens, and hands them to `keep` before anything else can fail; only then the browser's page says that it worked. */
export async function authorizationCode(
  steps: {
    readonly client: OAuthClient;
    readonly options: AuthorizationCodeOptions;
    readonly progress: LoginProgress;
    readonly keep: (tokens: TokenSet, request: AuthorizationRequest) => Promise<void>;
  },
  context: Context,
): Promise<void> {
  const { client, options, progress, keep } = steps;
  const listener = options.useListener
    ? await listenOnLoopback(options.redirectUri, context)
    : { reason: "--paste was given" };
  const receiver = listener instanceof LoopbackReceiver ? listener : undefined;
  let outcome: Outcome = "failed";
  try {
    if ("reason" in listener && !options.usePaste) throw nowhereToAnswer(listener);
    const redirectUri = receiver?.redirectUri ?? withPort(options.redirectUri);
    const request = await client.begin({ ...options, redirectUri });
    context.trace?.({ kind: "authorization-request", url: request.url });
    const redirect = await receiveRedirect(
      {
        request,
        listener,
        authorizationEndpoint: client.authorizationEndpoint,
        usePaste: options.usePaste,
        waitSeconds: options.waitSeconds,
        ask: () => ask({ request, listener, options, progress }, context),
        refused: progress.refused.bind(progress),
      },
      context,
    );
    progress.verified();
    await keep(await client.exchange(request, redirect), request);
    outcome = "signed-in";
  } finally {
    await receiver?.close(outcome);
  }
}

/** Opens the browser and tells the user where to go and what to do. */
async function ask(
  {
    request,
    listener,
    options,
    progress,
  }: {
    request: AuthorizationRequest;
    listener: LoopbackReceiver | NotListening;
    options: AuthorizationCodeOptions;
    progress: LoginProgress;
  },
  context: Context,
): Promise<void> {
  const browserOpened = options.useBrowser && (await context.openBrowser(request.url));
  context.signal.throwIfAborted();
  progress.asked(request, { browserOpened });
  progress.waiting({
    canPaste: options.usePaste,
    ...(listener instanceof LoopbackReceiver
      ? { listeningOn: request.redirectUri }
      : { notListening: listener.reason }),
  });
}

/** Nothing listens there in paste mode, but the provider wants a port. */
function withPort(redirectUri: URL): string {
  const uri = new URL(redirectUri);
  if (uri.port === "0") uri.port = "8000";
  return uri.href;
}

function nowhereToAnswer({ reason }: { readonly reason: string }): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "nowhere_to_answer",
    message: `There is no way to receive the answer: ${reason}, and nobody may be asked (--no-input, or CI is set).`,
    hint: "Free the port, set <NAME>_REDIRECT_URI to another registered one, or leave out --no-input. A CI job is given <NAME>_REFRESH_TOKEN instead.",
  });
}
