// Runs commands in turn, A B C A B C …, so that a machine whose speed drifts is as unfair to each. Knows nothing of oauth-lab.
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// bash tells wall time in microseconds and CPU time in milliseconds; GNU time, which tells peak memory, only hundredths of
// a second.
const timed = `TIMEFORMAT='%U %S'; start=$EPOCHREALTIME; time "$@" 2>"$BENCH_STDERR"; code=$?
echo "$start $EPOCHREALTIME" >&2; exit $code`;

/** One run: wall and CPU seconds. Throws where it fails. */
function runOnce({ command, env, cwd }) {
  return new Promise((resolve, reject) => {
    const errors = join(tmpdir(), `oauth-lab-bench-${process.pid}`);
    const child = spawn("bash", ["-c", timed, "bash", ...command], {
      cwd,
      env: { ...env, BENCH_STDERR: errors },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let times = "";
    child.stdout.resume();
    child.stderr.on("data", (text) => {
      times += text;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      const said = readFileSync(errors, "utf8");
      rmSync(errors, { force: true });
      if (code !== 0) return reject(new Error(`${command.join(" ")} ended with ${code}: ${said}`));
      const [user, system, start, end] = times.trim().split(/\s+/).map(Number);
      resolve({ wallSeconds: end - start, cpuSeconds: user + system });
    });
  });
}

/** Peak memory in MiB, as the kernel counted it; undefined without GNU time. */
async function measurePeak({ command, env, cwd }) {
  return new Promise((resolve) => {
    const child = spawn("/usr/bin/time", ["-f", "%M", ...command], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.resume();
    let text = "";
    child.stderr.on("data", (more) => {
      text += more;
    });
    child.once("error", () => resolve(undefined));
    child.once("close", () => {
      const kibibytes = Number(text.trim().split("\n").at(-1));
      resolve(kibibytes > 0 ? kibibytes / 1024 : undefined);
    });
  });
}

/** The middle value. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Measures commands against the first of them: `{ name, command, env, cwd }` each. A ratio is the median of the ratios of
 * runs that stood next to each other. A first round warms the disk's cache and does not count.
 */
export async function compare(commands, { runs }) {
  const results = commands.map(() => []);
  for (let round = -1; round < runs; round += 1) {
    for (const [index, command] of commands.entries()) {
      const result = await runOnce(command);
      if (round >= 0) results[index].push(result);
    }
  }
  const peaks = [];
  for (const command of commands) {
    const some = [];
    for (let run = 0; run < 5; run += 1) some.push(await measurePeak(command));
    peaks.push(some.includes(undefined) ? undefined : median(some));
  }
  const ratio = (index, figure) =>
    median(results[index].map((result, run) => result[figure] / results[0][run][figure]));
  return commands.map(({ name }, index) => ({
    name,
    wallMilliseconds: 1000 * median(results[index].map(({ wallSeconds }) => wallSeconds)),
    cpuMilliseconds: 1000 * median(results[index].map(({ cpuSeconds }) => cpuSeconds)),
    wallRatio: ratio(index, "wallSeconds"),
    cpuRatio: ratio(index, "cpuSeconds"),
    peakMebibytes: peaks[index],
    peakRatio: peaks[index] && peaks[0] ? peaks[index] / peaks[0] : undefined,
  }));
}

/** Wall seconds until so many processes that were started at once have ended. */
export async function timeCrowd({ command: [file, ...args], env, cwd }, count) {
  const start = process.hrtime.bigint();
  const ends = Array.from({ length: count }, () => {
    const child = spawn(file, args, { env, cwd, stdio: ["ignore", "pipe", "ignore"] });
    child.stdout.resume();
    return new Promise((ended, failed) => child.once("close", ended).once("error", failed));
  });
  const failed = (await Promise.all(ends)).filter((code) => code !== 0).length;
  if (failed > 0) throw new Error(`${failed} of ${count} failed: ${file} ${args.join(" ")}`);
  return Number(process.hrtime.bigint() - start) / 1e9;
}
