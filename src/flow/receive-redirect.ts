// Waits for the redirect: the listener and the prompt race, and what is not ours lets both wait on.
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { type Listeners, LoopbackReceiver, type NotListening } from "./loopback.ts";
import { openPaste, type Paste } from "./paste.ts";
import { readPastedAddress } from "./pasted-address.ts";
import { type Expected, type Verdict, type VerifiedRedirect, verifyRedirect } from "./redirect.ts";

const maxWrongPastes = 3;

/** What is waited for, how long, and how the user is told. */
export interface Receiving {
  readonly request: Expected;
  /** Where the user was sent, for telling a person's slips apart. */
  readonly authorizationEndpoint: string;
  readonly listener: LoopbackReceiver | NotListening;
  readonly usePaste: boolean;
  readonly waitSeconds: number;
  /** Sends the user to the provider. */
  readonly ask: () => Promise<void>;
  /** The text for stderr about an answer that was not ours. */
  readonly refused: (failure: OAuthLabError) => string;
}

/** The first answer that is ours, within the time and before an interrupt. Throws what ended the waiting: a refusal, `login_expired`, too many wrong answers, Ctrl-C. */
export async function receiveRedirect(
  receiving: Receiving,
  context: Context,
): Promise<VerifiedRedirect> {
  const { request, listener, usePaste, waitSeconds, ask, refused } = receiving;
  const over = new AbortController();
  let paste: Paste | undefined;
  const verify = (address: string): Verdict => {
    const verdict = verifyRedirect(address, request);
    const failure = verdict.kind === "verified" ? {} : { failure: verdict.failure };
    context.trace?.({ kind: "authorization-response", address, ...failure });
    return verdict;
  };
  // Listening comes first: a browser may be back before what starts it has ended.
  const arrival = receiveByListening(listener, {
    verify,
    onForeign: (failure) => {
      if (over.signal.aborted) return;
      const text = refused(failure);
      if (paste) paste.print(text);
      else context.stderr.write(text);
    },
  });
  try {
    await ask();
    paste = usePaste ? openPaste(context) : undefined;
    const startedAt = context.clock.now();
    const redirect = await Promise.race([
      expire(waitSeconds, over.signal, context),
      arrival,
      ...(paste ? [receivePaste(paste, { ...receiving, verify })] : []),
    ]);
    // A machine that slept kept its timers waiting, not the world.
    if (context.clock.now() - startedAt > waitSeconds * 1000) throw expired();
    return redirect;
  } finally {
    over.abort();
    paste?.close();
  }
}

/** Never resolves where nobody listens; the race tells its failure. */
function receiveByListening(
  listener: LoopbackReceiver | NotListening,
  listeners: Listeners,
): Promise<VerifiedRedirect> {
  if (!(listener instanceof LoopbackReceiver)) return new Promise(() => {});
  const arrival = listener.receive(listeners);
  arrival.catch(() => {});
  return arrival;
}

type Judging = Receiving & Pick<Listeners, "verify">;

async function receivePaste(paste: Paste, receiving: Judging): Promise<VerifiedRedirect> {
  const { listener, refused } = receiving;
  let wrong = 0;
  for (;;) {
    const line = await paste.next();
    if (line === undefined) {
      // The listener goes on alone; its promise decides.
      if (listener instanceof LoopbackReceiver) return new Promise(() => {});
      throw inputEnded();
    }
    const answer = judgePaste(line, receiving);
    if (!(answer instanceof OAuthLabError)) return answer;
    // A slip of the hand is nobody's attack.
    if (answer.kind !== "usage") wrong += 1;
    if (wrong >= maxWrongPastes || !paste.interactive) throw answer;
    paste.print(refused(answer));
  }
}

/** The verified redirect, or why this paste is not it. Throws where the answer is ours and ends the login. */
function judgePaste(
  line: string,
  { authorizationEndpoint, request, verify }: Judging,
): VerifiedRedirect | OAuthLabError {
  const { redirectUri } = request;
  const address = readPastedAddress(line, { redirectUri, authorizationEndpoint });
  if (address instanceof OAuthLabError) return address;
  const verdict = verify(address);
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
    hint: "Start the login again and paste the address that the browser ends on. A script is given <NAME>_REFRESH_TOKEN instead.",
  });
}
