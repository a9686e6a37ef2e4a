// The parameters of authorization requests and of their answers: what each is for, and whether it may be shown whole.

/** One parameter that a specification or a provider names. */
interface Parameter {
  readonly meaning: string;
  /** False for a secret, and for what is of no use to a reader but of some to a thief. */
  readonly whole: boolean;
}

function whole(meaning: string): Parameter {
  return { meaning, whole: true };
}
function short(meaning: string): Parameter {
  return { meaning, whole: false };
}

/** RFC 6749 §4.1.1, RFC 7636 §4.3, OIDC Core §3.1.2.1, and what GitHub and Google add. */
export const requestParameters: ReadonlyMap<string, Parameter> = new Map([
  [
    "response_type",
    whole("what is asked for; code is the authorization code flow (RFC 6749 §4.1.1)"),
  ],
  ["client_id", whole("which client asks; no secret (RFC 6749 §2.2)")],
  ["redirect_uri", whole("where the answer is to go; must be registered (RFC 6749 §3.1.2)")],
  ["scope", whole("what the token shall be able to do (RFC 6749 §3.3)")],
  ["state", short("comes back with the answer and must be the same (RFC 6749 §10.12)")],
  ["code_challenge", short("PKCE: the hash of a secret that only the client has (RFC 7636 §4.2)")],
  [
    "code_challenge_method",
    whole("PKCE: how the hash is made; S256 is the one to use (RFC 7636 §4.2)"),
  ],
  ["nonce", short("comes back inside the ID token (OIDC Core §3.1.2.1)")],
  ["prompt", whole("whether the user is asked again (OIDC Core §3.1.2.1)")],
  ["max_age", whole("how long ago the sign-in may have been, in seconds (OIDC Core §3.1.2.1)")],
  ["login_hint", whole("whom to offer for the sign-in (OIDC Core §3.1.2.1)")],
  ["response_mode", whole("how the answer is sent back (OIDC Core §3.1.2.1)")],
  ["access_type", whole("Google: offline asks for a refresh token")],
  ["include_granted_scopes", whole("Google: add to what was granted before")],
  ["allow_signup", whole("GitHub: whether new accounts may be made on the way")],
  ["login", whole("GitHub: whom to offer for the sign-in")],
]);

/** RFC 6749 §4.1.2, RFC 9207 §2, and what must not be there. */
export const responseParameters: ReadonlyMap<string, Parameter> = new Map([
  ["code", short("the authorization code: works once, within minutes (RFC 6749 §4.1.2)")],
  ["state", short("must be the one of the request, else it is thrown away (RFC 6749 §10.12)")],
  ["iss", whole("which server answers; must be the one that was asked (RFC 9207 §2.4)")],
  ["error", whole("the server or the user said no (RFC 6749 §4.1.2.1)")],
  ["error_description", whole("the server's own words (RFC 6749 §4.1.2.1)")],
  ["error_uri", whole("a page about the error (RFC 6749 §4.1.2.1)")],
  ["scope", whole("what was granted")],
  ["session_state", short("OpenID Connect session management")],
  ["authuser", whole("Google: which of the signed-in accounts")],
  ["prompt", whole("Google: what was asked of the user")],
  ["hd", whole("Google: the account's organisation")],
  ["access_token", short("an access token, which must not travel here (RFC 9700 §2.1.2)")],
  ["id_token", short("an ID token, which does not belong here in the code flow")],
  ["refresh_token", short("a refresh token, which must never travel here (RFC 6749 §10.4)")],
  ["token_type", whole("belongs to an access token (RFC 6749 §7.1)")],
  ["expires_in", whole("belongs to an access token (RFC 6749 §5.1)")],
]);
