// A credential as --json shows it: everything but its secrets. docs/schema holds the shape.
import { type Credential, credentialState, isRenewable } from "../credentials/credential.ts";
import { printableToken } from "../flow/tokens.ts";

/** What may be known of a credential; `secondsLeft` is counted from `now` (milliseconds since 1970). */
export function describeCredential(credential: Credential, now: number): Record<string, unknown> {
  const state = credentialState(credential, { now, minTtlSeconds: 0 });
  return {
    provider: credential.provider,
    profile: credential.profile,
    issuer: credential.binding.issuer,
    client_id: credential.binding.clientId,
    subject: credential.subject ?? null,
    login: credential.login ?? null,
    grant: credential.grant,
    token_type: credential.tokenType,
    state: state.state,
    scopes: credential.grantedScopes,
    requested_scopes: credential.requestedScopes,
    obtained_at: isoTime(credential.obtainedAt),
    expires_at: isoTime(credential.expiresAt),
    refreshable: isRenewable(credential),
    refresh_expires_at: isoTime(credential.refreshExpiresAt),
  };
}

/** An access token as --json shows it where printing it is the command's job. Throws `protocol` for one that could not be sent. */
export function describeToken(credential: Credential, now: number): Record<string, unknown> {
  const { expiresAt } = credential;
  return {
    version: 1,
    provider: credential.provider,
    profile: credential.profile,
    access_token: printableToken(credential),
    token_type: credential.tokenType,
    expires_at: isoTime(expiresAt),
    expires_in: expiresAt === undefined ? null : Math.max(0, Math.floor((expiresAt - now) / 1000)),
    scopes: credential.grantedScopes,
  };
}

function isoTime(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : new Date(milliseconds).toISOString();
}
