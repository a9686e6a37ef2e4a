// Lets Node keep our compiled code between runs (Node 22.8 and later). What lies there is run: it is kept only where nobody
// else could have put it.
import { lstatSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { findHomeFolder, platformHome } from "./home-folder.ts";

/** What Node has under this name since 22.1; its types for Node 20 do not know it. */
interface CompileCache {
  enableCompileCache?(folder: string): unknown;
}

/** Turns it on where compiled code may be kept. */
export function keepCompiledCode(host: NodeJS.Process): void {
  // Node 20 has none, and takes a millisecond to say so.
  if (host.versions.node.startsWith("20.")) return;
  const { enableCompileCache } = host.getBuiltinModule("node:module") as CompileCache;
  const folder = compiledCodeFolder(host);
  if (folder !== undefined) enableCompileCache?.(folder);
}

/** Where compiled code may lie: in our own folder, if that is there already and is ours alone; makes no folder for it. */
export function compiledCodeFolder(host: NodeJS.Process): string | undefined {
  const { env, platform } = host;
  const home =
    env.OAUTH_LAB_HOME || platformHome({ env, platform, homeFolder: findHomeFolder(host) });
  const isAllowed = isAbsolute(home) && isOursAlone(home, host.getuid?.());
  return isAllowed ? join(home, "compile-cache") : undefined;
}

/** Windows has neither the number nor the mode: there it cannot be told. */
function isOursAlone(folder: string, userId: number | undefined): boolean {
  try {
    const { uid, mode } = lstatSync(folder);
    return uid === userId && (mode & 0o170777) === 0o040700;
  } catch {
    return false;
  }
}
