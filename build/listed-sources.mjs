// The sources that build.mjs names one by one: a name that is no source of the bundle any more must not pass in silence.

/** Throws where one of these sources is in no chunk of the output: it was renamed, or is imported no more. */
export function refuseUnbuilt(listed, output) {
  const built = new Set(output.flatMap(({ moduleIds = [] }) => moduleIds));
  const missing = [...listed].filter((source) => !built.has(source));
  if (missing.length > 0) throw new Error(`Listed in build.mjs, but not built: ${missing}`);
}
