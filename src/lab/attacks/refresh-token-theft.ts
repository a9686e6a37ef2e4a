// A stolen refresh token: who has it has the account, until a rotation shows that two use it (RFC 9700 §4.14).
import type { Sandbox } from "../../sandbox/server.ts";
import { FormBrowser } from "../form-browser.ts";
import type { Attack, Observation, Scene } from "./attack.ts";
import { publicClientAt } from "./clients.ts";
import type { SignInEnd } from "./program.ts";
import { askToken, askWho, readMetadata, tellReply } from "./wire.ts";

/** Noticed by the server, which replaces the token at each use. */
export const refreshTokenTheft: Attack = {
  name: "refresh-token-theft",
  title: "A stolen refresh token (reuse detection)",
  how: "Mallory has copied Ada's stored refresh token, from a backup. She uses it before Ada's program does, and again afterwards.",
  careless: "A server that lets a refresh token stay.",
  defence: "rotation, by which the server sees that two use it.",
  references: [
    { document: "RFC 9700", sections: ["4.14", "4.14.2"] },
    { document: "RFC 6749", sections: ["10.4"] },
  ],
  explain: "refresh-token",
  withoutDefence: (scene) => play(scene.carelessServer, scene),
  withDefence: (scene) => play(scene.carefulServer, scene),
};

async function play({ issuer }: Sandbox, scene: Scene): Promise<Observation> {
  const { fetch } = scene;
  const at = { ...publicClientAt(issuer), scope: "openid offline_access" };
  const adas = scene.ownProgram();
  await adas.signIn(at, async (url) => {
    const browser = new FormBrowser();
    await browser.visit(await browser.approve(url, "ada"));
  });
  const stolen = (await adas.stored())?.refreshToken?.reveal() ?? "";
  const metadata = await readMetadata(issuer, fetch);
  const refreshWith = (refresh_token: string) =>
    askToken(metadata.token_endpoint, {
      body: { grant_type: "refresh_token", client_id: at.clientId, refresh_token },
      fetch,
    });
  const first = await refreshWith(stolen);
  const adasEnd = await adas.refresh(at);
  const second = await refreshWith(first.refresh_token ?? stolen);
  const token = second.access_token ?? first.access_token;
  const thief = await askWho(metadata.userinfo_endpoint, { token, fetch });
  return {
    requests: [
      `Mallory  POST /token  <Ada's refresh token>  ->  ${tellReply(first)}`,
      `Ada      oauth-lab refresh                   ->  ${codeOf(adasEnd)}`,
      `Mallory  POST /token  <her refresh token>    ->  ${tellReply(second)}`,
      `Mallory  GET /me      <her access token>     ->  ${thief ?? "refused"}`,
    ],
    outcome: thief
      ? `Mallory reads as ${thief}, for as long as the refresh token lives. ${adasEnd.kind === "refused" ? "Ada was locked out." : "Ada's program goes on as well: nobody notices."}`
      : `Mallory got in once. ${tellAdas(adasEnd)}`,
    succeeded: thief !== undefined,
  };
}

function codeOf(end: SignInEnd): string {
  return end.kind === "refused" ? end.code : "refreshed";
}

function tellAdas(end: SignInEnd): string {
  return end.kind === "refused"
    ? `When Ada's program came with the same token, the server ended the whole grant, Mallory's new tokens with it. Ada has to sign in again, and so learns of it: ${end.said}`
    : "Ada's program goes on.";
}
