// What a login tells: four steps, which channel each uses, and what was checked. All of it goes to stderr.
import type { Credential } from "../credentials/credential.ts";
import type { Place } from "../credentials/store.ts";
import type { OAuthLabError } from "../errors.ts";
import type { LoginProgress } from "../flow/authorization-code.ts";
import type { AuthorizationRequest } from "../flow/authorization-request.ts";
import type { Identity } from "../flow/identity.ts";
import { compareScopes } from "../flow/scopes.ts";
import type { Provider } from "../providers/provider.ts";
import { relativeTime } from "../terminal/duration.ts";
import { sanitise } from "../terminal/sanitise.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Tells one login. */
export class LoginStory implements LoginProgress {
  readonly #provider: Provider;
  readonly #scopes: readonly string[];
  readonly #terminal: Terminal;
  #usesNonce = false;

  constructor(
    provider: Provider,
    { scopes, terminal }: { readonly scopes: readonly string[]; readonly terminal: Terminal },
  ) {
    this.#provider = provider;
    this.#scopes = scopes;
    this.#terminal = terminal;
  }

  asked(
    request: AuthorizationRequest,
    { browserOpened }: { readonly browserOpened: boolean },
  ): void {
    this.#usesNonce = request.nonce !== undefined;
    this.#terminal.step("Step 1  Ask for a code", "front channel");
    if (request.pushed) {
      this.#terminal.say(
        "  Its parameters went to the server over the back channel; the address holds only a reference, good once and for a short time.",
      );
    }
    this.#terminal.say(
      browserOpened
        ? "  Open this address, or let the browser that just opened do it:"
        : "  Open this address in a browser:",
    );
    this.#terminal.insist(`  ${this.#terminal.style("cyan", request.url.href)}`);
  }

  waiting(how: {
    readonly listeningOn?: string;
    readonly notListening?: string;
    readonly canPaste: boolean;
  }): void {
    const { listeningOn, notListening, canPaste } = how;
    const terminal = this.#terminal;
    const what = this.#scopes.length > 0 ? this.#scopes.join(" ") : "the request";
    terminal.step("Step 2  Approve it", "front channel");
    if (listeningOn !== undefined) {
      terminal.say(`  Approve ${what} in the browser. Waiting on ${listeningOn} …`);
      if (canPaste)
        terminal.say(
          "  Or paste the address you end up on. Paste it here only, never into a website:",
        );
      return;
    }
    terminal.say(
      `  Approve ${what} in the browser. Nothing waits for the answer here (${notListening}), so the page may fail to load: that is expected. Copy the whole address it ends on.`,
    );
    terminal.insist("  Paste it here only, never into a website:");
  }

  refused({ message, hint }: OAuthLabError): string {
    const rest = hint === undefined ? "" : `\n    ${hint}`;
    const refusal = `  ${this.#terminal.style("yellow", "Refused, still waiting:")} ${message}${rest}`;
    return `${this.#terminal.fold(refusal)}\n`;
  }

  verified(): void {
    this.#terminal.step("Step 3  Exchange the code", "back channel");
    const checks = ["state", "redirect", "issuer", "PKCE"];
    const passed = checks.map((check) => `${check} ${this.#terminal.style("green", "✓")}`);
    this.#terminal.say(`  ${passed.join("  ")}`);
  }

  /** The tokens, shortened; what was granted beside what was asked; what is missing and why. */
  exchanged(
    credential: Credential,
    { offline, now }: { readonly offline: boolean; readonly now: number },
  ): void {
    const terminal = this.#terminal;
    const { accessToken, grantedScopes, expiresAt, refreshToken, grant } = credential;
    const life =
      expiresAt === undefined
        ? "no expiry named"
        : `expires ${relativeTime((expiresAt - now) / 1000)}`;
    if (credential.idToken)
      terminal.say(
        `  ID token: signature, issuer, audience${this.#usesNonce ? ", nonce" : ""} and time ${terminal.style("green", "✓")}`,
      );
    const bound = credential.proofKey ? "   bound to a key of this computer (DPoP)" : "";
    terminal.say(`  access token ${accessToken.abbreviate()}   ${life}${bound}`);
    terminal.say(
      `  scopes ${grantedScopes.map((scope) => sanitise(scope, 200)).join(" ") || "none"}`,
    );
    terminal.say(
      refreshToken
        ? `  refresh token ${refreshToken.abbreviate()}   gets new access tokens without you`
        : grant === "client_credentials"
          ? "  no refresh token: the client asks again when this one ends"
          : "  no refresh token",
    );
    this.#tellScopeDifference(credential);
    if (offline && refreshToken === undefined) terminal.warn(noRefreshToken(this.#provider));
  }

  #tellScopeDifference(credential: Credential): void {
    const { missing, extra } = compareScopes(credential);
    const { label, name } = this.#provider;
    if (name === "github" && credential.grantedScopes.length === 0) {
      const why = "a GitHub App's token has permissions instead, an OAuth app's may do little";
      if (missing.length > 0) this.#terminal.warn(`GitHub names no scopes: ${why}.`);
    } else if (missing.length > 0) {
      this.#terminal.warn(
        `${label} did not grant ${missing.join(" ")}: what needs it will be refused.`,
      );
    }
    if (extra.length > 0) {
      const names = extra.map((scope) => sanitise(scope, 200)).join(" ");
      this.#terminal.warn(`${label} also granted ${names}, which was not asked for this time.`);
    }
  }

  /** Whose token it turned out to be, and where it is; `client`: nobody's but the client's own. */
  finished(owner: Identity | "client" | undefined, place: Place): void {
    const terminal = this.#terminal;
    if (owner !== "client") terminal.step("Step 4  Use the token", "back channel");
    const name = owner === "client" ? "the client itself" : owner && describeIdentity(owner);
    const who = name === undefined ? "" : ` as ${name}`;
    terminal.say(
      `  Signed in to ${sanitise(this.#provider.name, 200)}${who}. Stored in ${place.description}.`,
    );
  }
}

/** "octocat (Mona Lisa)": the most telling name, then another. Safe for a terminal. */
export function describeIdentity({ subject, login, name, email }: Identity): string {
  const [first = subject, second] = [login, name, email].filter((part) => part !== undefined);
  const shown = sanitise(first, 200);
  return second === undefined ? shown : `${shown} (${sanitise(second, 200)})`;
}

function noRefreshToken({ name, label, grantsPage }: Provider): string {
  if (name === "google") {
    return `Google sent no refresh token: it does so with the first consent only. End the app's access at ${grantsPage} and sign in again.`;
  }
  return `${label} sent no refresh token: the client may not be allowed to have one.`;
}
