// Loads what a chunk requires at its first use, not where the chunk begins: node:crypto alone would cost `token` a tenth of
// its time. It rewrites nothing but the declarations with which rolldown begins a chunk, and knows them by their syntax.
import { parseAst } from "rolldown/parseAst";

/**
 * The plugin. Fails the build where a module is used otherwise than name by name: what is passed on whole cannot be lazy.
 * A chunk that declares `requireCompiled` loads our other chunks by that.
 */
export const lazyRequires = {
  name: "lazy-requires",
  renderChunk(code) {
    const program = parseAst(code);
    const requires = program.body.flatMap((statement) => readRequire(statement) ?? []);
    const names = new Set(requires.flatMap(({ name }) => name ?? []));
    for (const [node, parent] of walk(program)) {
      if (names.has(node.name) && !isSubject(node, parent)) {
        throw new Error(`Not lazy: ${code.slice(parent.start, parent.end)}. Import names only.`);
      }
    }
    const loader = program.body.some(({ id }) => id?.name === "requireCompiled")
      ? "requireCompiled"
      : undefined;
    // From the last one on, so that the others stay where they are.
    return requires.reduceRight(
      (text, { start, end, ...required }) =>
        text.slice(0, start) + requireLazily(required, loader) + text.slice(end),
      code,
    );
  },
};

/** What `const name = require("module");` says, or a `require("module");` that has no effect; undefined for any other statement. */
function readRequire({ start, end, declarations: [variable, ...others] = [], expression }) {
  const call = variable?.init ?? expression;
  if (call?.callee?.name !== "require" || others.length > 0) return undefined;
  const [{ value: module }] = call.arguments;
  if (variable?.id.type === "Identifier") return { start, end, name: variable.id.name, module };
  return expression && /^(node:|\.\/rolldown-runtime)/.test(module)
    ? { start, end, module }
    : undefined;
}

/** Whether a name stands where something is declared by it or taken from it: `node_path.join`. */
function isSubject(node, parent) {
  const isProperty = parent.property === node && !parent.computed;
  return parent.id === node || parent.object === node || isProperty;
}

/** rolldown names what it takes from a module at each use, as in `(0, node_path.join)(…)`: there it is loaded. */
function requireLazily({ name, module }, loader) {
  if (name === undefined) return "";
  const path = JSON.stringify(module);
  const load =
    loader && module.startsWith("./") ? `${loader}(require, ${path})` : `require(${path})`;
  return `const ${name} = new Proxy({}, { get: (kept, key) => (kept.module ??= ${load})[key] });`;
}

/** Each node of a syntax tree with its parent. */
function* walk(node, parent = {}) {
  yield [node, parent];
  for (const child of Object.values(node).flat()) if (child?.type) yield* walk(child, node);
}
