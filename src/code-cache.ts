// Keeps V8's compiled code of the commands that are started most: to compile it takes a third of their time, and Node's own
// cache (compile-cache.ts) leaves out the functions that were compiled when they were first called, which are nearly all.
import {
  closeSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { Script } from "node:vm";
import { compiledCodeFolder } from "./compile-cache.ts";

/** What prompts, hooks, loops and the TAB key run, and what is looked at first. Each has code of its own: what one of them runs the others do not. */
const frequent = new Set(["token", "exec", "git-credential", "complete", "--help"]);

/** Whether this first word of a command line keeps its compiled code here. */
export function keepsOwnCode(command: string | undefined): command is string {
  return command !== undefined && frequent.has(command);
}

/** `require` for the files of the bundle; the build loads them by this (build/lazy-requires.mjs). */
export function requireCompiled(require: NodeJS.Require, name: string): unknown {
  const command = process.argv[2];
  const path = require.resolve(name);
  if (!keepsOwnCode(command) || require.cache[path]) return require(name);
  const folder = compiledCodeFolder(process);
  if (folder === undefined) return require(name);
  return requireBy(require, { path, prefix: join(folder, `${command}-`) });
}

/** As Node's own loader does it, save that the script takes compiled code and gives it. */
function requireBy(
  require: NodeJS.Require,
  { path, prefix }: { readonly path: string; readonly prefix: string },
): unknown {
  // The file's name ends in a digest of its text, and V8 itself looks whether the code is of its version.
  const place = `${prefix}${process.version}-${process.arch}-${basename(path, ".js")}`;
  const source = readFileSync(path, "utf8");
  // A script of our own may import nothing but with a warning that it is an experiment.
  if (source.includes("import(")) return require(path);
  const cachedData = readCode(place);
  const script = new Script(
    `(function (exports, require, module, __filename, __dirname) {${source}\n})`,
    { filename: path, cachedData },
  );
  if (cachedData === undefined || script.cachedDataRejected) saveAtExit(place, script);
  const module = { id: path, path, filename: path, exports: {}, loaded: true, children: [] };
  require.cache[path] = module as unknown as NodeJS.Module;
  script.runInThisContext()(module.exports, require, module, path, dirname(path));
  return module.exports;
}

const unsaved = new Map<string, Script>();

/** A run that went well has compiled what the next one needs. */
function saveAtExit(place: string, script: Script): void {
  unsaved.set(place, script);
  if (unsaved.size > 1) return;
  process.once("exit", (code) => {
    if (code !== 0) return;
    for (const [path, compiled] of unsaved) saveCode(path, compiled.createCachedData());
  });
}

/** V8 runs what it is given, damaged or not: the code is there twice, and both must be the same. */
export function readCode(place: string): Buffer | undefined {
  try {
    const both = readBytes(place);
    const half = both.byteLength / 2;
    const code = both.subarray(0, half);
    return code.equals(both.subarray(half)) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** By the calls that a credential is read by, too: each call of Node's that is new to a run has to be compiled. */
function readBytes(path: string): Buffer {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(fstatSync(file).size);
    return bytes.subarray(0, readSync(file, bytes));
  } finally {
    closeSync(file);
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
    removeOlder(place);
  } catch {}
}

/** Longer than anybody needs what an oauth-lab left that was replaced since, or a run that was killed while it wrote. */
const keptMilliseconds = 30 * 86_400_000;

/** Of this file of the bundle. Two that are in use, such as a global one and a project's, leave each other alone, or save once a month. */
function removeOlder(place: string): void {
  const digest = /-[\w-]{8}$/;
  const [folder, name] = [dirname(place), basename(place)];
  const beginning = name.replace(digest, "-");
  for (const other of readdirSync(folder)) {
    const path = join(folder, other);
    const isOld = () => Date.now() - lstatSync(path).mtimeMs > keptMilliseconds;
    if (other !== name && other.startsWith(beginning) && isOld()) unlinkSync(path);
  }
}
