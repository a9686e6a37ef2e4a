// Login CSRF: somebody else's code in your login, so that you work in their account (RFC 9700 §4.7).
import { FormBrowser } from "../form-browser.ts";
import type { Attack, Observation, Scene } from "./attack.ts";
import { publicClientAt } from "./clients.ts";
import { isSignedInAs, type Program, tellEnd } from "./program.ts";

/** Stopped by state, which the client compares. */
export const loginCsrf: Attack = {
  name: "login-csrf",
  title: "Somebody else's code in your login (login CSRF)",
  how: "Mallory signs in with her own account, but keeps the redirect with her code. While Ada's program waits for its answer, Mallory gets Ada's browser to open it. From then on Ada would work in Mallory's account, and what she uploads there is Mallory's to read.",
  careless: "A client that compares no state.",
  defence: "state, which the client compares.",
  references: [
    { document: "RFC 6749", sections: ["10.12"] },
    { document: "RFC 9700", sections: ["4.7", "4.7.1"] },
  ],
  explain: "state",
  withoutDefence: (scene) => play(scene.carelessProgram(), scene),
  withDefence: (scene) => play(scene.carefulProgram(), scene),
};

async function play(program: Program, { carelessServer }: Scene): Promise<Observation> {
  let status = 0;
  const end = await program.signIn(publicClientAt(carelessServer.issuer), async (url) => {
    const foreign = await new FormBrowser().approve(mallorysOwn(url), "mallory");
    const adasBrowser = new FormBrowser();
    status = (await adasBrowser.visit(foreign)).status;
    await adasBrowser.visit(await adasBrowser.approve(url, "ada"));
  });
  return {
    requests: [`GET /callback/sandbox?code=<Mallory's>&state=<Mallory's>  ->  ${status}`],
    outcome: `Ada's program: in the end ${tellEnd(end)}.`,
    // Where PKCE then stops the exchange, Ada's own login is lost all the same.
    succeeded: !isSignedInAs(end, "ada"),
  };
}

/** A request of Mallory's own, as the same client: with a state that Ada's program never sent, and nothing of Ada's in it. */
function mallorysOwn(adasRequest: URL): URL {
  const url = new URL(adasRequest);
  url.searchParams.set("state", "a-state-of-mallorys");
  for (const name of ["code_challenge", "code_challenge_method", "nonce"]) {
    url.searchParams.delete(name);
  }
  return url;
}
