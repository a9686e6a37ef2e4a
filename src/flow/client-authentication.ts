// How the client says who it is at the token endpoint (RFC 6749 §2.3, OIDC Core §9): as configured, else as what it has and what the server takes.
import * as oidc from "openid-client";
import type { Context } from "../context.ts";
import type { ClientAuthentication } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import type { Provider } from "../providers/provider.ts";
import type { Registration } from "../registration.ts";
import { readPrivateKey } from "./private-key.ts";

/** Who, and to whom. */
export interface ClientAndServer {
  readonly registration: Registration;
  readonly provider: Provider;
  readonly metadata: oidc.ServerMetadata;
}

/** The client's authentication. Throws `usage` where the method lacks its secret or its key. */
export async function chooseClientAuthentication(
  parties: ClientAndServer,
  context: Context,
): Promise<oidc.ClientAuth> {
  const { registration, metadata } = parties;
  const method = registration.clientAuthentication ?? usualMethod(parties);
  if (method === "none") return oidc.None();
  if (method === "private_key_jwt") {
    const path = registration.privateKeyFile ?? missing(method, "PRIVATE_KEY_FILE");
    const offered = metadata.token_endpoint_auth_signing_alg_values_supported;
    const { key, keyId } = await readPrivateKey({ path, offered }, context);
    return oidc.PrivateKeyJwt({ key, ...(keyId !== undefined && { kid: keyId }) });
  }
  const secret = registration.clientSecret?.reveal() ?? missing(method, "CLIENT_SECRET");
  return method === "client_secret_post"
    ? oidc.ClientSecretPost(secret)
    : oidc.ClientSecretBasic(secret);
}

/** A key before a secret. Of a secret Basic, unless the provider's row or the server's list has only the body form: every server must know Basic (RFC 6749 §2.3.1). */
function usualMethod({ registration, provider, metadata }: ClientAndServer): ClientAuthentication {
  if (registration.privateKeyFile !== undefined) return "private_key_jwt";
  if (registration.clientSecret === undefined) return "none";
  const methods = provider.clientAuthentication
    ? [provider.clientAuthentication]
    : (metadata.token_endpoint_auth_methods_supported ?? ["client_secret_basic"]);
  return methods.includes("client_secret_post") && !methods.includes("client_secret_basic")
    ? "client_secret_post"
    : "client_secret_basic";
}

function missing(method: ClientAuthentication, key: string): never {
  throw new OAuthLabError({
    kind: "usage",
    code: "client_authentication_incomplete",
    message: `The client is to authenticate by ${method}, and what that takes is not set.`,
    hint: `Set <NAME>_${key}, or another <NAME>_CLIENT_AUTHENTICATION.`,
  });
}
