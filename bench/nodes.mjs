// Finds a Node by its line (`24`) or its path. Lines other than the running one come from npm, by way of npx.
import { execFileSync } from "node:child_process";

/** `{ path, version }` of each. Throws where one cannot be had. */
export function findNodes(wanted) {
  return wanted.map((node) => {
    const path = findNode(node);
    return {
      path,
      version: execFileSync(path, ["--version"], { encoding: "utf8" }).trim().slice(1),
    };
  });
}

function findNode(node) {
  if (!/^\d+$/.test(node)) return node;
  if (process.versions.node.startsWith(`${node}.`)) return process.execPath;
  const args = ["--yes", `--package=node@${node}`, "--", "node", "-p", "process.execPath"];
  return execFileSync("npx", args, { encoding: "utf8" }).trim();
}
