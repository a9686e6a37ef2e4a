// What --json prints, compared with the schemas in docs/schema: a member that is not documented is as wrong as one that is missing.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { splitRest } from "../../src/command-line.ts";
import { commands } from "../../src/commands/table.ts";

const folder = join(import.meta.dirname, "..", "..", "docs", "schema");
const suffix = ".schema.json";

/** The names of all schemas. */
export const schemaNames: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith(suffix))
  .map((file) => basename(file, suffix));

/** A schema as it stands in its file. */
export function readSchema(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, `${name}${suffix}`), "utf8"));
}

let ajv: Ajv2020 | undefined;

/** Compiles a schema, in ajv's strict mode, which knows every keyword. Throws for one that is none. */
export function compileSchema(name: string): ValidateFunction {
  if (ajv === undefined) {
    ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
    ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    for (const each of schemaNames) ajv.addSchema(readSchema(each));
  }
  const validate = ajv.getSchema(`${name}${suffix}`);
  if (validate === undefined) throw new Error(`there is no schema ${name}`);
  return validate;
}

/** What a schema has against a document; nothing where it fits. */
export function problemsOf(name: string, document: unknown): string[] {
  const validate = compileSchema(name);
  if (validate(document)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${name}${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

/** The schema that the stdout of a command line fits, of those that its command names; undefined where it printed nothing, or another's output. Throws for what fits none. */
export function documentedAs(args: readonly string[], stdout: string): string | undefined {
  const { words } = splitRest(args);
  const names = commands.find(({ name }) => name === words[0])?.json ?? [];
  if (!words.includes("--json") || words.includes("--help")) return undefined;
  if (stdout === "" || names.length === 0) return undefined;
  const document: unknown = JSON.parse(stdout);
  const tried = names.map((name) => ({ name, problems: problemsOf(name, document) }));
  const fitting = tried.find(({ problems }) => problems.length === 0);
  if (fitting) return fitting.name;
  const problems = tried.flatMap((attempt) => attempt.problems).join("\n");
  throw new Error(`${args.join(" ")} prints what docs/schema does not describe:\n${problems}`);
}
