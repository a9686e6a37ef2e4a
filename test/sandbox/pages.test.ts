import { describe, expect, it } from "vitest";
import { FormBrowser, type Shown } from "../../src/lab/form-browser.ts";
import { authorizationUrl, post, reachConsent, redirectUri, start } from "./lab.ts";

const evil = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`;
const evilClient = {
  client_id: "evil",
  client_name: `${evil}\u202E`,
  application_type: "native",
  token_endpoint_auth_method: "none",
  grant_types: ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"],
  redirect_uris: ["http://127.0.0.1/callback"],
} as const;

/** Every page that the sandbox can show, by what it is. */
async function allPages(): Promise<Record<string, Shown>> {
  const sandbox = await start({ clients: [evilClient] });
  const hostile = {
    client_id: "evil",
    redirect_uri: "http://127.0.0.1:1/callback",
    state: evil,
    scope: `openid ${evil.replaceAll(" ", "")}`.replaceAll('"', ""),
  };
  const login = new FormBrowser();
  const signIn = await login.visit(authorizationUrl(sandbox, hostile));
  const { body } = await post(`${sandbox.issuer}/device/auth`, {
    client_id: "evil",
    scope: "openid",
  });
  const device = new FormBrowser();
  const wrong = await device.submit(await device.visit(`${sandbox.issuer}/device`), {
    user_code: evil,
  });
  const confirm = await device.submit(wrong, { user_code: String(body.user_code) });
  const visit = (address: string | URL) => new FormBrowser().visit(address);
  const lost = { redirect_uri: `http://127.0.0.1/${evil}` };
  return {
    home: await visit(sandbox.issuer),
    "sign-in": signIn,
    consent: await login.submit(signIn, { user: "ada" }),
    "device code": await visit(`${sandbox.issuer}/device?user_code=${encodeURIComponent(evil)}`),
    "device code, wrong": wrong,
    "device confirmation": confirm,
    "device, denied": await device.submit(confirm, { abort: "yes" }),
    "unknown client": await visit(authorizationUrl(sandbox, { client_id: evil })),
    "unknown redirect": await visit(authorizationUrl(sandbox, lost)),
    "out of date": await visit(`${sandbox.issuer}/interaction/gone`),
    "nothing there": await visit(`${sandbox.issuer}/${encodeURIComponent(evil)}`),
  };
}

describe("every page", () => {
  it("forbids scripts, embedding, other sites' content, keeping and telling its address", async () => {
    for (const [name, { headers }] of Object.entries(await allPages())) {
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy, name).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; form-action [^;]+; base-uri 'none'; frame-ancestors 'none'$/,
      );
      expect(Object.fromEntries(headers), name).toMatchObject({
        "cache-control": "no-store",
        "content-type": "text/html; charset=utf-8",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
      });
    }
  });

  it("N06 shows what a client or a request named as text, never as markup", async () => {
    const pages = await allPages();
    expect(new Set(Object.values(pages).map(({ text }) => text)).size).toBe(11);
    for (const [name, { text }] of Object.entries(pages)) {
      expect(text, name).not.toMatch(/<script|<img|\u202E/);
    }
    expect(pages.consent?.text).toContain("&#60;script&#62;alert(1)");
  });

  it("is whole HTML: a language, a title, one main part with one heading, a label for each field", async () => {
    for (const [name, { text }] of Object.entries(await allPages())) {
      expect(text, name).toMatch(/^<!doctype html>\n<html lang="en">/);
      expect(text, name).toMatch(/<title>[^<]+ · oauth-lab<\/title>/);
      expect(text.match(/<main>/g), name).toHaveLength(1);
      expect(text.match(/<h1>/g), name).toHaveLength(1);
      const fields = [...text.matchAll(/<input class[^>]* id="(\w+)"/g)].map(([, id]) => id);
      for (const id of fields) expect(text, name).toContain(`<label for="${id}">`);
    }
  });

  it("lets its forms lead to this server, and through it to the client that asked, alone", async () => {
    const { consent } = await reachConsent(authorizationUrl(await start()));
    const policy = consent.headers.get("content-security-policy");
    expect(policy).toContain(`form-action 'self' ${new URL(redirectUri).origin};`);
    const pages = await allPages();
    expect(pages.home?.headers.get("content-security-policy")).toContain("form-action 'none';");
    expect(pages["device code"]?.headers.get("content-security-policy")).toContain(
      "form-action 'self';",
    );
  });
});

describe("the consent page", () => {
  it("names the client, the user and each scope in plain words, and the answers", async () => {
    const scope = "openid profile email read:notes offline_access unknown";
    const { consent } = await reachConsent(authorizationUrl(await start(), { scope }));
    for (const text of [
      "Ada Lovelace",
      "see your name",
      "read your notes",
      "with a refresh token",
    ]) {
      expect(consent.text).toContain(text);
    }
    expect(consent.text).toContain("<h1>Allow oauth-lab to use your account?</h1>");
    expect(consent.text).toMatch(/value="deny">Deny<.*value="allow">Allow</);
    expect(consent.text).not.toContain("unknown");
  });
});

describe("a form", () => {
  it.each([
    ["no token", { token: "" }],
    ["a token of the same length", { token: "A".repeat(43) }],
  ])("with %s is refused", async (_name, fields) => {
    const { browser, consent } = await reachConsent(authorizationUrl(await start()));
    const refused = await browser.submit(consent, { answer: "allow", ...fields });
    expect(refused.status).toBe(403);
    expect(refused.text).toContain("cross_site");
  });

  it("N03 with the token of another interaction is refused", async () => {
    const sandbox = await start();
    const other = await reachConsent(authorizationUrl(sandbox));
    const token = /name="token" value="([^"]+)"/.exec(other.consent.text)?.[1] ?? "";
    const { browser, consent } = await reachConsent(authorizationUrl(sandbox));
    expect((await browser.submit(consent, { answer: "allow", token })).status).toBe(403);
  });

  it("with the cookie and the token of another interaction is refused", async () => {
    const sandbox = await start();
    const [own, other] = [
      await reachConsent(authorizationUrl(sandbox)),
      await reachConsent(authorizationUrl(sandbox)),
    ];
    const token = /name="token" value="([^"]+)"/.exec(other.consent.text)?.[1] ?? "";
    const cookie = other.browser.cookiesFor(other.consent.url.pathname);
    const refused = await own.browser.submit(own.consent, { answer: "allow", token }, { cookie });
    expect([refused.url.href, refused.status]).toEqual([own.consent.url.href, 400]);
  });

  it("from a browser without the interaction's cookie is refused", async () => {
    const { consent } = await reachConsent(authorizationUrl(await start()));
    const refused = await new FormBrowser().submit(consent, { answer: "allow" });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain("session_not_found");
  });

  it.each([
    ["another site", { "sec-fetch-site": "cross-site" }],
    ["another port of this computer", { "sec-fetch-site": "same-site" }],
    ["another origin, in a browser without Fetch Metadata", { origin: "http://evil.example" }],
    ["a sandboxed frame, in such a browser", { origin: "null" }],
  ])("sent from %s is refused", async (_name, headers) => {
    const { browser, consent } = await reachConsent(authorizationUrl(await start()));
    const refused = await browser.submit(consent, { answer: "allow" }, headers);
    expect(refused.status).toBe(403);
  });

  it.each([
    [
      "Fetch Metadata and, for want of a referrer, no origin",
      { "sec-fetch-site": "same-origin", origin: "null" },
    ],
    ["its origin only", undefined],
  ])("of ours is taken with %s", async (_name, headers) => {
    const sandbox = await start();
    const { browser, consent } = await reachConsent(authorizationUrl(sandbox));
    const own = headers ?? { origin: sandbox.issuer };
    const { url } = await browser.submit(consent, { answer: "allow" }, own);
    expect(url.searchParams.get("code")).toBeTruthy();
  });

  it.each([
    ["an answer that no button gives", { answer: "maybe" }, 400],
    ["more than a form of ours ever holds", { answer: "allow", more: "x".repeat(5000) }, 413],
  ])("with %s is refused, and the user can still answer", async (_name, fields, status) => {
    const { browser, consent } = await reachConsent(authorizationUrl(await start()));
    expect((await browser.submit(consent, fields)).status).toBe(status);
    expect((await browser.submit(consent, { answer: "allow" })).url.port).toBe("54321");
  });

  it("with a user that does not exist is refused", async () => {
    const browser = new FormBrowser();
    const signIn = await browser.visit(authorizationUrl(await start()));
    expect((await browser.submit(signIn, { user: "nobody" })).status).toBe(400);
  });
});

it("a form_post answer may run its one script and nothing else", async () => {
  const sandbox = await start();
  const { browser, consent } = await reachConsent(
    authorizationUrl(sandbox, { response_mode: "form_post" }),
  );
  const { headers, text } = await browser.submit(consent, { answer: "allow" });
  expect(text).toContain(`action="${redirectUri}"`);
  expect(headers.get("content-security-policy")).toMatch(
    /^default-src 'none';script-src 'sha256-[\w+/=]{44}';/,
  );
});
