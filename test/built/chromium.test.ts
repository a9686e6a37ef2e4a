// The pages of a login in a real browser: sign-in, consent, result. What they say, what assistive technology hears, and that the browser finds no fault with them.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSecondContext, play, startSandboxScene } from "../commands/scene.ts";
import { hasChromium, launchChromium, whyNoChromium } from "../support/chromium.ts";

/** Only a failing test waits for it. */
const patienceMs = 3000;

describe.skipIf(!hasChromium)(`in Chromium${whyNoChromium}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  /** Runs a login whose browser is Chromium with this user before it, and gives what the command did and what the browser complained of. */
  async function logIn(use: (page: Page) => Promise<void>) {
    const { context } = await startSandboxScene();
    const faults: string[] = [];
    const addresses: string[] = [];
    const user = await createSecondContext(context, {
      browser: async (url, { watch }) => {
        const page = await browser.newPage();
        page.setDefaultTimeout(patienceMs);
        page.on("console", (message) => faults.push(message.text()));
        page.on("pageerror", ({ message }) => faults.push(message));
        page.on("requestfailed", (request) => faults.push(request.url()));
        page.on("request", (request) => {
          addresses.push(request.url());
          watch(request.url());
        });
        try {
          await page.goto(url.href);
          await use(page);
        } catch (error) {
          user.interrupt();
          throw error;
        } finally {
          await page.close();
        }
      },
    });
    const outcome = await play(user, "login sandbox");
    await user.browserDone();
    return { outcome, faults, addresses };
  }

  it("signs in, consents and shows that it worked, with the code gone from the address bar", async () => {
    const { outcome, faults, addresses } = await logIn(async (page) => {
      await expectPage(page, "Who are you?");
      await page.getByRole("button", { name: /Ada Lovelace/ }).click();
      await expectPage(page, "Allow oauth-lab to use your account?");
      for (const scope of ["openid", "email", "profile", "offline_access"]) {
        expect(await page.getByText(scope, { exact: true }).count(), scope).toBeGreaterThan(0);
      }
      expect(await page.getByRole("button", { name: "Deny" }).count()).toBe(1);
      await page.getByRole("button", { name: "Allow" }).click();
      await expectPage(page, "You are signed in");
      expect(new URL(page.url()).pathname).toBe("/done");
      expect(page.url()).not.toMatch(/[?#]/);
    });
    expect(outcome).toMatchObject({ exitCode: 0, stdout: "" });
    expect(outcome.stderr).toContain("Signed in to sandbox as ada");
    expect(faults).toEqual([]);
    expect(addresses.filter((address) => address.includes("code="))).toHaveLength(1);
  });

  it("denies, and says that it did not succeed", async () => {
    const { outcome, faults } = await logIn(async (page) => {
      await page.getByRole("button", { name: /Grace Hopper/ }).click();
      await page.getByRole("button", { name: "Deny" }).click();
      await expectPage(page, "The sign-in did not succeed");
      expect(page.url()).not.toMatch(/[?#]/);
    });
    expect(outcome).toMatchObject({ exitCode: 5, stdout: "" });
    expect(faults).toEqual([]);
  });

  it("can be done with the keyboard alone", async () => {
    const { outcome } = await logIn(async (page) => {
      for (const name of [/Ada Lovelace/, /Allow/]) {
        const button = page.getByRole("button", { name });
        await button.waitFor();
        for (let tabs = 0; tabs < 10 && !(await isFocused(page, name)); tabs += 1) {
          await page.keyboard.press("Tab");
        }
        await page.keyboard.press("Enter");
      }
      await page.getByRole("heading", { name: "You are signed in" }).waitFor();
    });
    expect(outcome.exitCode).toBe(0);
  });

  it("fits on a telephone, in the light and in the dark", async () => {
    await logIn(async (page) => {
      await page.setViewportSize({ width: 320, height: 640 });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await overflow(page)).toBe(0);
        expect(await contrast(page)).toBeGreaterThan(7);
      }
      await page.getByRole("button", { name: /Ada Lovelace/ }).click();
      await page.getByRole("button", { name: "Allow" }).waitFor();
      expect(await overflow(page)).toBe(0);
      await page.getByRole("button", { name: "Allow" }).click();
      await page.getByRole("heading", { name: "You are signed in" }).waitFor();
      expect(await overflow(page)).toBe(0);
    });
  });
});

/** One heading of this name, a title, a language and a main landmark: what a screen reader goes by. */
async function expectPage(page: Page, heading: string | RegExp): Promise<void> {
  await page.getByRole("heading", { level: 1, name: heading }).waitFor();
  expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
  expect(await page.getByRole("main").count()).toBe(1);
  expect(await page.title()).not.toBe("");
  expect(await page.locator("html").getAttribute("lang")).toBe("en");
}

async function isFocused(page: Page, name: RegExp): Promise<boolean> {
  return name.test(
    await page.evaluate<string>(
      "document.activeElement.matches('button') ? document.activeElement.textContent : ''",
    ),
  );
}

/** How many pixels the page is wider than the screen. */
function overflow(page: Page): Promise<number> {
  return page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
}

/** The contrast of text to background (WCAG 2.2 §1.4.3). */
async function contrast(page: Page): Promise<number> {
  const style = await page.evaluate<{ color: string; backgroundColor: string }>(
    "(({ color, backgroundColor }) => ({ color, backgroundColor }))(getComputedStyle(document.body))",
  );
  const [one, other] = [luminance(style.color), luminance(style.backgroundColor)];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

/** The relative luminance of an `rgb(…)` colour, from 0 to 1. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map((value) => {
    const part = Number(value) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
