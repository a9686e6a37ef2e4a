// A clock that moves only when the test moves it: nothing waits for real time, and a waiting command can be looked at.
import type { Clock } from "../../src/context.ts";

interface Sleeper {
  readonly due: number;
  readonly milliseconds: number;
  wake(): void;
}

/** Gives the event loop a few turns, so that whatever was woken gets to its next wait. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export class FakeClock implements Clock {
  /** What timers go by; the wall clock differs from it by as much as it was set forward or back. */
  #elapsed = 0;
  #wallOffset: number;
  readonly #sleepers = new Set<Sleeper>();
  readonly #onSleep = new Set<(sleeper: Sleeper) => void>();
  #passes: (milliseconds: number) => boolean = () => false;
  /** How long each sleep asked for, in order. */
  readonly sleeps: number[] = [];

  constructor(startMs: number) {
    this.#wallOffset = startMs;
  }

  now(): number {
    return this.#wallOffset + this.#elapsed;
  }

  /** Sets the wall clock without waking anyone: a clock that was put forward or back. */
  jumpTo(milliseconds: number): void {
    this.#wallOffset = milliseconds - this.#elapsed;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const wake = () => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      const sleeper = { due: this.#elapsed + milliseconds, milliseconds, wake };
      signal?.addEventListener("abort", abort, { once: true });
      this.#sleepers.add(sleeper);
      this.sleeps.push(milliseconds);
      if (this.#passes(milliseconds)) setImmediate(() => this.#pass(sleeper));
      for (const notice of this.#onSleep) notice(sleeper);
    });
  }

  /** Moves time on and wakes, in order, everyone whose time comes, also those who go to sleep meanwhile. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#elapsed + milliseconds;
    await settle();
    for (let next = this.#nextDue(end); next; next = this.#nextDue(end)) {
      this.#elapsed = Math.max(this.#elapsed, next.due);
      next.wake();
      await settle();
    }
    this.#elapsed = end;
  }

  /** Resolves with its milliseconds once a sleep that fits is under way: the moment to `advance`. */
  untilSleeping(fits: (milliseconds: number) => boolean = () => true): Promise<number> {
    const already = [...this.#sleepers].find((sleeper) => fits(sleeper.milliseconds));
    if (already) return Promise.resolve(already.milliseconds);
    return new Promise((resolve) => {
      const notice = (sleeper: Sleeper) => {
        if (!fits(sleeper.milliseconds)) return;
        this.#onSleep.delete(notice);
        resolve(sleeper.milliseconds);
      };
      this.#onSleep.add(notice);
    });
  }

  /** From now on a sleep that fits moves the clock on by itself: for polling loops, beside a time-out that must not fire. */
  passSleeps(fits: (milliseconds: number) => boolean): void {
    this.#passes = fits;
  }

  #pass(sleeper: Sleeper): void {
    if (!this.#sleepers.has(sleeper)) return;
    this.#elapsed = Math.max(this.#elapsed, sleeper.due);
    sleeper.wake();
  }

  #nextDue(end: number): Sleeper | undefined {
    const due = [...this.#sleepers].filter((sleeper) => sleeper.due <= end);
    return due.sort((one, other) => one.due - other.due)[0];
  }
}
