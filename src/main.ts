#!/usr/bin/env node
// The program's start: answers --version at once; the rest is loaded for everything else, where it is first named
// (build/lazy-requires.mjs).
import { writeSync } from "node:fs";
import { keepsOwnCode } from "./code-cache.ts";
import { keepCompiledCode } from "./compile-cache.ts";

// Loads process.ts and what comes with it.
export { requireCompiled } from "./code-cache.ts";

import { runProcess } from "./process.ts";
import { version } from "./version.ts";

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
  writeSync(1, `${version}\n`);
} else {
  if (!keepsOwnCode(argv[0])) keepCompiledCode(process);
  // In its turn: bundled, this file has exported nothing yet, and the rest imports from it. queueMicrotask() would load more.
  void Promise.resolve().then(() => runProcess(process, argv));
}
