// Ends a credential at its provider: by RFC 7009, or by GitHub's REST calls about a token.
import type { Credential } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import type { ApplicationsApi } from "../providers/provider.ts";
import type { Secret } from "../secret.ts";
import { callApplicationsApi } from "./applications-api.ts";
import type { OAuthClient } from "./client.ts";

/** What could be ended; `access-token-only`: a refresh token lives on. */
export type RevocationOutcome = "revoked" | "access-token-only" | "unsupported";

/** Revokes as much of it as the provider lets us. Throws where the provider could not be asked or said no. */
export async function revokeCredential(
  client: OAuthClient,
  credential: Credential,
): Promise<RevocationOutcome> {
  const { applicationsApi } = client.wire.provider;
  if (applicationsApi) return revokeAtGitHub(client, { credential, api: applicationsApi });
  if (!client.canRevoke) return "unsupported";
  try {
    // Revoking the refresh token ends the grant (RFC 7009 §2.1).
    if (credential.refreshToken) await client.revoke(credential.refreshToken, "refresh_token");
    else await client.revoke(credential.accessToken, "access_token");
  } catch (error) {
    // Google refuses what has ended already; to RFC 7009 §2.2 that is a success.
    if (!(error instanceof OAuthLabError) || error.code !== "invalid_token") throw error;
  }
  return "revoked";
}

/** The client's own call takes an access token only; the call for found tokens takes any, and no authentication. */
async function revokeAtGitHub(
  client: OAuthClient,
  { credential, api }: { credential: Credential; api: ApplicationsApi },
): Promise<RevocationOutcome> {
  const { accessToken, refreshToken } = credential;
  const deleted = await deleteToken(client, { accessToken, api });
  const left = [deleted ? undefined : accessToken, refreshToken].filter(
    (token) => token !== undefined,
  );
  if (left.length === 0) return "revoked";
  if (api.revokeUrl !== undefined) {
    const { revokeUrl: url } = api;
    const credentials = left.map((token) => token.reveal());
    const answer = await callApplicationsApi(client, {
      method: "POST",
      url,
      body: { credentials },
    });
    if (answer !== undefined) return "revoked";
  }
  return deleted ? "access-token-only" : "unsupported";
}

async function deleteToken(
  client: OAuthClient,
  { accessToken, api }: { accessToken: Secret; api: ApplicationsApi },
): Promise<boolean> {
  const { clientId, clientSecret } = client.wire.registration;
  if (clientSecret === undefined) return false;
  const answer = await callApplicationsApi(client, {
    method: "DELETE",
    url: `${api.url}/${encodeURIComponent(clientId)}/token`,
    body: { access_token: accessToken.reveal() },
    clientSecret,
  });
  return answer !== undefined;
}
