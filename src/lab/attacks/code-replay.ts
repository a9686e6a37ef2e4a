// Replay: a code that was used comes a second time, with everything that belongs to it (RFC 6749 §4.1.2, §10.5).
import type { Sandbox } from "../../sandbox/server.ts";
import { FormBrowser } from "../form-browser.ts";
import type { Attack, Observation, Scene } from "./attack.ts";
import { CarelessProgram } from "./careless-program.ts";
import { publicClientAt } from "./clients.ts";
import { askToken, askWho, tellReply } from "./wire.ts";

/** Stopped by the server, which takes a code once. */
export const codeReplay: Attack = {
  name: "code-replay",
  title: "A used code, once more (replay)",
  how: "Mallory has read the log of Ada's program: the code, and the PKCE verifier too. She sends the same token request again.",
  careless: "A server that forgets that a code was used.",
  defence: "the server, which takes a code once.",
  references: [{ document: "RFC 6749", sections: ["4.1.2", "10.5"] }],
  explain: "authorization-code",
  withoutDefence: ({ carelessServer, fetch }) => play(carelessServer, fetch),
  withDefence: ({ carefulServer, fetch }) => play(carefulServer, fetch),
};

async function play({ issuer }: Sandbox, fetch: Scene["fetch"]): Promise<Observation> {
  const program = new CarelessProgram({ usesPkce: true, fetch });
  await program.signIn(publicClientAt(issuer), async (url) => {
    const browser = new FormBrowser();
    await browser.visit(await browser.approve(url, "ada"));
  });
  const { exchange } = program;
  if (exchange === undefined) throw new Error("nothing was exchanged");
  const { body, tokenEndpoint, userinfoEndpoint } = exchange;
  const who = (token: string | undefined) => askWho(userinfoEndpoint, { token, fetch });
  const before = await who(exchange.reply.access_token);
  const replay = await askToken(tokenEndpoint, { body, fetch });
  const thief = replay.access_token && (await who(replay.access_token));
  const after = await who(exchange.reply.access_token);
  return {
    requests: [
      `Ada      POST /token  code=<Ada's>  ->  ${tellReply(exchange.reply)}`,
      `Mallory  POST /token  code=<Ada's>  ->  ${tellReply(replay)}`,
    ],
    outcome: thief
      ? `Mallory has tokens of her own and reads as ${thief}.`
      : `The second request brought no token. ${tellAdas({ before, after })}`,
    succeeded: thief === "ada",
  };
}

/** What has become of the token that the code had brought: RFC 6749 §4.1.2 asks the server to revoke it. */
function tellAdas({ before, after }: { before: string | undefined; after: string | undefined }) {
  if (before === undefined) return "Ada's own token did not work before either.";
  return after === undefined
    ? "Ada's own token, which had worked before, no longer does: the server has revoked what the code had brought."
    : "Ada's own token still works.";
}
