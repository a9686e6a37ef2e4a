// The environment for a program that we run: without the secrets that would outlive it by far.
import type { Context } from "../context.ts";

const longTermSecret = /_(CLIENT_SECRET|REFRESH_TOKEN)$|^OAUTH_LAB_PASSPHRASE$/i;

/** The environment without refresh tokens, client secrets and the store's passphrase. */
export function withoutSecrets(env: Context["env"]): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !longTermSecret.test(name)));
}
