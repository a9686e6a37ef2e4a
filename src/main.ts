#!/usr/bin/env node
// The program's start: answers --version at once, and loads the rest for everything else.
import { writeSync } from "node:fs";
import { keepCompiledCode } from "./compile-cache.ts";
import { version } from "./version.ts";

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
  writeSync(1, `${version}\n`);
} else {
  keepCompiledCode(process);
  import("./process.ts").then(({ runProcess }) => runProcess(process, argv));
}
