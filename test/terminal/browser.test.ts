// What starts the browser, seen from the browser: a script in its place that writes down its arguments and environment.
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openBrowser } from "../../src/terminal/browser.ts";
import { whenWritten } from "../support/when-written.ts";

const authorizationUrl = new URL("https://as.example/authorize?client_id=lab&state=the-state");

/** A `BROWSER` that is this script, in a folder that goes with the test; xdg-open finds no desktop and takes it. */
async function createBrowser(
  script: string,
): Promise<{ folder: string; env: Record<string, string> }> {
  const folder = await fs.mkdtemp(join(tmpdir(), "oauth-lab-browser-"));
  onTestFinished(() => fs.rm(folder, { recursive: true, force: true }));
  const browser = join(folder, "browser");
  await fs.writeFile(browser, `#!/bin/sh\ncd ${folder}\n${script}\n`, { mode: 0o755 });
  return { folder, env: { PATH: process.env.PATH ?? "", HOME: folder, BROWSER: browser } };
}

/** Writes down what it was called with, then moves it to where the test looks: never half a file. */
const recorder = `
printf '%s\\n' "$@" >arguments.part
env >environment.part
mv environment.part environment
mv arguments.part arguments`;

// Windows and macOS start browsers without a shell script.
describe.runIf(process.platform === "linux")("opening the browser", () => {
  it("F05, L06 hands over the address as one argument, to the BROWSER of the environment", async () => {
    const { folder, env } = await createBrowser(recorder);
    expect(await openBrowser(authorizationUrl, env)).toBe(true);
    expect(await whenWritten(join(folder, "arguments"))).toBe(`${authorizationUrl.href}\n`);
  });

  it("J07 gives it an environment without any secret of ours", async () => {
    const secrets = {
      GITHUB_CLIENT_SECRET: "github-secret-0123456789",
      GOOGLE_REFRESH_TOKEN: "google-refresh-0123456789",
      OAUTH_LAB_PASSPHRASE: "passphrase-0123456789",
      NODE_OPTIONS: "--max-old-space-size=4096",
    };
    for (const [name, value] of Object.entries(secrets)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { folder, env } = await createBrowser(recorder);
    await openBrowser(authorizationUrl, { ...env, ...secrets, XDG_SESSION_TYPE: "wayland" });
    await whenWritten(join(folder, "arguments"));
    const environment = await whenWritten(join(folder, "environment"));
    expect(environment).toContain("XDG_SESSION_TYPE=wayland");
    for (const [name, value] of Object.entries(secrets)) {
      expect(environment).not.toContain(name);
      expect(environment).not.toContain(value);
    }
  });

  it("leaves our own environment as it is meanwhile", async () => {
    const { env } = await createBrowser("exit 0");
    const before = { ...process.env };
    const opening = openBrowser(authorizationUrl, env);
    expect(process.env).toEqual(before);
    await opening;
    expect(process.env).toEqual(before);
  });

  it("L02 leaves a shell nothing to expand", async () => {
    const { folder, env } = await createBrowser(recorder);
    const url = new URL("https://as.example/$(id)/`id`/it's?a=$(id)&b=`id`&c='x'");
    await openBrowser(url, env);
    const given = (await whenWritten(join(folder, "arguments"))).trim();
    expect(given).not.toMatch(/[$'()`\s]/);
    expect(decodeURIComponent(given)).toBe(decodeURIComponent(url.href));
  });

  it("L07 does not wait for a browser that hangs", async () => {
    const { folder, env } = await createBrowser(
      "echo $$ >pid.part; mv pid.part pid; exec sleep 60",
    );
    expect(await openBrowser(authorizationUrl, env)).toBe(true);
    process.kill(Number(await whenWritten(join(folder, "pid"))), "SIGKILL");
  });

  it("L07 does not fail with a browser that fails", async () => {
    const { env } = await createBrowser("exit 3");
    expect(await openBrowser(authorizationUrl, env)).toBe(true);
  });

  it("L08 starts nothing for an address that a command line would cut", async () => {
    const { folder, env } = await createBrowser(recorder);
    const url = new URL(authorizationUrl);
    url.searchParams.set("scope", "s".repeat(8000));
    expect(await openBrowser(url, env)).toBe(false);
    expect(await fs.readdir(folder)).toEqual(["browser"]);
  });
});

describe("what may be opened", () => {
  it.each([
    ["L01 a script", "javascript:alert(1)"],
    ["L01 a script in other letters", "JaVaScRiPt:alert(1)"],
    ["L01 a script behind spaces and controls", "\u0001 \tjavascript:alert(1)"],
    ["L01 data", "data:text/html,hello"],
    ["L01 another protocol", "ftp://as.example/authorize"],
    ["L01 another program's scheme", "ms-settings:privacy"],
    ["L03 a local file", "file:///etc/passwd"],
    ["L03 a file on another host", "file://server/share"],
    ["F02 http to another host", "http://as.example/authorize"],
    ["L01 a user name that looks like a host", "https://github.com@evil.example/authorize"],
    ["L01 a fragment", "https://as.example/authorize#state"],
  ])("refuses %s", async (_what, address) => {
    await expect(openBrowser(new URL(address), {})).rejects.toMatchObject({
      kind: "unsafe",
      code: "endpoint_refused",
    });
  });
});
