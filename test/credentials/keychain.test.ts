// The real Secret Service: gnome-keyring on a D-Bus session of its own, unlocked, locked and absent.
import { execFile, execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { openSystemKeychain } from "../../src/credentials/keychain.ts";
import { setUpWorkplace } from "../torture/build-worker.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const nodePath = process.execPath;
const programs = ["dbus-run-session", "dbus-send", "gnome-keyring-daemon"];
const missing = programs.filter((program) => !isInstalled(program));
const isSkipped = missing.length > 0 && process.env.CI !== "true";

function isInstalled(program: string): boolean {
  try {
    execFileSync("which", [program], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const unlock = `printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
  until dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets/collection/login org.freedesktop.DBus.Introspectable.Introspect >/dev/null 2>&1; do :; done`;
const lock = `dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >/dev/null`;

/** Runs a script on a D-Bus session of its own; \`use <mode>[:save]…\` in it is a process that uses the store. */
async function inSession(script: string, busOptions: string[] = []) {
  const workplace = await setUpWorkplace();
  onTestFinished(workplace.remove);
  const home = join(workplace.folder, "home");
  const folder = join(workplace.folder, "store");
  await mkdir(home, { mode: 0o700 });
  const use = `use() { "${nodePath}" "${workplace.worker}" use-keychain "${folder}" "$@"; }`;
  const { stdout } = await promisify(execFile)(
    "dbus-run-session",
    [...busOptions, "--", "bash", "-c", `${use}\n${script}`],
    // No display: nobody is there whom a prompt could ask.
    { env: { PATH: process.env.PATH, HOME: home, XDG_RUNTIME_DIR: home } },
  );
  return { lines: stdout.trim().split("\n"), folder };
}

describe.skipIf(isSkipped)(
  `gnome-keyring${missing.length > 0 ? ` (not installed: ${missing})` : ""}`,
  { timeout: 60_000 },
  () => {
    it("holds the key of what is saved, for the next process too", async () => {
      const { lines, folder } = await inSession(`${unlock}\n use auto:save\n use auto keychain`);
      expect(lines).toEqual(["auto:save keychain 1", "auto keychain 1", "keychain keychain 1"]);
      const [name = ""] = (await readdir(folder)).filter((each) => each.endsWith(".json"));
      const text = await readFile(join(folder, name), "utf8");
      expect(JSON.parse(text).sealed).toBe("keychain");
      expect(text).not.toContain("refresh-1-");
    });

    it("G22 that is locked is done without under auto, and is missed under keychain", async () => {
      const { lines } = await inSession(`${unlock}\n ${lock}\n use keychain:save auto:save`);
      expect(lines).toEqual(["keychain:save keychain_unavailable", "auto:save file 1"]);
    });

    it("G22 that was locked since a save opens nothing, and lets nothing weaker take its place", async () => {
      const { lines } = await inSession(
        `${unlock}\n use auto:save\n ${lock}\n use auto auto:save file file:save`,
      );
      expect(lines).toEqual([
        "auto:save keychain 1",
        "auto keychain_unavailable",
        "auto:save keychain_unavailable",
        "file keychain_unavailable",
        "file:save file 1",
      ]);
    });

    it("G22 that is absent from the session is done without under auto", async () => {
      const config = join(await temporaryFolder(), "bus.conf");
      await writeFile(
        config,
        `<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
          <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`,
      );
      // The kernel's own keyring would take the value in its place, and lose it at the next restart.
      const keys = "grep -c oauth-lab /proc/keys || true";
      const { lines } = await inSession(
        `before=$(${keys}); use keychain:save auto:save; [ "$before" = "$(${keys})" ]`,
        [`--config-file=${config}`],
      );
      expect(lines).toEqual(["keychain:save keychain_unavailable", "auto:save file 1"]);
    });
  },
);

describe.skipIf(process.platform !== "linux")("a system", () => {
  const options = { platform: process.platform, userId: 4_000_000, nodePath } as const;

  it("without a session bus has no keychain", async () => {
    expect(await openSystemKeychain({ ...options, env: {} })).toBeUndefined();
  });

  it("G22 with a bus that never answers is waited for no longer than the limit", async () => {
    const path = join(await temporaryFolder(), "bus");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => void server.close());
    const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}` };
    const keychain = await openSystemKeychain({ ...options, env, limitMilliseconds: 40 });
    await expect(keychain?.write("probe", "value-of-no-worth")).rejects.toMatchObject({
      kind: "store",
      code: "keychain_unavailable",
      message: expect.stringContaining("did not answer in time"),
    });
  });

  it("J06 lends the child nothing of the environment that could load other code into it", async () => {
    const bus = join(await temporaryFolder(), "no-bus");
    const evil = join(await temporaryFolder(), "evil.cjs");
    const witness = `${evil}.ran`;
    await writeFile(evil, `require("node:fs").writeFileSync(${JSON.stringify(witness)}, "")`);
    const env = {
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${bus}`,
      NODE_OPTIONS: `--require ${evil}`,
      NAPI_RS_NATIVE_LIBRARY_PATH: evil,
    };
    const keychain = await openSystemKeychain({ ...options, env });
    await expect(keychain?.read("probe")).rejects.toMatchObject({ code: "keychain_unavailable" });
    await expect(readFile(witness)).rejects.toMatchObject({ code: "ENOENT" });
  });
});
