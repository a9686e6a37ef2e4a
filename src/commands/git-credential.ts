// git-credential: answers git as a credential helper. A token goes only to an origin that its sign-in was for; for any other, nothing is said, so that git asks the next helper.
import type { Context } from "../context.ts";
import { type Credential, isRenewable } from "../credentials/credential.ts";
import { printableToken } from "../flow/tokens.ts";
import { readToEnd } from "../terminal/read-to-end.ts";
import { sanitise } from "../terminal/sanitise.ts";
import { refreshStored } from "./fresh-credential.ts";
import { type GitDescription, readGitDescription } from "./git-description.ts";
import { type GlobalOptions, openSession, type Session } from "./session.ts";

/** A clone may run for long, but a server looks at the token when it begins. */
const minTtlSeconds = 60;

/** The user name that goes with a token as the password, where it is not `oauth2`. */
const userNames: Readonly<Record<string, string>> = {
  // https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation
  github: "x-access-token",
  // https://support.atlassian.com/bitbucket-cloud/docs/use-oauth-on-bitbucket-cloud/
  bitbucket: "x-token-auth",
};

/** Does what git asks: `get` or `erase`. Anything else, `store` too, is silently ignored, as git wants it. */
export async function gitCredential(
  operation: string,
  options: GlobalOptions,
  context: Context,
): Promise<void> {
  if (operation !== "get" && operation !== "erase") return;
  const description = readGitDescription((await readToEnd(context)).toString());
  if (description === undefined) return;
  const session = await openSession({ ...options, foreignFolder: true }, context);
  const credential = await findCredential(description.origin, session);
  if (credential === undefined) return;
  if (operation === "get") await answer(credential, session);
  else await forget(credential, description, session);
}

/** The stored credential of the profile that may be shown to this origin, by what it was bound to at the sign-in: no setting changes that. A token that takes a proof with each request (RFC 9449) is not one that git can send. */
async function findCredential(origin: string, session: Session): Promise<Credential | undefined> {
  const listed = await session.store.list();
  return listed
    .flatMap((item) => ("credential" in item ? [item.credential] : []))
    .filter(({ profile, proofKey }) => profile === session.profile && proofKey === undefined)
    .find(({ binding }) => binding.origins.includes(origin));
}

async function answer(stored: Credential, session: Session): Promise<void> {
  const result = await refreshStored(stored, { force: false, minTtlSeconds }, session);
  const { credential } = result;
  const lines = [
    `username=${userNames[credential.provider] ?? "oauth2"}`,
    `password=${printableToken(credential)}`,
  ];
  const { expiresAt } = credential;
  if (expiresAt !== undefined) lines.push(`password_expiry_utc=${Math.floor(expiresAt / 1000)}`);
  session.context.stdout.write(`${lines.join("\n")}\n`);
}

/** git says that this token was refused: the next one will be a new one. The refresh token stays, and so does a token that no other can replace. */
async function forget(
  seen: Credential,
  { password }: GitDescription,
  { store, terminal, context }: Session,
): Promise<void> {
  await store.withLock(seen, async () => {
    const current = await store.read(seen);
    if (current === undefined || current.accessToken.reveal() !== password) return;
    if (isRenewable(current)) {
      await store.save({ ...current, expiresAt: context.clock.now() });
      return;
    }
    const name = sanitise(current.provider, 200);
    terminal.warn(
      `git says that ${name} refused the stored access token. If it was revoked, or lacks a scope, sign in again with \`oauth-lab login ${name}\`.`,
    );
  });
}
