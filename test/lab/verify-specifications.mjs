// Compares the section titles in specifications.json with the RFCs' own texts, rfc6749.txt and so on, in a folder.
// node test/lab/verify-specifications.mjs FOLDER    (Debian: doc-rfc-std-proposed, -informational and -fyi-bcp, from non-free)
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder = "."] = process.argv.slice(2);
const specifications = JSON.parse(
  readFileSync(new URL("specifications.json", import.meta.url), "utf8"),
);
const say = (line) => process.stdout.write(`${line}\n`);
const words = (text) => text.replaceAll(/\s+/g, " ").trim().toLowerCase();

let verified = 0;
const wrong = [];
const unread = [];
for (const [document, { sections }] of Object.entries(specifications)) {
  const file = join(folder, `${document.toLowerCase().replace(" ", "")}.txt`);
  if (!existsSync(file)) {
    unread.push(document);
    continue;
  }
  const text = readFileSync(file, "utf8");
  for (const [section, title] of Object.entries(sections)) {
    // A heading stands at the margin, in the text; its second line is indented.
    const heading = new RegExp(
      `^${section.replaceAll(".", "\\.")}\\. +(.+(?:\\n {3,}\\S.*)?)`,
      "gm",
    );
    const found = [...text.matchAll(heading)].some(([, line]) =>
      words(line).startsWith(words(title)),
    );
    if (found) verified += 1;
    else wrong.push(`${document} §${section} ${title}`);
  }
}
say(`${verified} titles stand in the texts`);
for (const each of wrong) say(`NOT FOUND  ${each}`);
if (unread.length > 0) say(`no text here of ${unread.join(", ")}`);
process.exitCode = wrong.length > 0 ? 1 : 0;
