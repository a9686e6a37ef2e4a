// Opens a checked address in the user's browser, with an environment that carries no secret of ours.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { checkEndpoint } from "../providers/provider.ts";

const require = createRequire(import.meta.url);

/** What a browser's starter needs of the environment; nothing that could hold a client secret. */
const passedOn =
  /^(PATH|HOME|USER|LOGNAME|LANG|LC_.*|TERM|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_.*|DBUS_SESSION_BUS_ADDRESS|BROWSER|DESKTOP_SESSION|GNOME_.*|KDE_.*|WSL_.*|WSLENV|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|APPDATA|LOCALAPPDATA|USERPROFILE|PROGRAMFILES.*|TEMP|TMP)$/i;
/** Windows cuts command lines; a longer address is printed only. */
const maxAddressLength = 8000;
/** PowerShell, which starts browsers on Windows, may take this long; nobody waits for it any longer. */
const patienceMilliseconds = 5000;

/** `open` takes no environment, but a thread may have one of its own, and what fails or hangs in there holds nobody. */
const opener = `
const { address, open } = require("node:worker_threads").workerData;
import(open).then((module) => module.default(address));
`;

/** Starts the browser; false where that fails. Throws `unsafe` for an address that must not be opened. */
export async function openBrowser(
  url: URL,
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  // What URL leaves as it is in a path, a shell between us and the browser might not.
  const address = checkEndpoint(url.href, "address to open").href.replace(
    /[$'()`]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
  if (address.length > maxAddressLength) return false;
  const thread = new Worker(opener, {
    eval: true,
    env: Object.fromEntries(Object.entries(env).filter(([name]) => passedOn.test(name))),
    workerData: {
      address,
      open: pathToFileURL(require.resolve("open")).href,
    },
    stdout: true,
    stderr: true,
  });
  return new Promise((resolve) => {
    const giveUp = setTimeout(() => thread.terminate(), patienceMilliseconds);
    thread.once("error", () => {});
    thread.once("exit", (code) => {
      clearTimeout(giveUp);
      resolve(code === 0);
    });
  });
}
