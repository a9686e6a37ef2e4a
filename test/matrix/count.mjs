// Counts the cases of the threat matrix (SECURITY.md §4) that a test is named after: node test/matrix/count.mjs [group…]. Fails where one has neither a test nor a sentence that says why not.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The last number of each group that has a test to be written. */
const lastOfGroup = {
  ...{ A: 36, B: 26, C: 5, D: 34, F: 18, G: 28, H: 15, I: 18, J: 21, K: 8, L: 9, M: 8, N: 7 },
};
/** Numbers that the matrix leaves out. */
const unused = new Set(
  "A07 A12 A29 A31 B06 B07 B18 D11 D13 D20 F04 F16 F17 G12 G19 G26 I04 I06 J12 J14 K03 K06 L04".split(
    " ",
  ),
);

/** Cases that nothing here can be tested for, and the sentence that tells the user so. */
const notClaimed = {
  // A core dump, a heap snapshot and swap are made by the system, or by a debugger of the same user.
  J09: ["SECURITY.md", "swap, a core dump or a heap snapshot may hold them"],
};

const found = new Set();
for (const file of readdirSync("test", { recursive: true })) {
  if (!file.endsWith(".test.ts")) continue;
  for (const name of namesIn(readFileSync(join("test", file), "utf8"))) {
    for (const id of idsIn(name)) found.add(id);
  }
}
const groups = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(lastOfGroup);
let [named, unclaimed, all] = [0, 0, 0];
for (const group of groups) {
  const ids = Array.from({ length: lastOfGroup[group] }, (_, index) => idOf(group, index + 1));
  const cases = ids.filter((id) => !unused.has(id));
  const untested = cases.filter((id) => !found.has(id));
  const told = untested.filter(isTold);
  const missing = untested.filter((id) => !told.includes(id));
  named += cases.length - untested.length;
  unclaimed += told.length;
  all += cases.length;
  const rest = [
    ...told.map((id) => `, not claimed: ${id} (${notClaimed[id][0]})`),
    ...(missing.length > 0 ? [`, without: ${missing.join(" ")}`] : []),
  ];
  const count = cases.length - untested.length;
  process.stdout.write(`${group}  ${count} of ${cases.length}${rest.join("")}\n`);
}
process.stdout.write(
  `${named} of ${all} cases of the matrix have a test named after them, ${unclaimed} not claimed\n`,
);
if (named + unclaimed < all) process.exitCode = 1;

/** Whether the document still says that this is not claimed. */
function isTold(id) {
  const [document, sentence] = notClaimed[id] ?? [];
  return document !== undefined && readFileSync(document, "utf8").includes(sentence);
}

/** The texts of a test file that a case may stand at the beginning of: names of tests, and rows of it.each. */
function namesIn(text) {
  return [...text.matchAll(/["'`](?=[A-NR]\d\d\b)([^"'`\n]*)/g)].map(([, name]) => name);
}

/** `A01`, `A01, A02`, and the range `A01-A03`, at the beginning of a name. */
function idsIn(name) {
  const [head] = /^(?:[A-NR]\d\d(?:[-–]|, ?| and | )?)+/.exec(name) ?? [""];
  return [...head.matchAll(/([A-N])(\d\d)(?:[-–][A-N]?(\d\d))?/g)].flatMap(
    ([, group, first, last = first]) =>
      Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) =>
        idOf(group, Number(first) + index),
      ),
  );
}

function idOf(group, number) {
  return `${group}${String(number).padStart(2, "0")}`;
}
