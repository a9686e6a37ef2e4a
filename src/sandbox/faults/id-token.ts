// Faults of the ID token: each is signed again with the sandbox's own key, so that only the one thing is wrong.
import { createPrivateKey, type JsonWebKey, sign } from "node:crypto";
import type { SandboxKeys } from "../keys.ts";
import { changeTokenAnswer, type Fault } from "./fault.ts";

const clockErrorSeconds = 2 * 3600;

/** In the order of --list-faults. */
export const idTokenFaults: readonly Fault[] = [
  {
    name: "bad-signature",
    teaches: "An ID token is worth what its signature is worth.",
    goodClient:
      "Verifies it with the server's published key, and stores nothing where it does not hold.",
    makeLayer: changeTokenAnswer((answer) => {
      if (typeof answer.id_token !== "string") return;
      const [header, payload, signature = ""] = answer.id_token.split(".");
      const other = signature.startsWith("A") ? "B" : "A";
      answer.id_token = `${header}.${payload}.${other}${signature.slice(1)}`;
    }),
  },
  {
    name: "wrong-nonce",
    teaches: "A genuine ID token of another login has a good signature and another nonce.",
    goodClient: "Compares the nonce with that of its request, and refuses (OIDC Core §3.1.3.7).",
    makeLayer: changeIdToken((claims) => ({ ...claims, nonce: "the-nonce-of-another-login" })),
  },
  {
    name: "clock-skew",
    teaches:
      "The server's clock, or this machine's, is two hours off: the ID token is from the future.",
    goodClient: "Refuses what was not issued about now, and says to look at the clock.",
    makeLayer: changeIdToken((claims) => ({
      ...claims,
      iat: Number(claims.iat) + clockErrorSeconds,
      exp: Number(claims.exp) + clockErrorSeconds,
    })),
  },
];

type Claims = Readonly<Record<string, unknown>>;

function changeIdToken(change: (claims: Claims) => Claims): Fault["makeLayer"] {
  return changeTokenAnswer((answer, { world }) => {
    if (typeof answer.id_token !== "string") return;
    answer.id_token = signAgain(answer.id_token, { change, keys: world.state.keys });
  });
}

function signAgain(
  idToken: string,
  { change, keys }: { change: (claims: Claims) => Claims; keys: SandboxKeys },
): string {
  const [header = "", payload = ""] = idToken.split(".");
  const claims: Claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  const signed = `${header}.${Buffer.from(JSON.stringify(change(claims))).toString("base64url")}`;
  const key = createPrivateKey({ key: keys.signingKey as JsonWebKey, format: "jwk" });
  return `${signed}.${sign("RSA-SHA256", Buffer.from(signed), key).toString("base64url")}`;
}
