// Mix-up: a client that knows two servers is led to bring one's code to the other (RFC 9700 §4.4).
import { FormBrowser } from "../form-browser.ts";
import type { Attack, Observation, Scene } from "./attack.ts";
import { publicClientAt } from "./clients.ts";
import { type HostileServer, startHostileServer } from "./hostile-server.ts";
import { type Program, type SignInEnd, tellEnd } from "./program.ts";

/** Stopped by iss, which the client compares. */
export const mixUp: Attack = {
  name: "mix-up",
  title: "One server's code brought to another (mix-up)",
  how: "Ada's program knows two servers; one is Mallory's. Ada signs in there, and it sends her browser on to the honest one, with the very request of Ada's program. She approves, and the code comes back. The program thinks that it is Mallory's server's and brings it there, with the PKCE verifier: PKCE does not help here.",
  careless: "A client with PKCE that compares no iss.",
  defence: "iss, which the client compares.",
  references: [
    { document: "RFC 9207", sections: ["2.4"] },
    { document: "RFC 9700", sections: ["4.4", "4.4.2.1"] },
  ],
  explain: "authorization-code",
  withoutDefence: (scene) => play(scene.carelessProgram({ usesPkce: true }), scene),
  withDefence: (scene) => play(scene.carefulProgram(), scene),
};

async function play(program: Program, { carefulServer: honest, fetch }: Scene) {
  const { clientId, ...registered } = publicClientAt(honest.issuer);
  const hostile = await startHostileServer({ issuer: honest.issuer, clientId, fetch });
  try {
    const answers: Answers = { sentOn: 0, iss: undefined, ownRedirect: 0 };
    const at = { ...registered, issuer: hostile.issuer, clientId: "a-name-at-mallorys" };
    const end = await program.signIn(at, async (authorizationUrl) => {
      const browser = new FormBrowser();
      const { url, status } = await browser.visit(authorizationUrl);
      answers.sentOn = status;
      answers.ownRedirect = (await new FormBrowser().visit(withOwnRedirect(url))).status;
      const answer = await browser.approve(url, "ada");
      answers.iss = answer.searchParams.get("iss") === honest.issuer ? "the honest server" : "none";
      await browser.visit(answer);
    });
    return tell({ end, hostile, answers });
  } finally {
    await hostile.close();
  }
}

interface Answers {
  sentOn: number;
  iss: string | undefined;
  ownRedirect: number;
}

function tell(seen: { end: SignInEnd; hostile: HostileServer; answers: Answers }): Observation {
  const { end, hostile, answers } = seen;
  const codes = hostile.codes();
  const loot = hostile.loot();
  return {
    requests: [
      `GET Mallory's /authorize  ->  ${answers.sentOn} to the honest /auth`,
      `GET /callback/sandbox?code=<Ada's>&iss=<${answers.iss}>`,
      codes === 0 ? "Mallory's /token: no request" : "POST Mallory's /token  code=<Ada's>",
    ],
    outcome:
      loot === undefined
        ? `Ada's program: ${tellEnd(end)}. A redirect URI of its own for each server, as oauth-lab takes by default, would have stopped it earlier: with that the honest server answers ${answers.ownRedirect}.`
        : `Mallory's server redeems the code at the honest one, and reads there as ${loot}.`,
    succeeded: loot !== undefined,
  };
}

/** The same request with the redirect URI that oauth-lab takes by default for a server of this name (RFC 9700 §4.4.2.2). */
function withOwnRedirect(request: URL): URL {
  const url = new URL(request);
  const redirectUri = url.searchParams.get("redirect_uri") ?? "";
  url.searchParams.set("redirect_uri", redirectUri.replace(/[^/]*$/, "mallorys"));
  return url;
}
