// The documents as the tests read them: sections with their code blocks, command lines, links and tables.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rowsUnder } from "../../build/markdown-table.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** A command as a document shows it, with the settings that its section gives before it. */
export interface DocumentedCommand {
  readonly args: readonly string[];
  /** `NAME=value` before the command. */
  readonly environment: Readonly<Record<string, string>>;
  /** The lines of the `ini` blocks so far in the section. */
  readonly envFile: readonly string[];
}

/** A file of the repository, by its path from the root. */
export function readDocument(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** The paths of all documents, from the root. */
export function documentPaths(): string[] {
  const inDocs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" });
  const atRoot = readdirSync(root).filter((name) => name.endsWith(".md"));
  return [...atRoot, ...inDocs.map((name) => join("docs", name))]
    .filter((path) => path.endsWith(".md"))
    .sort();
}

/** The commands of a document's `sh` blocks, in order. */
export function documentedCommands(text: string): DocumentedCommand[] {
  return text.split(/^## /m).flatMap((section) => {
    const envFile: string[] = [];
    return codeBlocks(section).flatMap(({ language, code }) => {
      if (language === "ini") envFile.push(...code.trim().split("\n"));
      return language === "sh" ? readCommands(code, [...envFile]) : [];
    });
  });
}

/** Every command line of ours that stands in running text, as arguments. */
export function mentionedCommands(text: string): string[][] {
  const prose = text.replace(/^ *```[\s\S]*?^ *```/gm, "");
  const mentions = [...prose.matchAll(/`(?:npx )?oauth-lab ([^`<…]+)`/g)];
  return mentions.map(([, line = ""]) => line.trim().split(/\s+/));
}

/** The fenced blocks of a document, in order, without their indentation. */
export function codeBlocks(text: string): { language: string; code: string }[] {
  const blocks = text.matchAll(/^( *)```(\w+)\n([\s\S]*?)^\1```/gm);
  return [...blocks].map(([, indent = "", language = "", code = ""]) => ({
    language,
    code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  }));
}

function readCommands(script: string, envFile: readonly string[]): DocumentedCommand[] {
  const lines = script.replaceAll("\\\n", " ").replaceAll(/(^|\s)#.*$/gm, "");
  const found = lines.matchAll(/((?:[A-Z_]+=[^\s$]+\s+)*)npx oauth-lab ([^|&)">\n]+)/g);
  return [...found].map(([, assignments = "", line = ""]) => ({
    args: line.trim().split(/\s+/),
    environment: readAssignments(assignments.trim().split(/\s+/)),
    envFile,
  }));
}

/** `NAME=value` lines as a record. */
export function readAssignments(lines: readonly string[]): Record<string, string> {
  const pairs = lines.map((line) => /^([A-Z_]+)=(.*)$/.exec(line));
  return Object.fromEntries(pairs.flatMap((pair) => (pair ? [[pair[1], pair[2]]] : [])));
}

/** The relative links and images of a document, each as the path from the root and the anchor. */
export function relativeLinks(path: string): { target: string; anchor: string }[] {
  const text = readDocument(path).replace(/^ *```[\s\S]*?^ *```/gm, "");
  const found = text.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g);
  return [...found].flatMap(([, link, image]) => {
    const [file = "", anchor = ""] = (link ?? image ?? "").split("#");
    if (/^[a-z]+:/.test(file)) return [];
    const target = file === "" ? path : relative(root, join(root, dirname(path), file));
    return [{ target, anchor }];
  });
}

/** The anchors that GitHub gives a document's headings. */
export function headingAnchors(path: string): string[] {
  const headings = readDocument(path).matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
}

/** The rows of the first table under a heading, without its head; backquotes are taken off. */
export function tableUnder(heading: string, text: string): string[][] {
  return rowsUnder(heading, text).map((row) => row.map((cell) => cell.replaceAll("`", "")));
}
