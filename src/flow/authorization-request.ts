// One authorization request: fresh state, verifier and nonce, and the address that carries them, or only a reference to them (RFC 9126).
import * as oidc from "openid-client";
import { OAuthLabError } from "../errors.ts";
import { reservedParameters } from "../providers/provider.ts";
import { Secret } from "../secret.ts";
import { translateError } from "./library-errors.ts";
import type { Expected } from "./redirect.ts";
import { proofOf, type Wire } from "./wire.ts";

/** One authorization request: what was sent, and what its answer must match. Used once. */
export interface AuthorizationRequest extends Expected {
  readonly url: URL;
  /** Whether its parameters went to the server beforehand, so that the address holds only a reference. */
  readonly pushed: boolean;
  readonly codeVerifier: Secret;
  readonly nonce?: string;
  readonly scopes: readonly string[];
}

/** What a login asks for. */
export interface AuthorizationWishes {
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  /** Push the parameters also where the server does not demand it. */
  readonly push?: boolean | undefined;
}

/** Makes the request (RFC 6749 §4.1.1, RFC 7636 §4, OIDC Core §3.1.2.1) and pushes it where that is asked for or demanded (RFC 9126). Throws `usage` where the server takes none. */
export async function makeAuthorizationRequest(
  wire: Wire,
  wishes: AuthorizationWishes & { readonly endpoint: string },
): Promise<AuthorizationRequest> {
  const { redirectUri, scopes, parameters } = wishes;
  checkParameters(new URL(wishes.endpoint), parameters);
  const metadata = wire.config.serverMetadata();
  const codeVerifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = scopes.includes("openid") ? oidc.randomNonce() : undefined;
  const all = {
    response_type: "code",
    client_id: wire.registration.clientId,
    redirect_uri: redirectUri,
    ...(scopes.length > 0 && { scope: scopes.join(" ") }),
    state,
    ...(nonce !== undefined && { nonce }),
    code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: "S256",
    ...(wire.proofKey && { dpop_jkt: await wire.proofKey.handle.calculateThumbprint() }),
    ...parameters,
  };
  const pushed = wishes.push === true || metadata.require_pushed_authorization_requests === true;
  const url = pushed ? await push(wire, all) : oidc.buildAuthorizationUrl(wire.config, all);
  return {
    url,
    pushed,
    redirectUri,
    state,
    issuer: metadata.issuer,
    issRequired: metadata.authorization_response_iss_parameter_supported === true,
    codeVerifier: new Secret(codeVerifier),
    ...(nonce !== undefined && { nonce }),
    scopes,
  };
}

/** The parameters go over the back channel, with the client's authentication; the address names the client and the server's reference (RFC 9126 §4). */
async function push(wire: Wire, parameters: Record<string, string>): Promise<URL> {
  const { config, provider } = wire;
  if (config.serverMetadata().pushed_authorization_request_endpoint === undefined) {
    throw new OAuthLabError({
      kind: "usage",
      code: "par_unsupported",
      message: "The server takes no pushed authorization requests (PAR, RFC 9126).",
      hint: "Sign in without --par.",
    });
  }
  try {
    return await oidc.buildAuthorizationUrlWithPAR(config, parameters, proofOf(wire));
  } catch (error) {
    throw translateError(error, { step: "pushed-request", provider: provider.name });
  }
}

function checkParameters(endpoint: URL, parameters: Readonly<Record<string, string>>): void {
  const names = [...endpoint.searchParams.keys(), ...Object.keys(parameters)];
  const reserved = names.find((name) => reservedParameters.has(name));
  if (reserved === undefined) return;
  throw new OAuthLabError({
    kind: "usage",
    code: "reserved_parameter",
    message: `The parameter ${reserved} belongs to the protocol and cannot be set by hand.`,
    hint: "Remove it from --param or from the authorization endpoint.",
  });
}
