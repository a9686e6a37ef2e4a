// Who can sign in to the sandbox. There are no passwords: anyone who can open the page may be anyone.
import type { FindAccount } from "oidc-provider";

/** A user, in the claims of OpenID Connect Core §5.1. */
export interface SandboxUser {
  readonly sub: string;
  readonly name: string;
  readonly given_name: string;
  readonly family_name: string;
  readonly preferred_username: string;
  readonly email: string;
  readonly email_verified: boolean;
}

/** The users that the sign-in page offers. */
export const sandboxUsers: readonly SandboxUser[] = [
  makeUser({ sub: "ada", givenName: "Ada", familyName: "Lovelace" }),
  makeUser({ sub: "grace", givenName: "Grace", familyName: "Hopper" }),
];

function makeUser(names: { sub: string; givenName: string; familyName: string }): SandboxUser {
  return {
    sub: names.sub,
    name: `${names.givenName} ${names.familyName}`,
    given_name: names.givenName,
    family_name: names.familyName,
    preferred_username: names.sub,
    email: `${names.sub}@example.com`,
    email_verified: true,
  };
}

/** Who attacks in `demo --attacks`: an account like any other, which no page offers. */
const attacker = makeUser({ sub: "mallory", givenName: "Mallory", familyName: "Mischief" });

/** The user with this subject identifier; undefined for any other. */
export function findUser(sub: string | null | undefined): SandboxUser | undefined {
  return [...sandboxUsers, attacker].find((user) => user.sub === sub);
}

/** The same for oidc-provider, which picks the claims that the granted scopes allow. */
export const findAccount: FindAccount = (_context, sub) => {
  const user = findUser(sub);
  return user && { accountId: user.sub, claims: () => ({ ...user }) };
};
