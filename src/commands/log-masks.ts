// Tells a CI runner which values to black out in its log, before anything else can print them. On stderr: runners read both streams, and stdout is the result.
import type { Context } from "../context.ts";
import type { Secret } from "../secret.ts";

/** Masks the values where the job's runner takes such a command (GitHub Actions, Azure Pipelines); GitLab and Jenkins have none. */
export function maskInLog(
  secrets: readonly Secret[],
  { env, stderr }: Pick<Context, "env" | "stderr">,
): void {
  for (const secret of secrets) {
    const value = secret.reveal();
    // Each runner undoes its own way of writing a percent sign.
    if (env.GITHUB_ACTIONS === "true")
      stderr.write(`::add-mask::${value.replaceAll("%", "%25")}\n`);
    if (isAzure(env)) stderr.write(`##vso[task.setsecret]${value.replaceAll("%", "%AZP25")}\n`);
  }
}

function isAzure({ TF_BUILD }: Context["env"]): boolean {
  return TF_BUILD?.toLowerCase() === "true";
}
