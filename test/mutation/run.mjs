// Takes one guard after the other out of a copy of the tree and runs the tests that must notice.
// npm run mutation -- [--only <text in a guard's name>] [--write docs/guards.md]
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { cp, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { guards } from "./guards.mjs";

const { values } = parseArgs({
  options: { only: { type: "string", default: "" }, write: { type: "string" } },
});
/** A mutant that lets a test hang is noticed by the tests' own time-outs; this ends one that hangs the runner. */
const longestRunMilliseconds = 300_000;

const chosen = guards.filter(({ name }) => name.includes(values.only));
const copy = await mkdtemp(join(await realpath(tmpdir()), "oauth-lab-mutation-"));
try {
  const folders = ["src", "test", "docs", "bench", "build"];
  for (const part of [...folders, "build.mjs", "package.json", "tsconfig.json", "vitest.config.ts"])
    await cp(part, join(copy, part), { recursive: true });
  await symlink(resolve("node_modules"), join(copy, "node_modules"));
  const before = runTests([...new Set(chosen.flatMap(({ tests }) => tests))]);
  for (const test of before.failed) tell(`red without any mutant: ${test}`);
  const rows = [];
  for (const guard of chosen) {
    const row = { ...guard, ...(await tryGuard(guard, before.failed)) };
    tell(`${row.fate.padEnd(9)} ${row.name}${row.noticedBy ? `: ${row.noticedBy}` : ""}`);
    rows.push(row);
  }
  const escaped = rows.filter(({ fate }) => fate !== "noticed");
  const table = formatTable(rows, escaped.length);
  if (values.write) await writeFile(values.write, table);
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
  const { failed, ran } = runTests(tests);
  await writeFile(path, text);
  if (ran === 0) return { fate: "broken" };
  const [noticedBy] = [...failed].filter((test) => !redBefore.has(test));
  return noticedBy === undefined ? { fate: "survived" } : { fate: "noticed", noticedBy };
}

/** The names of the tests that failed, those that did not end last, and how many were run at all. */
function runTests(tests) {
  const vitest = resolve("node_modules/vitest/vitest.mjs");
  const output = join(copy, "report.json");
  // Patience: on a busy machine a test must not pass for one that noticed something.
  const patience = "--testTimeout=30000";
  const args = [vitest, "run", ...tests, patience, "--reporter=json", `--outputFile=${output}`];
  rmSync(output, { force: true });
  spawnSync(process.execPath, args, { cwd: copy, timeout: longestRunMilliseconds });
  if (!existsSync(output)) return { failed: new Set(["the run hung"]), ran: 1 };
  const report = JSON.parse(readFileSync(output, "utf8"));
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const didNotEnd = ({ failureMessages }) => /timed out in/.test(failureMessages.join());
  const failed = results
    .filter(({ status }) => status === "failed")
    .sort((one, other) => Number(didNotEnd(one)) - Number(didNotEnd(other)));
  return { failed: new Set(failed.map(({ fullName }) => fullName)), ran: results.length };
}

function formatTable(rows, escapedCount) {
  const lines = rows.map(({ name, file, fate, noticedBy = `**${fate}**` }) => {
    const cells = [name, `\`${file}\``, noticedBy];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("<", "&lt;")).join(" | ")} |`;
  });
  const date = new Date().toISOString().slice(0, 10);
  const count = `${rows.length - escapedCount} of ${rows.length} removals were noticed`;
  return `# Guards, and the tests that notice when one is gone

Written by \`npm run mutation -- --write docs/guards.md\`, which takes one guard after the other out of a copy of the tree and runs the tests named for it in \`test/mutation/guards.mjs\`. It fails when a removal goes unnoticed, or when a guard's text is no longer found.

${date}, Node ${process.version}: ${count}.

| guard taken out | in | first test that went red |
|---|---|---|
${lines.join("\n")}
`;
}

function tell(line) {
  process.stdout.write(`${line}\n`);
}
