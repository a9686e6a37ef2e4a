import { describe, expect, it } from "vitest";
import { FormBrowser } from "../../src/lab/form-browser.ts";
import type { Sandbox } from "../../src/sandbox/server.ts";
import { post, start } from "./lab.ts";

const grantType = "urn:ietf:params:oauth:grant-type:device_code";

interface DeviceAuthorization {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly complete: string;
}

async function askForCode({ issuer }: Sandbox): Promise<DeviceAuthorization> {
  const { body } = await post(`${issuer}/device/auth`, { scope: "openid offline_access" });
  expect(body.verification_uri).toBe(`${issuer}/device`);
  return {
    deviceCode: String(body.device_code),
    userCode: String(body.user_code),
    complete: String(body.verification_uri_complete),
  };
}

function poll({ issuer }: Sandbox, { deviceCode }: DeviceAuthorization) {
  return post(`${issuer}/token`, { grant_type: grantType, device_code: deviceCode });
}

describe("the device flow", () => {
  it("gives the device its tokens once the code was typed, confirmed and allowed", async () => {
    const sandbox = await start();
    const device = await askForCode(sandbox);
    expect(device.userCode).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    expect((await poll(sandbox, device)).body.error).toBe("authorization_pending");

    const browser = new FormBrowser();
    const field = await browser.visit(`${sandbox.issuer}/device`);
    const confirm = await browser.submit(field, { user_code: device.userCode.toLowerCase() });
    expect(confirm.text).toContain(`<code class="user-code">${device.userCode}</code>`);
    const signIn = await browser.submit(confirm, {});
    const consent = await browser.submit(signIn, { user: "grace" });
    expect(consent.text).toContain("Grace Hopper");
    const done = await browser.submit(consent, { answer: "allow" });
    expect(done.text).toContain("Your device is connected");

    const { body } = await poll(sandbox, device);
    expect(body.refresh_token).toMatch(/^sandbox_/);
    expect((await poll(sandbox, device)).body.error).toBe("invalid_grant");
  });

  it("fills in the code of the complete address, and still asks", async () => {
    const sandbox = await start();
    const device = await askForCode(sandbox);
    const browser = new FormBrowser();
    const field = await browser.visit(device.complete);
    expect(field.text).toContain(`name="user_code" value="${device.userCode}"`);
    const confirm = await browser.submit(field, { user_code: device.userCode });
    expect(confirm.text).toContain("Is this the code on your device?");
  });

  it.each([
    ["at the confirmation", ["abort"]],
    ["at the consent", ["confirm", "user", "deny"]],
  ])("tells the device when the user says no %s", async (_name, steps) => {
    const sandbox = await start();
    const device = await askForCode(sandbox);
    const browser = new FormBrowser();
    let page = await browser.visit(`${sandbox.issuer}/device`);
    page = await browser.submit(page, { user_code: device.userCode });
    for (const step of steps) {
      const answers = {
        abort: { abort: "yes" },
        confirm: {},
        user: { user: "ada" },
        deny: { answer: "deny" },
      };
      page = await browser.submit(page, answers[step as keyof typeof answers]);
    }
    expect(page.text).toContain("You said no");
    expect((await poll(sandbox, device)).body.error).toBe("access_denied");
  });

  it.each([
    ["", "Type the code first."],
    ["WRONG", "No device shows this code."],
  ])("says what is wrong with the code %j and asks again", async (code, problem) => {
    const { issuer } = await start();
    const browser = new FormBrowser();
    const page = await browser.submit(await browser.visit(`${issuer}/device`), { user_code: code });
    expect(page.text).toContain(`role="alert">${problem}`);
    expect(page.text).toContain('name="user_code"');
  });

  it("refuses a form without the token of the page that was shown", async () => {
    const sandbox = await start();
    const device = await askForCode(sandbox);
    const browser = new FormBrowser();
    const field = await browser.visit(`${sandbox.issuer}/device`);
    await browser.submit(field, { user_code: device.userCode, confirm: "yes", xsrf: "" });
    expect((await poll(sandbox, device)).body.error).toBe("authorization_pending");
  });
});
