// Tells a CI runner which values to black out in its log, before anything else can print them. On stderr: runners read both streams, and stdout is the result.
import type { Context } from "../context.ts";
import type { Secret } from "../secret.ts";

/** Masks the values where the job's runner takes such a command (GitHub Actions, Azure Pipelines); GitLab and Jenkins have none. */
export function maskInLog(
  secrets: readonly Secret[],
  { env, stderr, stderrOwner }: Pick<Context, "env" | "stderr" | "stderrOwner">,
): void {
  const write = (line: string) =>
    stderrOwner ? stderrOwner.command(line) : stderr.write(`${line}\n`);
  for (const secret of secrets) {
    const value = secret.reveal();
    // Each runner undoes its own way of writing a percent sign.
    if (takesGitHubMasks(env)) write(`::add-mask::${value.replaceAll("%", "%25")}`);
    if (takesAzureMasks(env)) write(`##vso[task.setsecret]${value.replaceAll("%", "%AZP25")}`);
  }
}

/** Whether the job's runner takes masks, which have to stand on stderr. */
export function takesMasks(env: Context["env"]): boolean {
  return takesGitHubMasks(env) || takesAzureMasks(env);
}

function takesGitHubMasks({ GITHUB_ACTIONS }: Context["env"]): boolean {
  return GITHUB_ACTIONS === "true";
}

function takesAzureMasks({ TF_BUILD }: Context["env"]): boolean {
  return TF_BUILD?.toLowerCase() === "true";
}
