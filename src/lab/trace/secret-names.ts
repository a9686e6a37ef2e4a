// Which fields hold secrets, by their names: those of the protocol, and those that APIs give to keys and passwords.

/** Fields whose value is a secret, or ties a message to a session; `code` only where it is a parameter. */
const secretFields: ReadonlySet<string> = new Set([
  "token_last_eight",
  "code",
  "state",
  "nonce",
  "code_challenge",
  "code_verifier",
  "request_uri",
  "dpop_jkt",
  "client_assertion",
  "assertion",
  "device_code",
  "user_code",
  "verification_uri_complete",
  "session_state",
  "sid",
  "jti",
  "cookie",
  "set_cookie",
]);

/** What ends so is a secret, whoever named it: `access_token`, `client_secret`, `webhook_secret`, `private_key`. */
const secretEnd =
  /(?:^|_)(?:token|secrets?|passwords?|passphrases?|pem|(?:private|api|access|secret|signing|encryption|shared)_?keys?)$/;

/** Whether the parameter's value is a secret. */
export function isSecretField(name: string): boolean {
  const plain = plainName(name);
  return secretFields.has(plain) || secretEnd.test(plain);
}

/** Whether the value of the JSON member is a secret. There `code` is an error's name (GitHub, Google). */
export function isSecretMember(name: string): boolean {
  return isSecretField(name) && plainName(name) !== "code";
}

/** `apiKey` and `api-key` are `api_key`. */
function plainName(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toLowerCase();
}
