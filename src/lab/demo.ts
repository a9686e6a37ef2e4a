// demo: the whole story, told by running the real commands against a real server in a temporary folder. Each act checks what it claims.
import { login } from "../commands/login.ts";
import { logout } from "../commands/logout.ts";
import { createTerminal, type GlobalOptions } from "../commands/session.ts";
import { token } from "../commands/token.ts";
import { whoami } from "../commands/whoami.ts";
import type { Context, Output } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { startSandbox } from "../sandbox/server.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { FormBrowser } from "./form-browser.ts";
import { useTemporaryFolder } from "./temporary-folder.ts";

/** Short enough to watch one expire, long enough for a slow machine to use it before. */
const accessTokenTtlSeconds = 2;

/** Tells the story on stdout; with --json only which acts held. Throws the failure of the first act that does not hold. */
export function demo(options: GlobalOptions, context: Context): Promise<void> {
  return useTemporaryFolder("oauth-lab-demo-", context, (folder) =>
    tellStory({ folder, options, context }),
  );
}

interface Setting {
  readonly folder: string;
  readonly options: GlobalOptions;
  readonly context: Context;
}

async function tellStory({ folder, options, context }: Setting): Promise<void> {
  const terminal = createTerminal(options, context);
  const server = await startSandbox({ port: 0, accessTokenTtlSeconds, context });
  try {
    const stage = new Stage({ issuer: server.issuer, folder, options, context });
    const acts = [];
    for (const [title, act] of story) {
      stage.say(`\n${stage.heading(title)}\n`);
      await act(stage);
      acts.push(title);
    }
    if (options.json)
      terminal.json({
        version: 1,
        issuer: server.issuer,
        acts: acts.map((title) => ({ title, held: true })),
      });
    else stage.say(`\nEvery act did what it says. Now yours: oauth-lab login sandbox\n`);
  } finally {
    await server.close();
  }
}

type Act = (stage: Stage) => Promise<void>;

const story: readonly (readonly [string, Act])[] = [
  ["1. Ada signs in: authorization code, state, PKCE", signIn],
  ["2. Whose token is it?", askWho],
  ["3. The access token expires, the refresh token gets a new one", outliveTheToken],
  ["4. An attacker sends a forged answer: the state gives it away", forgeState],
  ["5. A thief replays the used code: the server refuses it", replayCode],
  ["6. Ada signs out", signOut],
];

async function signIn(stage: Stage): Promise<void> {
  stage.command("login sandbox");
  await login("sandbox", stage.loginOptions, stage.context);
}

async function askWho(stage: Stage): Promise<void> {
  stage.command("whoami sandbox");
  await whoami("sandbox", stage.options, stage.context);
}

async function outliveTheToken(stage: Stage): Promise<void> {
  const before = await stage.readToken();
  stage.say(`The sandbox gave it ${accessTokenTtlSeconds} seconds. They pass …\n`);
  await stage.context.clock.sleep(accessTokenTtlSeconds * 1000 + 100, stage.context.signal);
  stage.command("token sandbox");
  const after = await stage.readToken();
  stage.expect(after !== before, "the expired access token was not replaced");
  stage.say("A new access token is there, without Ada: refreshed over the back channel.\n");
}

async function forgeState(stage: Stage): Promise<void> {
  stage.command("login sandbox");
  let status = 0;
  stage.beforeApproval = async (authorizationUrl) => {
    const forged = new URL(authorizationUrl.searchParams.get("redirect_uri") ?? "");
    forged.search = "code=the-attackers-code&state=the-attackers-guess";
    status = (await new FormBrowser().visit(forged)).status;
  };
  await login("sandbox", stage.loginOptions, stage.context);
  stage.beforeApproval = undefined;
  stage.expect(status === 400, "the forged answer was not refused");
  stage.say("The forged answer got a 400 and changed nothing; Ada's own answer came after it.\n");
}

async function replayCode(stage: Stage): Promise<void> {
  const redirect = stage.lastRedirect;
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    code: redirect?.searchParams.get("code") ?? "",
    redirect_uri: redirect ? redirect.origin + redirect.pathname : "",
    client_id: "oauth-lab-sandbox",
    code_verifier: "a-thief-saw-the-redirect-but-not-the-verifier",
  });
  stage.say("POST /token  grant_type=authorization_code  code=<the code that was used in act 4>\n");
  const answer = await stage.context.fetch(`${stage.issuer}/token`, { method: "POST", body });
  const { error } = (await answer.json()) as { error?: string };
  stage.expect(
    answer.status === 400 && error === "invalid_grant",
    "the replayed code was not refused",
  );
  stage.say("400 invalid_grant: a code works once, and only with its PKCE verifier.\n");
}

async function signOut(stage: Stage): Promise<void> {
  stage.command("logout sandbox");
  await logout("sandbox", stage.options, stage.context);
  const failure = await stage.readToken().catch((error: unknown) => error);
  const gone = failure instanceof OAuthLabError && failure.kind === "login-required";
  stage.expect(gone, "a token was left behind");
  stage.say("Nothing is left here, and the server no longer honours the token.\n");
}

/** Where the acts play: the real context with a temporary folder, the demo's own user at the browser, and one output. */
class Stage {
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
