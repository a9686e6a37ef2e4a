// What the lab writes, as a real browser reads it.
import { readFileSync } from "node:fs";
import * as files from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { play, startSandboxScene } from "../commands/scene.ts";
import { hasChromium, launchChromium, whyNoChromium } from "../support/chromium.ts";

/** What test/support/page-audit.mjs finds. */
interface Audit {
  readonly language: string;
  readonly landmarks: readonly string[];
  readonly levels: readonly number[];
  readonly deadLinks: readonly string[];
  readonly unnamedRows: number;
  readonly scrollWidth: number;
  readonly dashes: readonly string[];
  readonly lowContrast: readonly string[];
}

const audit = readFileSync(join(import.meta.dirname, "../support/page-audit.mjs"), "utf8");

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
    const keys = JSON.parse(stderr).log.entries[4].request.url;
    const page = await browser.newPage();
    await page.routeFromHAR(path, { notFound: "abort" });
    await page.goto(keys);
    expect(await page.textContent("body")).toContain('"keys"');
  });

  it.each(["en", "ru"])(
    "a report in %s has landmarks, headings in order, named tables, and fits a phone",
    async (language) => {
      const { context } = await startSandboxScene();
      await play(context, `login sandbox --report lab.html --lang ${language}`);
      const faults: string[] = [];
      const requests: string[] = [];
      const page = await browser.newPage({ viewport: { width: 375, height: 700 } });
      page.on("console", (message) => faults.push(message.text()));
      page.on("request", (request) => requests.push(request.url()));
      const address = `file://${join(context.workingFolder, "lab.html")}`;
      await page.goto(address);
      const found = await page.evaluate<Audit>(audit);
      expect(requests).toEqual([address]);
      expect(faults).toEqual([]);
      expect(found.language).toBe(language);
      expect(found.landmarks).toEqual(["HEADER", "NAV", "MAIN"]);
      expect(found.deadLinks).toEqual([]);
      expect(found.scrollWidth).toBe(375);
      expect(found.dashes).toEqual(["7px, 5px", "none"]);
      for (const [index, level] of found.levels.entries())
        expect(level - (found.levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
      expect(found.unnamedRows).toBe(0);
      for (const scheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme: scheme });
        const { lowContrast } = await page.evaluate<Audit>(audit);
        expect(lowContrast, scheme).toEqual([]);
      }
    },
  );
});
