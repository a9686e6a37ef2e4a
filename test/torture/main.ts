// The long runs. Prints a line of figures for each, and fails where one is not what docs/reliability.md promises.
import { release } from "node:os";
import { parseArgs } from "node:util";
import { tortureDisk } from "./disk-torture.ts";
import { tortureByKills } from "./kill-torture.ts";
import { tortureLock } from "./lock-torture.ts";
import { tortureProperties } from "./property-torture.ts";
import { tortureRefreshes } from "./refresh-torture.ts";
import { tortureSystemCalls } from "./system-call-torture.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    rounds: { type: "string", default: "80" },
    processes: { type: "string", default: "12" },
    visits: { type: "string", default: "6" },
    "kill-share": { type: "string", default: "0.35" },
    kills: { type: "string", default: "5000" },
    runs: { type: "string", default: "1000000" },
  },
});
const seed = Number(values.seed);
const refreshOptions = {
  ...{ program: "dist/main.js", seed },
  ...{ rounds: Number(values.rounds), processes: Number(values.processes) },
};

/** Each gives its figures, and whether they are the promised ones. */
const tortures: Record<string, () => Promise<{ figures: object; isKept: boolean }>> = {
  async lock() {
    const figures = await tortureLock({
      seed,
      rounds: Number(values.rounds),
      processes: Number(values.processes),
      visits: Number(values.visits),
      killShare: Number(values["kill-share"]),
    });
    return { figures, isKept: figures.overlaps === 0 && figures.failed === 0 };
  },
  async kills() {
    const figures = await tortureByKills({ seed, kills: Number(values.kills) });
    const { unreadable, lost, temporaryFilesLeft } = figures;
    return { figures, isKept: unreadable + lost + temporaryFilesLeft === 0 };
  },
  async refresh() {
    const figures = await tortureRefreshes({ ...refreshOptions, killShare: 0 });
    const isOne = figures.mostTokenRequests === 1 && figures.mostDistinctTokens === 1;
    return { figures, isKept: isOne && figures.failed + figures.reused === 0 };
  },
  async "refresh-kills"() {
    const killShare = Number(values["kill-share"]);
    const figures = await tortureRefreshes({ ...refreshOptions, killShare });
    return { figures, isKept: figures.failed + figures.reused === 0 };
  },
  async properties() {
    const figures = await tortureProperties({ seed, runs: Number(values.runs) });
    return { figures, isKept: figures.broken.length === 0 };
  },
  async "system-calls"() {
    const figures = await tortureSystemCalls();
    return { figures, isKept: figures.broken.length === 0 };
  },
  async disk() {
    const figures = await tortureDisk();
    return { figures, isKept: figures.broken.length === 0 };
  },
};

const names = positionals.length > 0 ? positionals : Object.keys(tortures);
for (const name of names) {
  const torture = tortures[name];
  if (torture === undefined) throw new Error(`No torture ${name}: ${Object.keys(tortures)}.`);
  const start = performance.now();
  const { figures, isKept } = await torture();
  const seconds = Math.round((performance.now() - start) / 1000);
  const machine = `Node ${process.version}, ${process.platform} ${release()}`;
  const line = { torture: name, isKept, seed, seconds, date: new Date(), machine, ...figures };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  if (!isKept) process.exitCode = 1;
}
