import { expect, it } from "vitest";
import { FakeClock } from "./fake-clock.ts";

it("wakes sleepers in the order of their time, also those who fall asleep meanwhile", async () => {
  const clock = new FakeClock(0);
  const woken: [string, number][] = [];
  const note = (name: string) => () => woken.push([name, clock.now()]);
  clock.sleep(300).then(note("late"));
  clock
    .sleep(100)
    .then(note("first"))
    .then(() => clock.sleep(100))
    .then(note("second"));
  await clock.advance(250);
  expect(woken).toEqual([
    ["first", 100],
    ["second", 200],
  ]);
  expect(clock.now()).toBe(250);
});

it("wakes nobody when the wall clock is set", async () => {
  const clock = new FakeClock(0);
  let woken = false;
  clock.sleep(100).then(() => {
    woken = true;
  });
  clock.jumpTo(1_000_000);
  await clock.advance(99);
  expect(woken).toBe(false);
  await clock.advance(1);
  expect(woken).toBe(true);
  expect(clock.now()).toBe(1_000_100);
});

it("lets polling pass by itself while a longer time-out stays", async () => {
  const clock = new FakeClock(0);
  clock.passSleeps((milliseconds) => milliseconds <= 5000);
  const timeout = new AbortController();
  const timedOut = clock.sleep(30_000, timeout.signal).then(
    () => "fired",
    () => "stopped",
  );
  for (let poll = 0; poll < 20; poll += 1) await clock.sleep(5000);
  timeout.abort();
  expect(await timedOut).toBe("stopped");
  expect(clock.now()).toBe(100_000);
});

it("tells when a sleep is under way, and rejects it with the signal's reason", async () => {
  const clock = new FakeClock(0);
  const abort = new AbortController();
  const asleep = clock.untilSleeping((milliseconds) => milliseconds > 1000);
  const sleep = clock.sleep(5000, abort.signal);
  expect(await asleep).toBe(5000);
  abort.abort(new Error("enough"));
  await expect(sleep).rejects.toThrow("enough");
});
