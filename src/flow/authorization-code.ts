// The authorization code flow, top to bottom (RFC 6749 §4.1, RFC 8252): bind, ask, receive by listening or by paste, verify, exchange, keep.
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import type { AuthorizationRequest, OAuthClient } from "./client.ts";
import { LoopbackReceiver, listenOnLoopback, type NotListening } from "./loopback.ts";
import { openPaste, type Paste } from "./paste.ts";
import { readPastedAddress } from "./pasted-address.ts";
import { type VerifiedRedirect, verifyRedirect } from "./redirect.ts";
import type { TokenSet } from "./tokens.ts";

const maxWrongPastes = 3;

/** What the user wants of this login. */
export interface AuthorizationCodeOptions {
  readonly redirectUri: URL;
  readonly scopes: readonly string[];
  /** Extra parameters of the authorization request, the provider's way of asking for a refresh token among them. */
  readonly parameters: Readonly<Record<string, string>>;
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
  const listener: LoopbackReceiver | NotListening = options.useListener
    ? await listenOnLoopback(options.redirectUri)
    : { reason: "--paste was given" };
  const receiver = listener instanceof LoopbackReceiver ? listener : undefined;
  let outcome: "signed-in" | "failed" = "failed";
  try {
    if (!(listener instanceof LoopbackReceiver) && !options.usePaste)
      throw nowhereToAnswer(listener);
    const redirectUri = receiver?.redirectUri ?? withPort(options.redirectUri);
    const request = await client.begin({ ...options, redirectUri });
    const browserOpened = options.useBrowser && (await context.openBrowser(request.url));
    progress.asked(request, { browserOpened });
    progress.waiting({
      canPaste: options.usePaste,
      ...(listener instanceof LoopbackReceiver
        ? { listeningOn: redirectUri }
        : { notListening: listener.reason }),
    });
    const redirect = await receiveRedirect(
      { client, request, receiver, options, progress },
      context,
    );
    progress.verified();
    await keep(await client.exchange(request, redirect), request);
    outcome = "signed-in";
  } finally {
    await receiver?.close(outcome);
  }
}

interface Receiving {
  readonly client: OAuthClient;
  readonly request: AuthorizationRequest;
  readonly receiver: LoopbackReceiver | undefined;
  readonly options: AuthorizationCodeOptions;
  readonly progress: LoginProgress;
}

/** The first answer that is ours, from the listener or the prompt, within the time and before an interrupt. */
async function receiveRedirect(receiving: Receiving, context: Context): Promise<VerifiedRedirect> {
  const { request, receiver, options, progress } = receiving;
  const paste = options.usePaste ? openPaste(context) : undefined;
  const over = new AbortController();
  const startedAt = context.clock.now();
  try {
    const answers: Promise<VerifiedRedirect>[] = [
      expire(options.waitSeconds, over.signal, context),
    ];
    if (receiver) {
      answers.push(
        receiver.receive({
          verify: (address) => verifyRedirect(address, request),
          onForeign: (failure) => {
            const text = progress.refused(failure);
            if (paste) paste.print(text);
            else context.stderr.write(text);
          },
        }),
      );
    }
    if (paste) answers.push(receivePaste(paste, receiving));
    const redirect = await Promise.race(answers);
    // A machine that slept kept its timers waiting, not the world.
    if (context.clock.now() - startedAt > options.waitSeconds * 1000) throw expired();
    return redirect;
  } finally {
    over.abort();
    paste?.close();
  }
}

async function receivePaste(paste: Paste, receiving: Receiving): Promise<VerifiedRedirect> {
  const { receiver, progress } = receiving;
  for (let wrong = 1; ; wrong += 1) {
    const line = await paste.next();
    if (line === undefined) {
      // The listener goes on alone; its promise decides.
      return receiver ? new Promise(() => {}) : Promise.reject(inputEnded());
    }
    const answer = judgePaste(line, receiving);
    if (!(answer instanceof OAuthLabError)) return answer;
    if (wrong >= maxWrongPastes || !paste.interactive) throw answer;
    paste.print(progress.refused(answer));
  }
}

/** The verified redirect, or why this paste is not it. Throws where the answer is ours and ends the login. */
function judgePaste(
  line: string,
  { client, request }: Receiving,
): VerifiedRedirect | OAuthLabError {
  const { redirectUri } = request;
  const address = readPastedAddress(line, {
    redirectUri,
    authorizationEndpoint: client.authorizationEndpoint,
  });
  if (address instanceof OAuthLabError) return address;
  const verdict = verifyRedirect(address, request);
  if (verdict.kind === "final") throw verdict.failure;
  return verdict.kind === "verified" ? verdict.redirect : verdict.failure;
}

async function expire(seconds: number, signal: AbortSignal, context: Context): Promise<never> {
  const either = AbortSignal.any([signal, context.signal]);
  try {
    await context.clock.sleep(seconds * 1000, either);
  } catch {
    // Over: by an answer, which has won the race already, or by the user.
    throw context.signal.aborted ? context.signal.reason : either.reason;
  }
  throw expired();
}

/** Nothing listens there in paste mode, but the provider wants a port. */
function withPort(redirectUri: URL): string {
  const uri = new URL(redirectUri);
  if (uri.port === "0") uri.port = "8000";
  return uri.href;
}

function expired(): OAuthLabError {
  return new OAuthLabError({
    kind: "refused",
    code: "login_expired",
    message: "Nobody answered in time.",
    hint: "Start the login again; --wait gives it longer. If the provider showed an error page, check the registered redirect URI.",
  });
}

function inputEnded(): OAuthLabError {
  return new OAuthLabError({
    kind: "refused",
    code: "input_ended",
    message: "The input ended before an address was pasted.",
    hint: "Start the login again and paste the address that the browser ends on.",
  });
}

function nowhereToAnswer({ reason }: { readonly reason: string }): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "nowhere_to_answer",
    message: `There is no way to receive the answer: ${reason}, and --no-input forbids the prompt.`,
    hint: "Free the port, set <NAME>_REDIRECT_URI to another registered one, or leave out --no-input.",
  });
}
