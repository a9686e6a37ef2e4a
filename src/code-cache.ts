// Keeps V8's compiled code of what `token` runs: to compile it takes a third of its time, and Node's own cache (compile-cache.ts)
// leaves out the functions that were compiled when they were first called, which are nearly all.
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { constants, Script } from "node:vm";
import { compiledCodeFolder } from "./compile-cache.ts";

/** `require`, for the file that most of a start goes into; the build loads it by this (build/lazy-requires.mjs). */
export function requireCompiled(require: NodeJS.Require, name: string): unknown {
  const folder = compiledCodeFolder(process);
  return folder === undefined ? require(name) : requireBy(require, { name, folder });
}

/** As Node's own loader does it, save that the script takes compiled code and gives it. */
function requireBy(
  require: NodeJS.Require,
  { name, folder }: { readonly name: string; readonly folder: string },
): unknown {
  const path = require.resolve(name);
  // The file's name has a digest of its text, and V8 itself looks whether the code is of its version.
  const place = join(folder, `${basename(path, ".js")}-${process.version}-${process.arch}`);
  const cachedData = readCode(place);
  const source = readFileSync(path, "utf8");
  const script = new Script(
    `(function (exports, require, module, __filename, __dirname) {${source}\n})`,
    {
      filename: path,
      cachedData,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    },
  );
  if (cachedData === undefined || script.cachedDataRejected) saveAtExit(place, script);
  const module = { id: path, path, filename: path, exports: {}, loaded: true, children: [] };
  require.cache[path] = module as unknown as NodeJS.Module;
  script.runInThisContext()(module.exports, require, module, path, dirname(path));
  return module.exports;
}

/** A run of `token` that went well has compiled what the next one needs. */
function saveAtExit(place: string, script: Script): void {
  if (process.argv[2] !== "token") return;
  process.once("exit", (code) => {
    if (code === 0) saveCode(place, script.createCachedData());
  });
}

/** V8 runs what it is given, damaged or not: the code is there twice, and both must be the same. */
export function readCode(place: string): Buffer | undefined {
  try {
    const both = readFileSync(place);
    const half = both.byteLength / 2;
    const code = both.subarray(0, half);
    return code.equals(both.subarray(half)) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** A cache that cannot be written is none: the run was good without it. */
export function saveCode(place: string, code: Buffer): void {
  try {
    mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
    const whileWritten = `${place}.${process.pid}`;
    const file = openSync(whileWritten, "wx", 0o600);
    for (const half of [code, code]) writeSync(file, half);
    fsyncSync(file);
    closeSync(file);
    renameSync(whileWritten, place);
  } catch {}
}
