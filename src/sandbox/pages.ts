// What the sandbox's pages say. Everything that a client or a request named is sanitised and escaped here.
import { type Html, html, mark, type RenderedPage, renderPage } from "../http/page.ts";
import { sanitise } from "../terminal/sanitise.ts";
import { sandboxClientId, sandboxServiceClient, sandboxWebClient } from "./clients.ts";
import type { ExplainedScope } from "./scopes.ts";
import { type SandboxUser, sandboxUsers } from "./users.ts";

interface SandboxPage {
  readonly title: string;
  readonly body: Html;
  readonly status?: number;
  readonly formTargets?: readonly string[];
}

function sandboxPage(page: SandboxPage): RenderedPage {
  return renderPage({ ...page, badge: "sandbox" });
}

/** A form of ours: where it posts to, the token that proves it is ours, and where the browser may be sent after it. */
export interface PageForm {
  readonly action: string;
  readonly token: string;
  /** The origin of the client's redirect URI: Chromium holds redirects to CSP `form-action` too. */
  readonly redirectOrigin?: string;
}

function openForm(form: PageForm): Html {
  return html`<form method="post" action="${form.action}"><input type="hidden" name="token" value="${form.token}">`;
}

function formTargets({ redirectOrigin }: PageForm): string[] {
  return redirectOrigin === undefined ? ["'self'"] : ["'self'", redirectOrigin];
}

/** Asks who signs in. */
export function signInPage({ form, client }: { form: PageForm; client: string }): RenderedPage {
  return sandboxPage({
    title: "Sign in",
    formTargets: formTargets(form),
    body: html`<h1>Who are you?</h1>
<p class="quiet"><strong>${sanitise(client, 80)}</strong> sent you here to sign in.</p>
${openForm(form)}<fieldset aria-label="Users">${sandboxUsers.map(personButton)}</fieldset></form>
<p class="note">This is a practice server on your own computer. Its users are made up and have no password.</p>`,
  });
}

function personButton(user: SandboxUser): Html {
  return html`<button class="person" name="user" value="${user.sub}">${initial(user)}<span><strong>${user.name}</strong><small>${user.email}</small></span></button>`;
}

function initial(user: SandboxUser): Html {
  return html`<span class="initial" aria-hidden="true">${user.given_name.charAt(0)}</span>`;
}

/** Asks whether the client may have what it asks for. */
export function consentPage(request: {
  form: PageForm;
  client: string;
  user: SandboxUser;
  scopes: readonly ExplainedScope[];
}): RenderedPage {
  const { form, user, scopes } = request;
  const client = sanitise(request.client, 80);
  const target = form.redirectOrigin;
  return sandboxPage({
    title: "Allow access",
    formTargets: formTargets(form),
    body: html`<h1>Allow ${client} to use your account?</h1>
<div class="who">${initial(user)}<span>You are <strong>${user.name}</strong><br><span class="quiet">${user.email}</span></span></div>
<h2>It will be able to</h2>
${scopeList(scopes)}
${openForm(form)}<div class="choices"><button name="answer" value="deny">Deny</button><button class="primary" name="answer" value="allow">Allow</button></div></form>
<p class="note">${target === undefined ? "Your device learns your answer by itself." : html`Either answer takes you back to <code>${target}</code>.`}</p>`,
  });
}

function scopeList(scopes: readonly ExplainedScope[]): Html {
  if (scopes.length === 0)
    return html`<p class="quiet">nothing: it asked for no scope that this server knows</p>`;
  return html`<ul class="scopes">${scopes.map(({ scope, meaning }) => html`<li>${meaning}<code>${scope}</code></li>`)}</ul>`;
}

/** Asks for the code that a device shows (RFC 8628 §3.3). */
export function deviceCodePage({
  form,
  code,
  problem,
}: {
  form: PageForm;
  code: string;
  problem?: string;
}): RenderedPage {
  return sandboxPage({
    title: "Connect a device",
    formTargets: formTargets(form),
    body: html`<h1>Connect a device</h1>
${problem === undefined ? "" : html`<p class="problem" role="alert">${problem}</p>`}
${deviceForm(form)}<label for="code">The code that your device shows</label>
<input class="code" id="code" name="user_code" value="${sanitise(code, 20)}" required maxlength="20" autofocus autocomplete="off" autocapitalize="characters" spellcheck="false">
<button class="primary">Continue</button></form>
<p class="note">Type a code only if you started this yourself, on a device that you can see. Whoever sends you a code wants into your account.</p>`,
  });
}

/** oidc-provider checks the device pages' forms itself, under a name of its own. */
function deviceForm(form: PageForm): Html {
  return html`<form method="post" action="${form.action}"><input type="hidden" name="xsrf" value="${form.token}">`;
}

/** Asks whether the code is the one on the device (RFC 8628 §3.3.1). */
export function deviceConfirmPage({
  form,
  client,
  code,
}: {
  form: PageForm;
  client: string;
  code: string;
}): RenderedPage {
  return sandboxPage({
    title: "Confirm the device",
    formTargets: formTargets(form),
    body: html`<h1>Is this the code on your device?</h1>
<p class="quiet"><strong>${sanitise(client, 80)}</strong> asks to be connected.</p>
<code class="user-code">${sanitise(code, 20)}</code>
${deviceForm(form)}<input type="hidden" name="user_code" value="${sanitise(code, 20)}"><input type="hidden" name="confirm" value="yes">
<div class="choices"><button name="abort" value="yes">No</button><button class="primary">Yes</button></div></form>`,
  });
}

/** The end of the device flow, whichever way it went. */
export function deviceDonePage({ allowed }: { allowed: boolean }): RenderedPage {
  return sandboxPage({
    title: allowed ? "Device connected" : "Access denied",
    body: allowed
      ? html`${mark("good")}<h1>Your device is connected</h1><p class="quiet">It will notice within a few seconds. You can close this page.</p>`
      : html`${mark("bad")}<h1>You said no</h1><p class="quiet">The device gets no access. You can close this page.</p>`,
  });
}

/** A refusal or a failure in fixed words; of outside text it holds the error code alone. */
export function errorPage({ status, error }: { status: number; error: string }): RenderedPage {
  const code = /^[a-z_]{1,60}$/.test(error) ? error : "server_error";
  return sandboxPage({
    title: "Something is wrong",
    status,
    body: html`${mark("bad")}<h1>This did not work</h1>
<p>${explanations.get(code) ?? "The request is not one that this server can answer."}</p>
<p class="note">Error code <code>${code}</code></p>`,
  });
}

const explanations: ReadonlyMap<string, string> = new Map([
  ["invalid_client", "No client with this client_id is registered here."],
  [
    "invalid_redirect_uri",
    "The redirect_uri is not one that this client registered. It must match exactly; only the port of a loopback address may differ.",
  ],
  [
    "session_not_found",
    "This page is out of date, or it was opened in another browser. Start the login again.",
  ],
  ["cross_site", "This form was not sent from a page of this server, so it was refused."],
  ["not_found", "There is nothing at this address."],
  ["request_too_large", "The request is larger than this server accepts."],
  ["server_error", "The sandbox failed to answer. Start the login again."],
]);

/** Says what this server is, to whoever opens its address. */
export function homePage({ issuer }: { issuer: string }): RenderedPage {
  const discovery = `${issuer}/.well-known/openid-configuration`;
  return sandboxPage({
    title: "Sandbox",
    body: html`<h1>An OAuth server to practise on</h1>
<p>This is an authorization server that lives on your own computer and answers to nobody else. Try it with <code>oauth-lab login sandbox</code>.</p>
<dl>
<dt>Issuer</dt><dd><code>${issuer}</code></dd>
<dt>Metadata</dt><dd><a href="${discovery}">${discovery}</a></dd>
<dt>Users, without passwords</dt><dd>${sandboxUsers.map(({ name }) => name).join(", ")}</dd>
<dt>Public client</dt><dd><code>${sandboxClientId}</code></dd>
<dt>Client with a secret, for pasting</dt><dd><code>${sandboxWebClient.clientId}</code><br><code>${sandboxWebClient.clientSecret}</code></dd>
<dt>Client without a user</dt><dd><code>${sandboxServiceClient.clientId}</code><br><code>${sandboxServiceClient.clientSecret}</code></dd>
</dl>
<p class="note">Nothing here is real: the secrets above are published, and tokens from here open nothing elsewhere.</p>`,
  });
}
