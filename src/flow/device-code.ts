// The device authorization grant (RFC 8628): a code to enter on another device, then patient asking. Waits by the context's clock only.
import * as oidc from "openid-client";
import type { Context } from "../context.ts";
import { OAuthLabError } from "../errors.ts";
import { checkEndpoint } from "../providers/provider.ts";
import { Secret } from "../secret.ts";
import type { OAuthClient } from "./client.ts";
import { translateError } from "./library-errors.ts";
import type { TokenSet } from "./tokens.ts";
import { readLoginTokens } from "./verified-tokens.ts";
import { proofOf } from "./wire.ts";

const grantType = "urn:ietf:params:oauth:grant-type:device_code";
const longestWaitSeconds = 3600;
const longestIntervalSeconds = 60;
const slowDownSeconds = 5;

/** What the user needs to approve the request elsewhere (RFC 8628 §3.2). The code is outside text: sanitise before showing. */
export interface DeviceAuthorization {
  readonly userCode: string;
  /** Checked: https, or http on this machine. */
  readonly verificationUri: URL;
  /** The same page with the code filled in, where the server has one. */
  readonly verificationUriComplete?: URL;
  readonly expiresInSeconds: number;
}

/** Tells the user what to do. */
export interface DeviceProgress {
  asked(authorization: DeviceAuthorization, how: { readonly browserOpened: boolean }): void;
  approved(): void;
}

/** Gets tokens once the user has approved. Throws `refused` where they say no or the code ends first. */
export async function deviceCode(
  login: {
    readonly client: OAuthClient;
    readonly scopes: readonly string[];
    /** Extra parameters of the device authorization request. */
    readonly parameters: Readonly<Record<string, string>>;
    readonly useBrowser: boolean;
    readonly progress: DeviceProgress;
  },
  context: Context,
): Promise<TokenSet> {
  const { client, progress } = login;
  const started = await requestDeviceCode(login);
  const { verificationUri, verificationUriComplete = verificationUri } = started.authorization;
  const browserOpened = login.useBrowser && (await context.openBrowser(verificationUriComplete));
  context.signal.throwIfAborted();
  progress.asked(started.authorization, { browserOpened });
  const tokens = await pollForTokens({ client, ...started }, context);
  progress.approved();
  return tokens;
}

interface Started {
  readonly authorization: DeviceAuthorization;
  readonly deviceCode: Secret;
  readonly intervalSeconds: number;
}

/** Asks for the codes (RFC 8628 §3.1). */
async function requestDeviceCode(login: {
  readonly client: OAuthClient;
  readonly scopes: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
}): Promise<Started> {
  const { config, provider } = login.client.wire;
  if (config.serverMetadata().device_authorization_endpoint === undefined) throw unsupported();
  const parameters = {
    ...(login.scopes.length > 0 && { scope: login.scopes.join(" ") }),
    ...login.parameters,
  };
  let answer: oidc.DeviceAuthorizationResponse;
  try {
    answer = await oidc.initiateDeviceAuthorization(config, parameters);
  } catch (error) {
    throw translateError(error, { step: "device", provider: provider.name });
  }
  const complete = answer.verification_uri_complete;
  return {
    authorization: {
      userCode: answer.user_code,
      verificationUri: checkEndpoint(answer.verification_uri, "verification page"),
      ...(complete !== undefined && {
        verificationUriComplete: checkEndpoint(complete, "verification page"),
      }),
      expiresInSeconds: Math.min(answer.expires_in, longestWaitSeconds),
    },
    deviceCode: new Secret(answer.device_code),
    intervalSeconds: Math.min(Math.max(answer.interval ?? 5, 1), longestIntervalSeconds),
  };
}

/** Asks again and again, slower when told to and when the server fails (RFC 8628 §3.5), until the code's end. */
async function pollForTokens(
  polling: Started & { readonly client: OAuthClient },
  context: Context,
): Promise<TokenSet> {
  const { clock, signal } = context;
  const endsAt = clock.now() + polling.authorization.expiresInSeconds * 1000;
  for (let intervalSeconds = polling.intervalSeconds; ; ) {
    await clock.sleep(Math.min(intervalSeconds * 1000, endsAt - clock.now()), signal);
    if (clock.now() >= endsAt) throw expired();
    try {
      return await requestTokens(polling);
    } catch (error) {
      intervalSeconds = nextInterval(error, intervalSeconds);
    }
  }
}

/** One question (RFC 8628 §3.4). */
async function requestTokens({
  client,
  deviceCode,
}: {
  readonly client: OAuthClient;
  readonly deviceCode: Secret;
}): Promise<TokenSet> {
  const { config, provider } = client.wire;
  try {
    const parameters = { device_code: deviceCode.reveal() };
    const proof = proofOf(client.wire);
    const answer = await oidc.genericGrantRequest(config, grantType, parameters, proof);
    return readLoginTokens(answer, client.wire);
  } catch (error) {
    throw translateError(error, { step: "device", provider: provider.name });
  }
}

/** How long to wait before the next question; throws what ends the login. */
function nextInterval(error: unknown, intervalSeconds: number): number {
  if (!(error instanceof OAuthLabError)) throw error;
  if (error.code === "authorization_pending") return intervalSeconds;
  const slower =
    error.code === "slow_down"
      ? intervalSeconds + slowDownSeconds
      : error.kind === "unavailable"
        ? intervalSeconds * 2
        : undefined;
  if (slower === undefined) throw error;
  return Math.min(slower, longestIntervalSeconds);
}

function expired(): OAuthLabError {
  return new OAuthLabError({
    kind: "refused",
    code: "expired_token",
    message: "The code expired before it was entered and approved.",
    hint: "Start the login again to get a new one.",
  });
}

function unsupported(): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "device_flow_unsupported",
    message: "The provider names no device authorization endpoint.",
    hint: "Sign in without --device, or set <NAME>_DEVICE_AUTHORIZATION_ENDPOINT if it has one.",
  });
}
