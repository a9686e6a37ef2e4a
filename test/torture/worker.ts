// What the torture runs start and kill: one role, told by the first argument, with a real store and a real lock.
import { appendFileSync, readFileSync, writeSync } from "node:fs";
import { readlink } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import type { Context } from "../../src/context.ts";
import { openSystemKeychain } from "../../src/credentials/keychain.ts";
import { openStore, type StoreOptions } from "../../src/credentials/store.ts";
import { OAuthLabError } from "../../src/errors.ts";
import { numberedCredential, numberOf } from "./numbered-credential.ts";
import { randomNumbers } from "./random-numbers.ts";
import { realContext } from "./real-context.ts";

const [role, folder = "", ...rest] = process.argv.slice(2);
const context: Context = realContext();
const store = openStore({ folder, mode: "file" }, context);

/** To the parent, at once: what was told before a kill counts. */
function tell(line: string): void {
  writeSync(1, `${line}\n`);
}

/** Saves number after number for as long as it lives, telling each one that is durable. */
async function saveOn(first: number): Promise<void> {
  tell("ready");
  for (let number = first; ; number += 1) {
    await store.save(numberedCredential(number));
    tell(String(number));
  }
}

/** Tells the thread that all file operations run on (under UV_THREADPOOL_SIZE=1), and waits until the parent says so. */
async function waitForTracer(): Promise<void> {
  tell((await readlink("/proc/thread-self")).split("/").at(-1) ?? "");
  await new Promise((resolve) => process.stdin.once("data", resolve));
  process.stdin.destroy();
}

/** Saves one, and tells whether it is durable or what went wrong. */
async function saveOnce(number: number): Promise<void> {
  try {
    await store.prepareSave(numberedCredential(number));
    await store.save(numberedCredential(number));
    tell("saved");
  } catch (error) {
    if (!(error instanceof OAuthLabError)) throw error;
    tell(`failed ${error.code}`);
  }
}

/** Enters the lock so many times; a share of the visits ends in a kill -9 of itself, inside. */
async function enterLock({
  log,
  visits,
  killShare,
  seed,
}: {
  log: string;
  visits: number;
  killShare: number;
  seed: number;
}): Promise<void> {
  const random = randomNumbers(seed);
  const self = `${process.pid} ${startOf(process.pid)}`;
  for (let visit = 0; visit < visits; visit += 1) {
    await store.withLock(numberedCredential(0), async () => {
      const overlap = findOverlap(readFileSync(log, "utf8"));
      appendFileSync(log, `enter ${self}\n`);
      if (overlap !== undefined) appendFileSync(log, `OVERLAP ${self} with ${overlap}\n`);
      await wait(random() * 4);
      if (random() < killShare) process.kill(process.pid, "SIGKILL");
      appendFileSync(log, `leave ${self}\n`);
    });
  }
}

/** The visitor who entered last and has not left, if it still runs. Asks /proc itself: the lock's own judgement is on trial. */
function findOverlap(log: string): string | undefined {
  const last =
    log
      .trimEnd()
      .split("\n")
      .findLast((line) => !line.startsWith("OVERLAP")) ?? "";
  const [what, pid = "", start] = last.split(" ");
  return what === "enter" && startOf(Number(pid)) === start ? pid : undefined;
}

function startOf(pid: number): string {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
    return fields[0] === "Z" || fields[0] === "X" ? "ended" : (fields[19] ?? "");
  } catch {
    return "ended";
  }
}

/** Reads, where asked to saves first, and tells the place, the credential's number, or what went wrong: once for each mode. */
async function useKeychain(modes: string[]): Promise<void> {
  const openKeychain = () =>
    openSystemKeychain({ ...context, nodePath: process.execPath, limitMilliseconds: 10_000 });
  for (const order of modes) {
    const [mode = "", work] = order.split(":");
    const options = { folder, mode: mode as StoreOptions["mode"] };
    const trial = openStore(options, { ...context, openKeychain });
    try {
      if (work === "save") await trial.save(numberedCredential(1));
      const found = await trial.read(numberedCredential(1));
      const { protection } = await trial.place();
      tell(`${order} ${protection} ${found && numberOf(found)}`);
    } catch (error) {
      tell(`${order} ${error instanceof OAuthLabError ? error.code : error}`);
    }
  }
}

if (role === "save-on") await saveOn(Number(rest[0]));
else if (role === "save-once") await saveOnce(Number(rest[0]));
else if (role === "save-once-traced") {
  await waitForTracer();
  await saveOnce(Number(rest[0]));
} else if (role === "use-keychain") await useKeychain(rest);
else if (role === "hold") {
  await store.withLock(numberedCredential(0), async () => {
    tell("holding");
    await wait(2 ** 31 - 1);
  });
} else if (role === "enter-lock") {
  const [log = "", visits, killShare, seed] = rest;
  await enterLock({
    log,
    visits: Number(visits),
    killShare: Number(killShare),
    seed: Number(seed),
  });
} else throw new Error(`no role ${role}`);
