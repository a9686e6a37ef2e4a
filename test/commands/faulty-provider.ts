// A provider of which only the token endpoint matters, and that one can be at fault. The user has approved already.
import type { Credential } from "../../src/credentials/credential.ts";
import { Secret } from "../../src/secret.ts";
import { TestBrowser } from "../support/browser.ts";
import {
  createTestContext,
  type TestContext,
  type TestContextOptions,
} from "../support/context.ts";
import { type Fault, type FaultServer, startFaultServer } from "../support/fault-server.ts";
import type { FaultName } from "../support/faults.ts";
import { storeOf } from "./scene.ts";

/** The token endpoint, and a user's context in which it is the provider `faulty`. */
export interface FaultyProvider {
  readonly server: FaultServer;
  readonly context: TestContext;
}

/** Starts one; GitHub's quirks are not its own. */
export async function startFaultyProvider(
  fault: FaultName | Fault,
  options: Omit<TestContextOptions, "browser"> = {},
): Promise<FaultyProvider> {
  const server = await startFaultServer(fault);
  const context = await createTestContext({
    ...options,
    env: {
      FAULTY_AUTHORIZATION_ENDPOINT: "https://faulty.example/authorize",
      FAULTY_TOKEN_ENDPOINT: `${server.url}/token`,
      FAULTY_REDIRECT_URI: "http://127.0.0.1:0/callback/faulty",
      FAULTY_CLIENT_ID: "faulty-client",
      FAULTY_SCOPE: "read",
      ...options.env,
    },
    browser: approve,
  });
  return { server, context };
}

/** The browser's way back, as if the user had just approved. */
async function approve(url: URL, rig: Pick<TestContext, "watch">): Promise<void> {
  const answer = new URL(url.searchParams.get("redirect_uri") ?? "");
  answer.searchParams.set("code", "faulty-code-0123456789");
  answer.searchParams.set("state", url.searchParams.get("state") ?? "");
  await new TestBrowser(rig).open(answer);
}

/** Tokens of an earlier login at this provider, stored, with these changes and without the members named. */
export async function storeTokens(
  { server, context }: FaultyProvider,
  changes: Partial<Credential> = {},
  without: readonly ("refreshToken" | "expiresAt")[] = [],
): Promise<Credential> {
  const accessToken = "stored-at-8c1f5e2b9d7a4063";
  const refreshToken = "stored-rt-3b7e0d94a6c25f18";
  const now = context.clock.now();
  const credential: Credential = {
    provider: "faulty",
    profile: "default",
    binding: {
      issuer: server.url,
      tokenEndpoint: `${server.url}/token`,
      clientId: "faulty-client",
      origins: [server.url],
    },
    accessToken: new Secret(accessToken),
    refreshToken: new Secret(refreshToken),
    tokenType: "bearer",
    obtainedAt: now - 3_600_000,
    expiresAt: now - 1000,
    requestedScopes: ["read"],
    grantedScopes: ["read"],
    grant: "authorization_code",
    ...changes,
  };
  for (const member of without) delete (credential as Partial<Credential>)[member];
  await storeOf(context).save(credential);
  return credential;
}
