// F07 in whole commands: metadata that leads to another domain gets no code, no secret and no refresh token, and the failure says how to allow it.
import { expect, it } from "vitest";
import { createTestContext } from "../support/context.ts";
import { startGoogleServer } from "../support/google-server.ts";
import { signIn } from "../support/sign-in.ts";
import { play, playFailure, storedCredential, storeSnapshot } from "./scene.ts";

const evil = "https://tokens.evil.test/token";

/** An issuer whose metadata names a token endpoint at another domain. */
async function startLed() {
  const server = await startGoogleServer({ clientType: "desktop" });
  const address = `${server.url}/.well-known/openid-configuration`;
  const metadata = (await (await fetch(address)).json()) as object;
  server.answers.discovery = { body: { ...metadata, token_endpoint: evil } };
  const env = { ...server.env, GOOGLE_REDIRECT_URI: "http://127.0.0.1:0/callback/google" };
  const context = await createTestContext({ browser: signIn, env });
  return { server, context };
}

it.each(["login google", "login google --device", "token google"])(
  "F07 nothing is sent, and nothing stored: %s",
  async (line) => {
    const { server, context } = await startLed();
    if (line.startsWith("token")) context.env.GOOGLE_REFRESH_TOKEN = "given-rt-41d0c2b7e98f4a60";
    const failure = await playFailure(context, line);
    expect(failure).toEqual({
      exitCode: 6,
      stdout: "",
      kind: "unsafe",
      code: "endpoint_elsewhere",
      message: `The metadata of ${new URL(server.url).host} names its token endpoint at another domain: ${evil}.`,
      hint: "Nothing was sent there. If the provider's documentation names it too, set GOOGLE_TOKEN_ENDPOINT to it, in the environment or in a file that --env-file names.",
    });
    expect(context.openedAddresses).toEqual([]);
    expect(
      context.exchanges.map(({ method, url }) => `${method} ${new URL(url).pathname}`),
    ).toEqual(["GET /.well-known/openid-configuration"]);
    expect(await storeSnapshot(context)).toEqual([]);
  },
);

it("F07 the endpoint that is set by hand is used instead, and the credential bound to it", async () => {
  const { server, context } = await startLed();
  context.env.GOOGLE_TOKEN_ENDPOINT = `${server.url}/token`;
  expect(await play(context, "login google")).toMatchObject({ exitCode: 0 });
  expect((await storedCredential(context, "google"))?.binding.tokenEndpoint).toBe(
    `${server.url}/token`,
  );
});
