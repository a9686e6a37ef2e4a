// A small runner of GitHub Actions: runs the scripts of a job's steps as the real one does, with its files, its masks and its expressions. Programs of the world outside are stand-ins on PATH.
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { buildProgram, type Home } from "./built.ts";

/** A step, as the YAML says it. */
export interface ActionStep {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: string;
}

/** What the expressions of a job know. */
export interface ActionWorld {
  /** By their names in expressions, such as `secrets.LAB_REFRESH_TOKEN`. */
  readonly values: Readonly<Record<string, string>>;
  /** Beside what every step has. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a step did. */
export interface StepResult {
  readonly code: number;
  /** Both streams: what the log would show without masks. */
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Lays the stand-ins out: `npx` runs the built program, `gh secret set` and `curl` keep what they were given on stdin. */
export async function createRunnerTools({ folder }: Home): Promise<string> {
  const bin = join(folder, "bin");
  await fs.mkdir(bin);
  const tools = {
    npx: `[ "$1 \${2%%@*}" = "--yes oauth-lab" ] || exit 99\nshift 2\nexec '${process.execPath}' '${await buildProgram()}' "$@"`,
    gh: `[ -n "$GH_TOKEN" ] || exit 4\n[ "$2" = set ] || exit 0\ncat > "${folder}/gh-$3"`,
    curl: `cat > "${folder}/curl-stdin"\nprintf '%s\\n' "$@" > "${folder}/curl-arguments"`,
  };
  for (const [name, script] of Object.entries(tools))
    await fs.writeFile(join(bin, name), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
  return bin;
}

/** Runs the steps that have a script, one after the other, until one fails. */
export async function runSteps(
  steps: readonly ActionStep[],
  { home, bin, world }: { home: Home; bin: string; world: ActionWorld },
): Promise<StepResult[]> {
  const results: StepResult[] = [];
  const values = new Map(Object.entries(world.values));
  for (const { id, env = {}, run } of steps) {
    if (run === undefined) continue;
    const mapped = Object.entries(env).map(([key, text]) => [key, evaluate(text, values)]);
    const script = evaluate(run, values);
    const result = await runScript(script, {
      home,
      bin,
      env: { ...world.env, ...Object.fromEntries(mapped) },
    });
    results.push(result);
    if (result.code !== 0) break;
    for (const [name, value] of Object.entries(result.outputs))
      values.set(`steps.${id}.outputs.${name}`, value);
  }
  return results;
}

/** What is unknown is empty, as at GitHub. */
function evaluate(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\{\{ ([\w.-]+) \}\}/g, (_, name: string) => values.get(name) ?? "");
}

async function runScript(
  script: string,
  { home, bin, env }: { home: Home; bin: string; env: Readonly<Record<string, string>> },
): Promise<StepResult> {
  const [file, output] = [join(home.folder, "step.sh"), join(home.folder, "output")];
  await fs.writeFile(file, script);
  await fs.writeFile(output, "");
  const all = {
    ...home.env,
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_OUTPUT: output,
    ...env,
    PATH: `${bin}:${home.env.PATH}`,
  };
  return new Promise((resolve) => {
    // https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#exit-codes-and-error-action-preference
    const args = ["--noprofile", "--norc", "-eo", "pipefail", file];
    execFile("bash", args, { env: all, cwd: home.workingFolder }, async (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      const lines = (await fs.readFile(output, "utf8")).split("\n").filter(Boolean);
      const pairs = lines.map((line) => [line.split("=")[0], line.split("=").slice(1).join("=")]);
      resolve({ code, log: stdout + stderr, outputs: Object.fromEntries(pairs) });
    });
  });
}
