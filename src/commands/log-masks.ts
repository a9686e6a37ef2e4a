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
  for (const value of secrets.flatMap((secret) => maskedValues(secret.reveal()))) {
    // Each runner undoes its own way of writing a percent sign.
    if (takesGitHubMasks(env)) write(`::add-mask::${onOneLine(value, "%25")}`);
    if (takesAzureMasks(env)) write(`##vso[task.setsecret]${onOneLine(value, "%AZP25")}`);
  }
}

/** A log is masked line by line: of a value with a line end in it, each line counts too (CVE-2021-32074). */
function maskedValues(value: string): string[] {
  return [...new Set([value, ...value.split(/[\r\n]+/)])].filter(Boolean);
}

/** A raw line end would end the command, and what follows it would stand in the log. */
function onOneLine(value: string, percent: string): string {
  return value.replaceAll("%", percent).replaceAll("\r", "%0D").replaceAll("\n", "%0A");
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
