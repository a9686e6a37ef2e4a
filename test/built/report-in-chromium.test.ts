// What the lab writes, as a real browser reads it.
import * as files from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { play, startSandboxScene } from "../commands/scene.ts";
import { hasChromium, launchChromium, whyNoChromium } from "../support/chromium.ts";

describe.skipIf(!hasChromium)(`in Chromium${whyNoChromium}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  it("an archive of --trace=har answers for the server, which is gone", async () => {
    const { context } = await startSandboxScene();
    const { stderr } = await play(context, "login sandbox --trace=har");
    const path = join(context.workingFolder, "login.har");
    await files.writeFile(path, stderr);
    const keys = JSON.parse(stderr).log.entries[5].request.url;
    const page = await browser.newPage();
    await page.routeFromHAR(path, { notFound: "abort" });
    await page.goto(keys);
    expect(await page.textContent("body")).toContain('"keys"');
  });
});
