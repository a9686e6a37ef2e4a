// Takes one guard after the other out of a copy of the tree and runs the tests that must notice.
// npm run mutation -- [--only <text in a guard's name>] [--part 1/2] [--write docs/guards.md]; where not all are tried, the other guards' rows
// stay as they are. Parts may run at once.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { chmod, cp, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { guards } from "./guards.mjs";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    part: { type: "string", default: "1/1" },
    write: { type: "string" },
  },
});
/** A mutant that lets a test hang is noticed by the tests' own time-outs; this ends one that hangs the runner. */
const longestRunMilliseconds = 300_000;
/** All the tests at once, before any guard is out. */
const longestFirstRunMilliseconds = 1_800_000;

const [part, parts] = values.part.split("/").map(Number);
const chosen = guards
  .filter(({ name }) => name.includes(values.only))
  .filter((_, index) => index % parts === part - 1);
const copy = await mkdtemp(join(await realpath(tmpdir()), "oauth-lab-mutation-"));
try {
  // Some tests run the program as another user.
  await chmod(copy, 0o755);
  const left = new Set([".git", "dist", "node_modules"]);
  for (const part of readdirSync(".").filter((name) => !left.has(name)))
    await cp(part, join(copy, part), { recursive: true });
  await symlink(resolve("node_modules"), join(copy, "node_modules"));
  const before = runTests([...new Set(chosen.flatMap(({ tests }) => tests))], {
    limit: longestFirstRunMilliseconds,
    options: [],
  });
  for (const [test, why] of before.failed) tell(`red without any mutant: ${test}: ${why}`);
  const rows = [];
  for (const guard of chosen) {
    const row = { ...guard, ...(await tryGuard(guard, before.failed)) };
    tell(`${row.fate.padEnd(9)} ${row.name}${row.noticedBy ? `: ${row.noticedBy}` : ""}`);
    rows.push(row);
  }
  const escaped = rows.filter(({ fate }) => fate !== "noticed");
  if (values.write) await writeTable(values.write, rows);
  tell(`${rows.length - escaped.length} of ${rows.length} removals were noticed`);
  if (escaped.length > 0 || before.failed.size > 0) process.exitCode = 1;
} finally {
  await rm(copy, { recursive: true, force: true });
}

/** `noticed` with the first test that went red, `survived`, `missing` where the text is not there exactly once, `broken` where nothing could be run. */
async function tryGuard({ file, find, replace, tests }, redBefore) {
  const path = join(copy, file);
  const text = await readFile(path, "utf8");
  if (text.split(find).length !== 2) return { fate: "missing" };
  await writeFile(
    path,
    text.replace(find, () => replace),
  );
  const { failed, ran } = runTests(tests, {
    limit: longestRunMilliseconds,
    options: redBefore.size === 0 ? ["--bail=1"] : [],
  });
  await writeFile(path, text);
  if (ran === 0) return { fate: "broken" };
  const [noticedBy] = [...failed.keys()].filter((test) => !redBefore.has(test));
  return noticedBy === undefined ? { fate: "survived" } : { fate: "noticed", noticedBy };
}

/** The tests that failed by their names, each with the first line of why, those that did not end last; and how many were run at all. */
function runTests(tests, { limit, options }) {
  const vitest = resolve("node_modules/vitest/vitest.mjs");
  const output = join(copy, "report.json");
  // Patience: on a busy machine a test must not pass for one that noticed something.
  const patience = "--testTimeout=30000";
  const report = ["--reporter=json", `--outputFile=${output}`];
  const args = [vitest, "run", ...tests, patience, ...options, ...report];
  rmSync(output, { force: true });
  spawnSync(process.execPath, args, { cwd: copy, timeout: limit });
  if (!existsSync(output)) return { failed: new Map([["the run hung", ""]]), ran: 1 };
  const { testResults } = JSON.parse(readFileSync(output, "utf8"));
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const didNotEnd = ({ failureMessages }) => /timed out in/.test(failureMessages.join());
  const failed = results
    .filter(({ status }) => status === "failed")
    .sort((one, other) => Number(didNotEnd(one)) - Number(didNotEnd(other)));
  const whyOf = ({ failureMessages: [message = ""] }) => message.split("\n")[0];
  return {
    failed: new Map(failed.map((result) => [result.fullName, whyOf(result)])),
    ran: results.length,
  };
}

/** Writes the table: these rows, and those that stand there already for the guards that were not tried. */
async function writeTable(path, rows) {
  const date = new Date().toISOString().slice(0, 10);
  const lines = new Map(rows.map((row) => [row.name, formatRow({ ...row, date })]));
  const old =
    chosen.length < guards.length && existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  const kept = (name) => old.find((line) => line.startsWith(`| ${escapeCell(name)} |`));
  const untried = (guard) => formatRow({ ...guard, fate: "not tried yet", date: "" });
  const all = guards.map((guard) => lines.get(guard.name) ?? kept(guard.name) ?? untried(guard));
  const noticed = all.filter((line) => !line.includes("| **")).length;
  const table = `# Guards, and the tests that notice when one is gone

Written by \`npm run mutation -- --write docs/guards.md\`, which takes one guard after the other out of a copy of the tree and runs the tests named for it in \`test/mutation/guards.mjs\`. It fails when a removal goes unnoticed, or when a guard's text is no longer found. With \`--only\` or \`--part\` some guards are tried again, and the other rows stay.

${noticed} of ${all.length} removals were noticed.

| guard taken out | in | first test that went red | tried |
|---|---|---|---|
${all.join("\n")}
`;
  await writeFile(path, table);
}

function formatRow({ name, file, fate, noticedBy = `**${fate}**`, date }) {
  return `| ${[name, `\`${file}\``, noticedBy, date].map(escapeCell).join(" | ")} |`;
}

function escapeCell(cell) {
  return cell.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

function tell(line) {
  process.stdout.write(`${line}\n`);
}
