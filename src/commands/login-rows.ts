// The rows of the commands that sign in and out.
import { maxSeconds } from "./global-options.ts";
import type { LoginOptions } from "./login-options.ts";
import type { LogoutOptions } from "./logout.ts";
import { type CommandRow, type OptionRow, whose } from "./row.ts";

const loginOptions: readonly OptionRow[] = [
  {
    name: "scope",
    value: "scopes",
    many: true,
    about: "what to ask for, instead of the configured scopes",
  },
  {
    name: "redirect-uri",
    value: "uri",
    about: "the registered redirect URI, instead of the configured one",
  },
  { name: "no-browser", about: "print the address, open nothing" },
  { name: "paste", about: "do not listen; the address is pasted" },
  { name: "par", about: "push the request to the server first (RFC 9126)" },
  { name: "dpop", about: "bind the tokens to a key that only this computer has (RFC 9449)" },
  { name: "device", about: "enter a code on any other device (RFC 8628)" },
  { name: "client-credentials", about: "sign in as the client itself, without a user" },
  {
    name: "param",
    value: "name=value",
    many: true,
    about: "extra parameters of the authorization request",
  },
  {
    name: "wait",
    value: "seconds",
    atMost: maxSeconds,
    about: "how long to wait for the approval (300)",
  },
];
const offline: OptionRow = {
  name: "offline",
  about: "ask for a refresh token, the provider's way",
};

const register: OptionRow = {
  name: "register",
  about: "register a client of its own first, where the server takes anyone (RFC 7591)",
};

/** login, github-login, google-offline, logout. */
export const loginRows: readonly CommandRow[] = [
  {
    name: "login",
    summary: "sign in: authorization code with PKCE, in the browser or by paste",
    description:
      "Sign in with the authorization code flow and PKCE. The provider is github, google, gitlab, sandbox, a name with <NAME>_ISSUER configured, or an issuer URL.",
    provider: { required: true, about: "whom to sign in to" },
    options: [offline, ...loginOptions, register],
    json: ["login"],
    examples: [
      "login github",
      "login google --offline",
      "login sandbox --paste",
      "login github --device",
      "login https://issuer.example --scope openid email",
      "login https://issuer.example --register",
    ],
    run: async ({ provider = "", options }, context) =>
      (await import("./login.ts")).login(provider, options as unknown as LoginOptions, context),
  },
  {
    name: "github-login",
    summary: "the same as login github",
    description: "Sign in to GitHub.",
    options: [offline, ...loginOptions],
    json: ["login"],
    examples: ["github-login --scope read:user"],
    run: async ({ options }, context) =>
      (await import("./login.ts")).login("github", options as unknown as LoginOptions, context),
  },
  {
    name: "google-offline",
    summary: "the same as login google --offline",
    description: "Sign in to Google and get a refresh token.",
    options: loginOptions,
    json: ["login"],
    examples: ["google-offline --paste"],
    run: async ({ options }, context) =>
      (await import("./login.ts")).login(
        "google",
        { ...(options as unknown as LoginOptions), offline: true },
        context,
      ),
  },
  {
    name: "logout",
    summary: "revoke at the provider, then delete here",
    description:
      "Revoke the credential at the provider, then delete it here; says how each half went.",
    provider: whose,
    options: [{ name: "local", about: "only delete it here" }],
    json: ["logout"],
    examples: ["logout github", "logout google --local"],
    run: async ({ provider, options }, context) =>
      (await import("./logout.ts")).logout(provider, options as unknown as LogoutOptions, context),
  },
];
