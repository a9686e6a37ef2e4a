// A refresh token from the configuration, as a CI secret gives it: spent only where what may replace it has somewhere to go.
// The order is refresh, write back, use: an access token that is already in use is no reason to lose the next one.
import type { Credential, CredentialKey } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import type { OAuthClient } from "../flow/client.ts";
import type { RefreshResult } from "../flow/refresh.ts";
import { repeatWhereSafe, type Waiting } from "../flow/repetition.ts";
import { refreshedCredential } from "../flow/tokens.ts";
import type { Provider } from "../providers/provider.ts";
import { settingsPrefix } from "../providers/settings-prefix.ts";
import { Secret } from "../secret.ts";
import { withoutSecrets } from "./child-environment.ts";
import { actionsName } from "./ci-github.ts";
import { withProvider } from "./connection.ts";
import { maskInLog } from "./log-masks.ts";
import type { Session } from "./session.ts";

/** What to do with a refresh token that replaces the given one. */
export interface RotationOptions {
  /** A command that takes it on stdin. */
  readonly rotateTo?: string;
  /** Store the credential, and go on from the stored one the next time. */
  readonly save?: boolean;
  readonly allowRotationLoss?: boolean;
}

/** A fresh credential from the given refresh token; undefined where --save finds an earlier one, which is newer. Throws `usage`, before the token is spent, where a new one would be lost. */
export async function refreshGiven(
  given: Secret,
  {
    key,
    rotation,
    waiting,
  }: {
    readonly key: CredentialKey;
    readonly rotation: RotationOptions;
    readonly waiting: Waiting;
  },
  session: Session,
): Promise<RefreshResult | undefined> {
  const { store } = session;
  const spend = () =>
    withProvider(key.provider, session, async ({ provider, connect }) => {
      refuseLoss(provider, rotation);
      if (rotation.save) await store.prepareSave(key);
      // The grant under which no provider wants a client secret that its refresh does not want.
      const { client } = await connect({ grant: "device_code" });
      const credential = await exchange({ given, key, client, rotation, session });
      if (rotation.save) await store.save(credential);
      return { outcome: "refreshed", credential } as const;
    });
  const spendUnlessStored = () =>
    store.withLock(key, async () => {
      const isStored = (await store.read(key)) !== undefined;
      return isStored ? undefined : spend();
    });
  return repeatWhereSafe(rotation.save ? spendUnlessStored : spend, waiting);
}

function refuseLoss({ name, label, keepsRefreshToken }: Provider, rotation: RotationOptions): void {
  const { rotateTo, save, allowRotationLoss } = rotation;
  if (keepsRefreshToken || rotateTo !== undefined || save || allowRotationLoss) return;
  const variable = `${settingsPrefix(name)}_REFRESH_TOKEN`;
  throw new OAuthLabError({
    kind: "usage",
    code: "rotation_needs_a_place",
    message: `${label} may replace the refresh token of ${variable} when it is used, and nothing says where the new one goes, so it was not used.`,
    hint: `Add --rotate-to 'gh secret set ${actionsName(variable)}' (it reads the new token on stdin), --save to store it here, or --allow-rotation-loss.`,
  });
}

interface Exchange {
  readonly given: Secret;
  readonly key: CredentialKey;
  readonly client: OAuthClient;
  readonly rotation: RotationOptions;
  readonly session: Session;
}

async function exchange({ given, key, client, rotation, session }: Exchange): Promise<Credential> {
  const { clock } = session.context;
  const empty: Credential = {
    ...key,
    binding: client.binding,
    accessToken: new Secret(""),
    refreshToken: given,
    tokenType: "bearer",
    obtainedAt: clock.now(),
    requestedScopes: [],
    grantedScopes: [],
    grant: "authorization_code",
  };
  const result = await client.refresh(empty, given);
  const replacement = result.kind === "refreshed" ? result.tokens.refreshToken : result.rotated;
  const isNew = replacement !== undefined && replacement.reveal() !== given.reveal();
  if (isNew) await writeBack(replacement, { rotation, session });
  if (result.kind === "refreshed") return refreshedCredential(empty, result.tokens, clock.now());
  // Whatever else is wrong with the answer, a token that came with it is not lost.
  if (isNew && rotation.save)
    await session.store.save({ ...empty, refreshToken: replacement, expiresAt: clock.now() });
  throw nameSource(result.failure, key);
}

async function writeBack(
  replacement: Secret,
  { rotation, session }: Pick<Exchange, "rotation" | "session">,
): Promise<void> {
  const { context, terminal } = session;
  maskInLog([replacement], context);
  if (rotation.rotateTo !== undefined) {
    const end = await context.runChild({
      ...shell(rotation.rotateTo, context),
      env: withoutSecrets(context.env),
      input: replacement.reveal(),
    });
    if (!("exitCode" in end) || end.exitCode !== 0) throw notWrittenBack(end);
  } else if (!rotation.save) {
    terminal.warn("The provider replaced the refresh token, and the new one was not kept.");
  }
}

function shell(command: string, { platform, env }: Session["context"]) {
  return platform === "win32"
    ? { program: env.ComSpec ?? "cmd.exe", args: ["/d", "/s", "/c", command] }
    : { program: "/bin/sh", args: ["-c", command] };
}

function notWrittenBack(end: { exitCode: number } | { problem: string }): OAuthLabError {
  const how = "exitCode" in end ? `ended with ${end.exitCode}` : `did not start (${end.problem})`;
  return new OAuthLabError({
    kind: "store",
    code: "rotation_not_kept",
    message: `The provider replaced the refresh token, and the command of --rotate-to ${how}, so the new one is lost.`,
    hint: "Mend the command, sign in again where there is a browser, and set the secret anew.",
  });
}

/** A new sign-in here would not help a secret that is kept elsewhere. */
function nameSource(failure: OAuthLabError, { provider }: CredentialKey): OAuthLabError {
  if (failure.kind !== "login-required") return failure;
  const { kind, code, message } = failure;
  const hint = `It came from ${settingsPrefix(provider)}_REFRESH_TOKEN: sign in with --offline where there is a browser, and set that anew.`;
  return new OAuthLabError({ kind, code, message, hint });
}
