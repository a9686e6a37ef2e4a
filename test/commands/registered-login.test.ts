// login --register: a client of its own for one credential, from its registration to its end.
import { describe, expect, it } from "vitest";
import { createTestContext, type TestContext } from "../support/context.ts";
import { signIn } from "../support/sign-in.ts";
import { play, playFailure, startSandboxScene, storedCredential } from "./scene.ts";

const registrations = (context: TestContext, method: string) =>
  context.exchanges.filter(
    (exchange) => exchange.method === method && new URL(exchange.url).pathname.startsWith("/reg"),
  );

/** An issuer that nobody configured a client for. */
async function startUnknownIssuer(options: Parameters<typeof startSandboxScene>[0] = {}) {
  const { sandbox, context } = await startSandboxScene({
    ...options,
    env: { OIDC_REDIRECT_URI: "http://127.0.0.1:0/callback/oidc", ...options.env },
  });
  return { context, issuer: sandbox.issuer };
}

describe("login --register", () => {
  it("needs no settings, and every command goes on with that client until logout ends it", async () => {
    const { context, issuer } = await startUnknownIssuer();
    const login = await play(context, `login ${issuer} --register --offline`);
    expect(login.exitCode).toBe(0);
    const stored = await storedCredential(context, issuer);
    const { clientId = "" } = stored?.binding ?? {};
    expect(login.stderr).toContain(`Registered a client at ${issuer}: ${clientId}.`);
    for (const line of ["whoami", "refresh", "inspect"]) {
      expect(await play(context, `${line} ${issuer}`)).toMatchObject({ exitCode: 0 });
    }
    expect(registrations(context, "POST")).toHaveLength(1);
    const out = await play(context, `logout ${issuer}`);
    expect(out).toMatchObject({
      exitCode: 0,
      stderr: `Revoked at ${issuer} and deleted here.\nThe client that was registered for it is removed there.\n`,
    });
    expect(registrations(context, "DELETE").map(({ status }) => status)).toEqual([204]);
    expect(await storedCredential(context, issuer)).toBeUndefined();
  });

  it("signs in again with the client that was registered before", async () => {
    const { context, issuer } = await startUnknownIssuer();
    await play(context, `login ${issuer} --register`);
    const first = await storedCredential(context, issuer);
    expect(await play(context, `login ${issuer} --register --dpop`)).toMatchObject({ exitCode: 0 });
    const second = await storedCredential(context, issuer);
    expect(second?.binding.clientId).toBe(first?.binding.clientId);
    expect(second?.tokenType).toBe("dpop");
    expect(registrations(context, "POST")).toHaveLength(1);
    expect(
      await playFailure(
        context,
        `login ${issuer} --register --redirect-uri http://127.0.0.1:0/callback/other`,
      ),
    ).toMatchObject({ exitCode: 2, code: "registered_otherwise" });
  });

  it("removes the client again where the user says no", async () => {
    const { context: other, issuer } = await startUnknownIssuer();
    const context = await createTestContext({
      env: other.env,
      browser: (url, rig) => signIn(url, { ...rig, decision: "deny" }),
    });
    expect(await playFailure(context, `login ${issuer} --register`)).toMatchObject({
      exitCode: 5,
      code: "access_denied",
    });
    expect(registrations(context, "DELETE").map(({ status }) => status)).toEqual([204]);
  });

  it("keeps the registration's token out of every text", async () => {
    const { context, issuer } = await startUnknownIssuer({
      env: { OAUTH_LAB_PASSPHRASE: "a passphrase of words", OAUTH_LAB_STORE: "file" },
    });
    const { exitCode, stdout, stderr } = await play(context, `login ${issuer} --register --json`);
    expect(exitCode).toBe(0);
    expect(stdout + stderr).not.toMatch(/registration_access_token|management/);
  });

  it("deletes here only with logout --local", async () => {
    const { context, issuer } = await startUnknownIssuer();
    await play(context, `login ${issuer} --register`);
    await play(context, `logout ${issuer} --local`);
    expect(registrations(context, "DELETE")).toEqual([]);
  });

  it.each(["--device", "--client-credentials"])("means nothing with %s", async (grant) => {
    const { context, issuer } = await startUnknownIssuer();
    expect(await playFailure(context, `login ${issuer} --register ${grant}`)).toMatchObject({
      exitCode: 2,
      code: "options_conflict",
    });
  });
});
