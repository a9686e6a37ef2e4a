// Whether the configuration still names the server and the client that a stored credential came from. Pure.
import type { Binding } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";

/** What is known of the configured server: issuer and client before anything was sent to it, the endpoints once its metadata was read. */
export type Configured = Pick<Binding, "issuer" | "clientId"> & Partial<Binding>;

/** A stored secret goes only where it came from (RFC 9700 §4.4). Throws `unsafe` for another issuer, client, token endpoint or origin. */
export function checkBinding(stored: Binding, configured: Configured): void {
  const difference = findDifference(stored, configured);
  if (difference === undefined) return;
  throw new OAuthLabError({
    kind: "unsafe",
    code: "binding_mismatch",
    message: `The stored credential was not sent: the configured ${difference} is not the one it came from.`,
    hint: "Check .env in this folder. If you changed the configuration on purpose, sign in again with `oauth-lab login`; with --register, after `oauth-lab logout --local`.",
  });
}

function findDifference(stored: Binding, configured: Configured): string | undefined {
  const { issuer, clientId, tokenEndpoint = stored.tokenEndpoint, origins = [] } = configured;
  if (issuer !== stored.issuer) return "issuer";
  if (clientId !== stored.clientId) return "client id";
  if (tokenEndpoint !== stored.tokenEndpoint) return "token endpoint";
  const newOrigin = origins.find((origin) => !stored.origins.includes(origin));
  return newOrigin === undefined ? undefined : `use of ${newOrigin}`;
}
