// The stage of the demo: the real commands in a temporary folder, with a user at the browser whose answers are known.
import { createTerminal, type GlobalOptions } from "../commands/session.ts";
import { token } from "../commands/token.ts";
import type { Context, Output } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { FormBrowser } from "./form-browser.ts";

/** What a demo is played with. */
export interface Setting {
  readonly folder: string;
  readonly options: GlobalOptions;
  readonly context: Context;
}

/** Where the acts play: the real context with a temporary folder, the demo's own user at the browser, and one output. */
export class Stage {
  readonly context: Context;
  readonly issuer: string;
  readonly options: GlobalOptions;
  readonly #story: Output;
  readonly #terminal: Terminal;
  /** What happens in the browser before Ada answers. */
  beforeApproval: ((authorizationUrl: URL) => Promise<void>) | undefined;
  lastRedirect: URL | undefined;

  constructor(parts: Setting & { issuer: string }) {
    const { issuer, folder, options, context } = parts;
    const silent: Output = {
      write: () => {},
      writeBytes: async () => {},
      isTTY: false,
      columns: undefined,
    };
    this.#story = options.json ? silent : context.stdout;
    this.issuer = issuer;
    this.options = { ...options, json: false, profile: "default", input: false };
    this.#terminal = createTerminal(this.options, { ...context, stderr: this.#story });
    const stuck = new AbortController();
    this.context = {
      ...context,
      signal: AbortSignal.any([context.signal, stuck.signal]),
      stdout: this.#story,
      stderr: this.#story,
      env: {
        ...colorSettings(context),
        OAUTH_LAB_HOME: folder,
        OAUTH_LAB_STORE: "file",
        SANDBOX_ISSUER: issuer,
      },
      workingFolder: folder,
      openBrowser: async (url) => {
        this.#playUser(url).catch(() => stuck.abort(notHeld("the demo's user got stuck")));
        return true;
      },
    };
  }

  /** The options of a login with a browser: the demo's user sits at it. */
  get loginOptions() {
    return { ...this.options, browser: true, wait: 60 };
  }

  say(text: string): void {
    this.#story.write(text);
  }

  heading(title: string): string {
    return this.#terminal.style("bold", title);
  }

  command(line: string): void {
    this.say(`${this.#terminal.style("dim", "$")} oauth-lab ${line}\n`);
  }

  /** The stored access token by way of `token`, kept off the screen. */
  async readToken(): Promise<string> {
    const printed: string[] = [];
    const stdout: Output = {
      write: (text) => printed.push(text),
      writeBytes: async () => {},
      isTTY: false,
      columns: undefined,
    };
    await token("sandbox", { ...this.options, minTtl: 0 }, { ...this.context, stdout });
    return printed.join("");
  }

  expect(held: boolean, otherwise: string): void {
    if (!held) throw notHeld(otherwise);
  }

  async #playUser(authorizationUrl: URL): Promise<void> {
    await this.beforeApproval?.(authorizationUrl);
    const browser = new FormBrowser();
    this.lastRedirect = await browser.approve(authorizationUrl, "ada");
    await browser.visit(this.lastRedirect);
  }
}

function notHeld(what: string): OAuthLabError {
  return new OAuthLabError({
    kind: "bug",
    code: "demo_failed",
    message: `The demo did not hold: ${what}.`,
    hint: "Please report it.",
  });
}

/** The user's wishes about colour, and nothing else of the environment. */
function colorSettings({ env }: Context): Context["env"] {
  const names = ["NO_COLOR", "FORCE_COLOR", "TERM", "NODE_TLS_REJECT_UNAUTHORIZED"];
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}
