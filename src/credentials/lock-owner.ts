// The name that a lock's owner leaves: all that another process has to judge it by.
import { randomBytes } from "node:crypto";
import type { ProcessIdentity } from "../context.ts";

/** A file name for this process, different each time it is made. */
export function formatOwner({ pid, startedAt, kernel, machine }: ProcessIdentity): string {
  return ["p", pid, startedAt, kernel, machine, randomBytes(8).toString("hex")].join("-");
}

/** The process that a name stands for; undefined for a name of another kind. */
export function parseOwner(name: string): ProcessIdentity | undefined {
  const match =
    /^p-(\d{1,10})-([0-9a-z]{0,20})-([0-9a-z]{0,20})-([0-9a-z]{0,20})-[0-9a-f]{16}$/.exec(name);
  const [, pid, startedAt, kernel, machine] = match ?? [];
  if (pid === undefined || startedAt === undefined) return undefined;
  if (kernel === undefined || machine === undefined) return undefined;
  return { pid: Number(pid), startedAt, kernel, machine };
}
