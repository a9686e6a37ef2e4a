// A user before a provider's pages: signs in, allows or denies, and ends on the client's redirect URI.
import { type BrowserOptions, TestBrowser, type Visit } from "./browser.ts";
import type { Form } from "./page.ts";

export interface SignInOptions extends BrowserOptions {
  readonly user?: string;
  readonly decision?: "allow" | "deny";
  /** A browser that already has cookies; by default a fresh one. */
  readonly browser?: TestBrowser;
}

const words = {
  allow: /\b(allow|approve|authori[sz]e|accept)\b/i,
  deny: /\b(deny|refuse|reject|cancel)\b/i,
};

const mostPages = 6;

/** Where the browser leaves the provider: at the redirect URI of the request; of a pushed one (RFC 9126) only the provider knows it. */
function isLanding(authorizationUrl: URL, url: URL): boolean {
  const redirectUri = authorizationUrl.searchParams.get("redirect_uri");
  if (redirectUri === null) {
    return (
      authorizationUrl.searchParams.has("request_uri") && url.origin !== authorizationUrl.origin
    );
  }
  const expected = new URL(redirectUri);
  return url.origin === expected.origin && url.pathname === expected.pathname;
}

function mentions(form: Form, pattern: RegExp): boolean {
  return form.controls.some(({ value, label }) => pattern.test(value) || pattern.test(label));
}

/**
 * Takes the authorization URL through sign-in and consent. The result's `address` is the redirect URI with its answer,
 * fit for pasting; its `page` is what the client's listener showed in the end, or undefined where nothing listens.
 */
export async function signIn(
  authorizationUrl: string | URL,
  { user = "ada", decision = "allow", watch, browser }: SignInOptions = {},
): Promise<Visit> {
  const tab = browser ?? new TestBrowser(watch ? { watch } : {});
  const userName = new RegExp(`\\b${user}\\b`, "i");
  let visit = await tab.open(authorizationUrl);
  for (let pages = 0; pages < mostPages; pages += 1) {
    const landed = visit.path.find((url) => isLanding(new URL(authorizationUrl), url));
    if (landed) return { ...visit, address: landed };
    const { page } = visit;
    const form = page?.forms.find(
      (candidate) => mentions(candidate, userName) || mentions(candidate, words[decision]),
    );
    if (!page || !form) break;
    visit = await tab.submit(page, form, inputFor(form, { userName, decision: words[decision] }));
  }
  throw new Error(`stuck at ${visit.address.pathname}: ${visit.page?.status} ${visit.page?.html}`);
}

function inputFor(form: Form, { userName, decision }: { userName: RegExp; decision: RegExp }) {
  const buttons = form.controls.filter(({ kind }) => kind === "button");
  const fits = (pattern: RegExp) =>
    buttons.some(({ value, label }) => pattern.test(value) || pattern.test(label));
  if (fits(decision)) return { press: decision };
  return fits(userName) ? { press: userName } : { choose: userName };
}
