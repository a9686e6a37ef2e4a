// The browser of the tests that look at pages: where it is, and how it is started.
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Whether there is one. */
export const hasChromium = existsSync(executablePath);

/** For a title: why tests are skipped. */
export const whyNoChromium = hasChromium ? "" : `, which is not at ${executablePath}`;

if (!hasChromium && process.env.CI === "true") {
  throw new Error(`no browser at ${executablePath}: CI must run these tests (CHROMIUM_PATH)`);
}

/** Starts it; the caller closes it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath, args });
}
