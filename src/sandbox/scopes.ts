// What a scope lets a client do, in plain words, and which claims it opens.

/** The scopes that the sandbox knows, in the order they are shown; each completes "This will let it …". */
const meanings: ReadonlyMap<string, string> = new Map([
  ["openid", "know that it is you"],
  ["profile", "see your name"],
  ["email", "see your e-mail address"],
  ["read:notes", "read your notes"],
  ["read:user", "read your profile"],
  ["user:email", "read your e-mail addresses"],
  ["https://www.googleapis.com/auth/photoslibrary.readonly", "see your photos"],
  ["offline_access", "keep its access while you are away, with a refresh token"],
]);

export const supportedScopes: readonly string[] = [...meanings.keys()];

/** The claims that each scope opens (OpenID Connect Core §5.4). */
export const claimsOfScopes: Readonly<Record<string, readonly string[]>> = {
  openid: ["sub"],
  profile: ["name", "given_name", "family_name", "preferred_username"],
  email: ["email", "email_verified"],
};

/** A scope that was asked for and what it means. */
export interface ExplainedScope {
  readonly scope: string;
  readonly meaning: string;
}

/** The known ones of a space-separated list (RFC 6749 §3.3); an unknown scope is never granted, so it is not shown either. */
export function explainScopes(scope: string): readonly ExplainedScope[] {
  const asked = new Set(scope.split(" "));
  return [...meanings]
    .filter(([name]) => asked.has(name))
    .map(([name, meaning]) => ({ scope: name, meaning }));
}
