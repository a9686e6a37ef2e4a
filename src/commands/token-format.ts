// A token in the words of who reads it next: a shell, curl, a GitHub job, Google's libraries, kubectl. Pure; where it goes is token-output.ts's affair.
import type { Credential } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import { printableToken } from "../flow/tokens.ts";
import { settingsPrefix } from "../providers/settings-prefix.ts";
import type { Secret } from "../secret.ts";
import { describeToken } from "./credential-json.ts";
import { formatExecCredential, goodIdToken } from "./kubernetes.ts";
import type { TokenFormat } from "./token-rows.ts";

/** What a form is made of. */
export interface Printed {
  readonly credential: Credential;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The client's secret, for the forms that carry it. */
  readonly clientSecret?: Secret | undefined;
  /** Of the ExecCredential, for kubectl. */
  readonly apiVersion?: string | undefined;
}

type Format = (printed: Printed) => string;

/** The text of each form, its line break included. Each throws `protocol` for a token that the form could not carry. */
export const formats: Readonly<Record<TokenFormat, Format>> = {
  token: ({ credential }) => `${printableToken(credential)}\n`,
  json: ({ credential, now }) => `${JSON.stringify(describeToken(credential, now))}\n`,
  header: ({ credential }) => {
    if (credential.proofKey) throw worthNothingAlone();
    return `Authorization: Bearer ${printableToken(credential)}\n`;
  },
  env: ({ credential }) =>
    tokenVariables(credential.provider)
      .map((name) => `export ${name}=${quoteForShell(printableToken(credential))}\n`)
      .join(""),
  "github-output": ({ credential }) => {
    const { expires_at: expiresAt } = describeToken(credential, 0);
    const expiry = expiresAt === null ? "" : `expires_at=${expiresAt}\n`;
    return `access_token=${printableToken(credential)}\n${expiry}`;
  },
  "authorized-user": (printed) => {
    const { client_id, client_secret, refresh_token } = longLived(printed);
    return document({ type: "authorized_user", client_id, client_secret, refresh_token });
  },
  "google-credentials": (printed) => {
    const { credential } = printed;
    const { client_id, client_secret, refresh_token } = longLived(printed);
    return document({
      token: printableToken(credential),
      refresh_token,
      token_uri: credential.binding.tokenEndpoint,
      client_id,
      client_secret,
      scopes: credential.grantedScopes,
      universe_domain: "googleapis.com",
      account: "",
      expiry: expiryInSeconds(credential),
    });
  },
  "refresh-token": (printed) => `${longLived(printed).refresh_token}\n`,
  kubectl: ({ credential, now, apiVersion }) =>
    formatExecCredential(goodIdToken(credential, now), apiVersion),
  "kubectl-access-token": ({ credential, apiVersion }) => {
    if (credential.proofKey) throw worthNothingAlone();
    const { expiresAt } = credential;
    return formatExecCredential({ token: printableToken(credential), expiresAt }, apiVersion);
  },
};

/** The variables that carry an access token, for `exec` and `--format env`: the provider's own, and one that every script can count on. */
export function tokenVariables(provider: string): string[] {
  return [`${settingsPrefix(provider)}_ACCESS_TOKEN`, "ACCESS_TOKEN"];
}

/** Each request needs a proof of its own (RFC 9449 §4): nothing that is printed once will do. */
function worthNothingAlone(): OAuthLabError {
  return new OAuthLabError({
    kind: "usage",
    code: "token_bound",
    message: "The token is bound to a key (DPoP), so with it alone every request would be refused.",
    hint: "Use `oauth-lab api`, or sign in without --dpop.",
  });
}

/** As one word of a POSIX shell: nothing in single quotes means anything, save the quote itself. */
function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function longLived({ credential, clientSecret }: Printed) {
  const { refreshToken, binding } = credential;
  if (refreshToken === undefined) {
    throw new OAuthLabError({
      kind: "login-required",
      code: "no_refresh_token",
      message: `The credential for ${credential.provider} has no refresh token, which this form needs.`,
      hint: `Sign in with \`oauth-lab login ${credential.provider} --offline\` to get one.`,
    });
  }
  return {
    client_id: binding.clientId,
    client_secret: clientSecret?.reveal() ?? "",
    refresh_token: refreshToken.reveal(),
  };
}

function document(members: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(members, null, 2)}\n`;
}

/** As google-auth writes and reads it: UTC in whole seconds with a Z. */
function expiryInSeconds({ expiresAt }: Credential): string | undefined {
  if (expiresAt === undefined) return undefined;
  return new Date(expiresAt).toISOString().replace(/\.\d+Z$/, "Z");
}
