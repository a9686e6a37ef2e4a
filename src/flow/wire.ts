// What a client's requests are made with: the server's metadata, the client's authentication and the guarded fetch, put into openid-client's Configuration.
import * as oidc from "openid-client";
import type { Context } from "../context.ts";
import { type Fetch, guardFetch } from "../http/fetch.ts";
import { straighten } from "../http/quirks.ts";
import { isLoopback, type Provider } from "../providers/provider.ts";
import type { Registration } from "../registration.ts";
import type { Secret } from "../secret.ts";
import { chooseClientAuthentication } from "./client-authentication.ts";
import { pinnedAlgorithm } from "./id-token.ts";
import { makeProofKey, openProofKey, type ProofKey } from "./proof-key.ts";
import { readServerMetadata } from "./server-metadata.ts";

/** Which client at which provider. */
export interface WireOptions {
  readonly provider: Provider;
  readonly registration: Registration;
  /** Bounds each exchange, body included. */
  readonly timeoutSeconds: number;
  /** For tokens that are bound to a key (RFC 9449): a new one, or the one that they are bound to. */
  readonly proofKey?: "new" | Secret | undefined;
}

/** What a request at the authorization server is made with. For the files of this folder only: it holds the client's secret. */
export interface Wire {
  readonly config: oidc.Configuration;
  readonly provider: Provider;
  readonly registration: Registration;
  readonly fetch: Fetch;
  readonly context: Context;
  readonly proofKey?: ProofKey | undefined;
}

/** Reads the server's metadata and the client's key, sends nothing secret. */
export async function openWire(options: WireOptions, context: Context): Promise<Wire> {
  const { provider, registration } = options;
  const fetch = straighten(guardFetch(options, context), provider.quirks);
  const metadata = await readServerMetadata(provider, fetch);
  const config = new oidc.Configuration(
    metadata,
    registration.clientId,
    {
      id_token_signed_response_alg: pinnedAlgorithm(metadata.id_token_signing_alg_values_supported),
    },
    await chooseClientAuthentication({ registration, provider, metadata }, context),
  );
  config.timeout = 0; // guardFetch bounds the time
  config[oidc.customFetch] = fetch as oidc.CustomFetch;
  if (metadata.jwks_uri) oidc.enableNonRepudiationChecks(config);
  if (isLoopback(new URL(metadata.token_endpoint ?? metadata.issuer))) {
    oidc.allowInsecureRequests(config); // guardFetch allows http on this machine only
  }
  const proofKey = await openKey(options, config);
  return { config, provider, registration, fetch, context, proofKey };
}

function openKey({ proofKey }: WireOptions, config: oidc.Configuration) {
  if (proofKey === undefined) return undefined;
  return proofKey === "new" ? makeProofKey(config) : openProofKey(config, proofKey);
}

/** What adds a proof of possession to a request of openid-client's, where the tokens are bound to a key. */
export function proofOf({ proofKey }: Wire): oidc.DPoPOptions | undefined {
  return proofKey && { DPoP: proofKey.handle };
}
