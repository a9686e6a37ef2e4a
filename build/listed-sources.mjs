// The sources that build.mjs names one by one: a name that is no source of the bundle any more must not pass in silence, nor one for later that is needed at once.
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

/** Throws where one of these sources is in no chunk of the output: it was renamed, or is imported no more. */
export function refuseUnbuilt(listed, output) {
  const built = new Set(output.flatMap(({ moduleIds = [] }) => moduleIds));
  const missing = [...listed].filter((source) => !built.has(source));
  if (missing.length > 0) throw new Error(`Listed in build.mjs, but not built: ${missing}`);
}

/**
 * Throws where the chunk `program`, as it stands in the folder, needs another one while it is loaded: what that takes
 * back from `program` would not be there yet. The chunk is loaded to see; the others are not, since `main` starts a run.
 */
export function refuseEarlyLoads(output, folder) {
  const require = createRequire(join(resolve(folder), "main.js"));
  const path = ({ fileName }) => join(resolve(folder), fileName);
  const chunks = output.filter(({ type }) => type === "chunk");
  const program = chunks.find(({ name }) => name === "program");
  for (const chunk of chunks) if (chunk !== program) require.cache[path(chunk)] = trap(chunk);
  try {
    require(path(program));
  } finally {
    for (const chunk of chunks) delete require.cache[path(chunk)];
  }
}

/** A module that is there already, and throws where anything of it is taken. */
function trap({ fileName }) {
  return {
    loaded: true,
    get exports() {
      throw new Error(
        `${fileName} is needed while the program is loaded: take it where it is used`,
      );
    },
  };
}
