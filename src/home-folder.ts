// Where our own files are unless OAUTH_LAB_HOME names another place.
import { homedir } from "node:os";
import { posix, win32 } from "node:path";
import type { Context } from "./context.ts";

/** The user's home folder; empty for a user whom the system does not know, as in a container with a number for a user. */
export function findHomeFolder({ env, platform }: Pick<Context, "env" | "platform">): string {
  // What homedir() looks at first, without loading node:os.
  if (platform !== "win32" && env.HOME) return env.HOME;
  try {
    return homedir();
  } catch {
    return "";
  }
}

/** The platform's own folder (XDG Base Directory on Linux and where it is set); no absolute path where there is no home folder. */
export function platformHome({
  env,
  homeFolder,
  platform,
}: Pick<Context, "env" | "homeFolder" | "platform">): string {
  if (platform === "win32") {
    return win32.join(env.LOCALAPPDATA ?? win32.join(homeFolder, "AppData", "Local"), "oauth-lab");
  }
  const state = env.XDG_STATE_HOME;
  if (state !== undefined && posix.isAbsolute(state)) return posix.join(state, "oauth-lab");
  return platform === "darwin"
    ? posix.join(homeFolder, "Library", "Application Support", "oauth-lab")
    : posix.join(homeFolder, ".local", "state", "oauth-lab");
}
