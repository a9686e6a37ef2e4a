// The operating system's keychain through @napi-rs/keyring, in a child process: its calls can block a process for ever, so
// that only a kill ends them. The value goes by stdin and stdout, never by argv or the environment.
import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Keychain } from "../context.ts";
import { keychainUnavailable } from "./keychain-key.ts";

export interface SystemKeychainOptions {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userId: number | undefined;
  /** The Node.js that runs us (`process.execPath`). */
  readonly nodePath: string;
  /** How long one call may take: 3 s if not given. */
  readonly limitMilliseconds?: number;
}

const service = "oauth-lab";

const labels: Partial<Record<NodeJS.Platform, string>> = {
  darwin: "macOS Keychain",
  win32: "Windows Credential Manager",
};

/** The keychain of this system, undefined where its package is not installed or where no D-Bus session can hold one. Nothing of it is loaded, and nothing asked, before its first call. */
export async function openSystemKeychain(
  options: SystemKeychainOptions,
): Promise<Keychain | undefined> {
  const library = locateLibrary();
  const env = library === undefined ? undefined : await childEnvironment(options);
  if (library === undefined || env === undefined) return undefined;
  const label = labels[options.platform] ?? "Secret Service";
  const ask = (request: Request) =>
    runChild({ ...options, env, label, request: { library, service, ...request } });
  return {
    label,
    read: (account) => ask({ operation: "read", account }),
    write: async (account, value) => void (await ask({ operation: "write", account, value })),
    remove: async (account) => void (await ask({ operation: "remove", account })),
  };
}

interface Request {
  readonly operation: "read" | "write" | "remove";
  readonly account: string;
  readonly value?: string;
}

/** From this file, not from the working folder, which may hold anything. */
function locateLibrary(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve("@napi-rs/keyring");
  } catch {
    return undefined;
  }
}

/** Only what a keychain is found by: NODE_OPTIONS or NAPI_RS_NATIVE_LIBRARY_PATH would load other code next to the key. */
const passedOn = [
  ...["HOME", "USER", "LOGNAME", "PATH", "LANG", "TMPDIR", "XDG_RUNTIME_DIR"],
  ...["SYSTEMROOT", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TEMP"],
];

async function childEnvironment({
  platform,
  env,
  userId,
}: SystemKeychainOptions): Promise<Record<string, string> | undefined> {
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && passedOn.includes(name.toUpperCase())) passed[name] = value;
  }
  if (platform === "darwin" || platform === "win32") return passed;
  const address = env.DBUS_SESSION_BUS_ADDRESS || (await runtimeBus(userId));
  return address === undefined ? undefined : { ...passed, DBUS_SESSION_BUS_ADDRESS: address };
}

/** The bus that systemd gives a user, when the environment does not name it. */
async function runtimeBus(userId: number | undefined): Promise<string | undefined> {
  const path = `/run/user/${userId}/bus`;
  return access(path).then(
    () => `unix:path=${path}`,
    () => undefined,
  );
}

/** Other stores than the Secret Service lose the key at the next restart without a word, so it is the only one on Linux. */
const childScript = `
let input = "";
process.stdin.setEncoding("utf8").on("data", (text) => { input += text; }).on("end", () => {
  const { library, service, operation, account, value } = JSON.parse(input);
  const { Entry } = require(library);
  const entry = new Entry(service, account, { linux: { store: "secret-service" } });
  const answer = {
    read: () => entry.getPassword(),
    write: () => entry.setPassword(value),
    remove: () => entry.deletePassword(),
  }[operation]();
  if (typeof answer === "string") process.stdout.write(answer);
});`;

/** The value that was read, undefined where there is none; an empty one is never stored. */
function runChild({
  nodePath,
  limitMilliseconds = 3000,
  env,
  label,
  request,
}: {
  nodePath: string;
  limitMilliseconds?: number;
  env: Record<string, string>;
  label: string;
  request: Request & { library: string; service: string };
}): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const limits = {
      timeout: limitMilliseconds,
      killSignal: "SIGKILL",
      maxBuffer: 65_536,
    } as const;
    const child = execFile(nodePath, ["-e", childScript], { env, ...limits }, (error, stdout) => {
      // What the library says may quote what it was given: only how it ended is told.
      const why = error?.killed ? "did not answer in time" : "refused (locked, or not running)";
      if (error !== null) return reject(keychainUnavailable(`the ${label} ${why}`));
      resolve(stdout || undefined);
    });
    child.stdin?.on("error", () => {}).end(JSON.stringify(request));
  });
}
