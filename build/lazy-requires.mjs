// Loads what a chunk requires at its first use, not where the chunk begins: node:crypto alone would cost `token` a tenth of
// its time. It rewrites nothing but the declarations with which rolldown begins a chunk, and knows them by their syntax.
import { parseAst } from "rolldown/parseAst";

/**
 * The plugin. Fails the build where a module is used otherwise than name by name: what is passed on whole cannot be lazy.
 * Where `requireCompiled` is at hand, the chunk's own or main's, our other chunks are loaded by that.
 */
export const lazyRequires = {
  name: "lazy-requires",
  renderChunk(code) {
    const program = parseAst(code);
    const requires = program.body.flatMap((statement) => readRequire(statement) ?? []);
    const names = new Set(requires.flatMap(({ name }) => name ?? []));
    const loader = findLoader(program, requires);
    const edits = requires.map((required) => edit(required, requireLazily(required, loader)));
    for (const [node, parent] of walk(program)) {
      if (names.has(node.name) && !isSubject(node, parent)) {
        throw new Error(`Not lazy: ${code.slice(parent.start, parent.end)}. Import names only.`);
      }
      const isHead = edits.some(({ start, end }) => start <= node.start && node.end <= end);
      if (!isHead && isRequire(node)) edits.push(edit(node, load(node.arguments[0].value, loader)));
    }
    // From the last one on, so that the others stay where they are.
    return edits
      .sort((one, other) => other.start - one.start)
      .reduce((text, { start, end, by }) => text.slice(0, start) + by + text.slice(end), code);
  },
};

function edit({ start, end }, by) {
  return { start, end, by };
}

/** How this chunk names requireCompiled; undefined where it knows nothing of it. */
function findLoader({ body }, requires) {
  if (body.some(({ id }) => id?.name === "requireCompiled")) return "requireCompiled";
  const main = requires.find(({ module }) => module === "./main.js");
  return main && `${main.name}.requireCompiled`;
}

/** What `const name = require("module");` says, or a `require("module");` that has no effect; undefined for any other statement. */
function readRequire({ start, end, declarations: [variable, ...others] = [], expression }) {
  const call = variable?.init ?? expression;
  if (!isRequire(call) || others.length > 0) return undefined;
  const [{ value: module }] = call.arguments;
  if (variable?.id.type === "Identifier") return { start, end, name: variable.id.name, module };
  return expression && /^(node:|\.\/rolldown-runtime)/.test(module)
    ? { start, end, module }
    : undefined;
}

function isRequire(node) {
  return node?.callee?.name === "require" && node.arguments.length === 1;
}

/** Whether a name stands where something is declared by it or taken from it: `node_path.join`. */
function isSubject(node, parent) {
  const isProperty = parent.property === node && !parent.computed;
  return parent.id === node || parent.object === node || isProperty;
}

/** rolldown names what it takes from a module at each use, as in `(0, node_path.join)(…)`: there it is loaded. */
function requireLazily({ name, module }, loader) {
  if (name === undefined) return "";
  return `const ${name} = new Proxy({}, { get: (kept, key) => (kept.module ??= ${load(module, loader)})[key] });`;
}

function load(module, loader) {
  const path = JSON.stringify(module);
  return loader && module.startsWith("./") && module !== "./main.js"
    ? `${loader}(require, ${path})`
    : `require(${path})`;
}

/** Each node of a syntax tree with its parent. */
function* walk(node, parent = {}) {
  yield [node, parent];
  for (const child of Object.values(node).flat()) if (child?.type) yield* walk(child, node);
}
