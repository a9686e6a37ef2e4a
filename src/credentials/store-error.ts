// Turns the errno of a failed file operation into one sentence and what to do about it.
import { OAuthLabError } from "../errors.ts";

const hints: Readonly<Record<string, string>> = {
  ENOSPC: "Free some space on that disk, then run the command again.",
  EDQUOT: "Your disk quota is used up: delete something, then run the command again.",
  EFBIG: "A file size limit (ulimit -f) is in the way: raise it, then run the command again.",
  EIO: "The disk reports a defect: check it, or set OAUTH_LAB_HOME to a folder on another disk.",
  EROFS: "That file system is read-only: set OAUTH_LAB_HOME to a folder that can be written.",
  EACCES:
    "Make the folder writable for your user, or set OAUTH_LAB_HOME to another folder of yours.",
  EPERM:
    "Make the folder writable for your user, or set OAUTH_LAB_HOME to another folder of yours.",
  ENAMETOOLONG: "Set OAUTH_LAB_HOME to a shorter path.",
  ENOTDIR: "A part of that path is a file: move it away, or set OAUTH_LAB_HOME to another folder.",
  EMFILE: "Too many files are open: raise the limit (ulimit -n), then run the command again.",
  ENFILE: "The system has too many open files: close some programs, then run the command again.",
};

/** The errno of a failed file operation, such as `ENOSPC`; undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/** What to throw for a failed file operation: the store's error, where it has an errno; any other error stays what it is. `doing` continues "Could not …". */
export function storeError(error: unknown, { doing, path }: { doing: string; path: string }) {
  const errno = errnoOf(error);
  if (error instanceof OAuthLabError || errno === undefined) return error;
  return new OAuthLabError({
    kind: "store",
    code: errno.toLowerCase(),
    message: `Could not ${doing} ${path} (${errno}).`,
    hint: hints[errno] ?? "Run oauth-lab doctor: it tests the store step by step.",
  });
}
