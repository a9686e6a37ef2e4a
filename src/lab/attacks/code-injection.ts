// Code injection: a stolen code in the thief's own login, at a client whose secret the thief does not have (RFC 9700 §4.5).
import { FormBrowser } from "../form-browser.ts";
import type { Attack, Observation } from "./attack.ts";
import { confidentialClientAt } from "./clients.ts";
import { isSignedInAs, type Program, type Registered, tellEnd } from "./program.ts";

/** Stopped by PKCE, which ties the code to the login that asked for it. */
export const codeInjection: Attack = {
  name: "code-injection",
  title: "A stolen code in the thief's login (code injection)",
  how: "Mallory has got hold of a code of Ada's that was not used yet, from a log or a browser's history. She lacks the client's secret. So she starts a login of her own at the same client and puts Ada's code into its answer: state and issuer are right, and the client adds the secret itself.",
  careless: "A client without PKCE, and a server that does not demand it.",
  defence: "PKCE, which the server compares: Ada's code, Mallory's verifier.",
  references: [
    { document: "RFC 9700", sections: ["4.5", "4.5.3.1"] },
    { document: "RFC 7636", sections: ["4.6"] },
  ],
  explain: "pkce",
  withoutDefence: (scene) =>
    play(confidentialClientAt(scene.carelessServer.issuer), {
      adas: scene.carelessProgram(),
      mallorys: scene.carelessProgram(),
    }),
  withDefence: (scene) =>
    play(confidentialClientAt(scene.carefulServer.issuer), {
      adas: scene.carefulProgram(),
      mallorys: scene.carefulProgram(),
    }),
};

async function play(
  at: Registered,
  { adas, mallorys }: { adas: Program; mallorys: Program },
): Promise<Observation> {
  const stolen = await stealRedirect(adas, at);
  // The same redirect URI, port and all: else that alone would stop it (RFC 6749 §4.1.3).
  const redirectUri = stolen.origin + stolen.pathname;
  const end = await mallorys.signIn({ ...at, redirectUri }, async (url) => {
    const answer = await new FormBrowser().approve(url, "mallory");
    answer.searchParams.set("code", stolen.searchParams.get("code") ?? "");
    await new FormBrowser().visit(answer);
  });
  return {
    requests: [
      `POST /token  code=<Ada's>, the rest Mallory's  ->  ${end.kind === "refused" ? end.code : "tokens"}`,
    ],
    outcome: `Mallory's program: ${tellEnd(end)}.`,
    succeeded: isSignedInAs(end, "ada"),
  };
}

/** Ada's redirect, read on its way. Her program gets it without its code, so that nobody has used that. */
async function stealRedirect(program: Program, at: Registered): Promise<URL> {
  const stolen: URL[] = [];
  await program.signIn(at, async (url) => {
    const redirect = await new FormBrowser().approve(url, "ada");
    stolen.push(redirect);
    const empty = new URL(redirect);
    empty.searchParams.delete("code");
    empty.searchParams.set("error", "temporarily_unavailable");
    await new FormBrowser().visit(empty);
  });
  const [redirect] = stolen;
  if (redirect === undefined) throw new Error("no code was stolen");
  return redirect;
}
