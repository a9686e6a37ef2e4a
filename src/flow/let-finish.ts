// What a signal may not tear off: a request that spends a refresh token, whose answer may hold the only one that is good from then on.
import type { Context } from "../context.ts";

/** How long an answer is waited for once the run was told to end. A CI runner kills a job some seconds after its signal. */
const graceMilliseconds = 2000;

/** Runs work with a context that ends two seconds after the run was told to; then throws why it was told to, also where the work went well: it is kept by then, and nothing comes after it. */
export async function letFinish<T>(
  context: Context,
  work: (patient: Context) => Promise<T>,
): Promise<T> {
  const { signal, clock } = context;
  signal.throwIfAborted();
  const [late, done] = [new AbortController(), new AbortController()];
  const giveUp = () => late.abort(signal.reason);
  const startGrace = () => void clock.sleep(graceMilliseconds, done.signal).then(giveUp, () => {});
  signal.addEventListener("abort", startGrace, { once: true });
  try {
    const result = await work({ ...context, signal: late.signal });
    signal.throwIfAborted();
    return result;
  } finally {
    signal.removeEventListener("abort", startGrace);
    done.abort();
  }
}
