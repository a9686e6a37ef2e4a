// demo: the whole story, told by running the real commands against a real server in a temporary folder. Each act checks what it claims.
import { login } from "../commands/login.ts";
import { logout } from "../commands/logout.ts";
import { createTerminal, type GlobalOptions } from "../commands/session.ts";
import { whoami } from "../commands/whoami.ts";
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { startSandbox } from "../sandbox/server.ts";
import { FormBrowser } from "./form-browser.ts";
import { type Setting, Stage } from "./stage.ts";
import { useTemporaryFolder } from "./temporary-folder.ts";

/** Short enough to watch one expire, long enough for a slow machine to use it before. */
const accessTokenTtlSeconds = 2;

/** Tells the story on stdout; with --json only which acts held. Throws the failure of the first act that does not hold. */
export function demo(options: GlobalOptions, context: Context): Promise<void> {
  return useTemporaryFolder("oauth-lab-demo-", context, (folder) =>
    tellStory({ folder, options, context }),
  );
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
