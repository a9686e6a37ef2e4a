// Opens a checked address in the user's browser, with an environment that carries no secret of ours.
import { checkEndpoint } from "../providers/provider.ts";

/** What a browser's starter needs of the environment; nothing that could hold a client secret. */
const passedOn =
  /^(PATH|HOME|USER|LOGNAME|LANG|LC_.*|TERM|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_.*|DBUS_SESSION_BUS_ADDRESS|BROWSER|DESKTOP_SESSION|GNOME_.*|KDE_.*|WSL_.*|WSLENV|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|APPDATA|LOCALAPPDATA|USERPROFILE|PROGRAMFILES.*|TEMP|TMP)$/i;
/** Windows cuts command lines; a longer address is printed only. */
const maxAddressLength = 8000;

/** Starts the browser; false where that fails. Throws `unsafe` for an address that must not be opened. */
export async function openBrowser(url: URL, env: NodeJS.ProcessEnv): Promise<boolean> {
  // What URL leaves as it is in a path, a shell between us and the browser might not.
  const address = checkEndpoint(url.href, "address to open").href.replace(
    /[$'()`]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
  if (address.length > maxAddressLength) return false;
  const { default: open } = await import("open");
  return withEnvironment(env, async () => {
    try {
      const child = await open(address);
      child.once("error", () => {});
      return true;
    } catch {
      return false;
    }
  });
}

/** `open` takes no environment, so ours is cut down while it starts the child. */
async function withEnvironment<T>(env: NodeJS.ProcessEnv, work: () => Promise<T>): Promise<T> {
  const removed = Object.entries(env).filter(([name]) => !passedOn.test(name));
  for (const [name] of removed) delete env[name];
  try {
    return await work();
  } finally {
    Object.assign(env, Object.fromEntries(removed));
  }
}
