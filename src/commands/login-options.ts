// What the options of login mean: which grant, which extra parameters, and what does not go together.
import type { Credential } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import { reservedParameters } from "../providers/provider.ts";
import { sanitise } from "../terminal/sanitise.ts";
import type { GlobalOptions } from "./session.ts";

/** The options of `login`. */
export interface LoginOptions extends GlobalOptions {
  readonly offline?: boolean;
  readonly scope?: readonly string[];
  readonly redirectUri?: string;
  /** False with --no-browser. */
  readonly browser: boolean;
  readonly paste?: boolean;
  readonly par?: boolean;
  readonly dpop?: boolean;
  readonly register?: boolean;
  readonly device?: boolean;
  readonly clientCredentials?: boolean;
  readonly param?: readonly string[];
  readonly wait?: number;
}

/** What only a login in the browser, or one with a user, can have. */
const foreignOptions = {
  device_code: ["clientCredentials", "paste", "redirectUri", "wait", "par", "register"],
  // Extra parameters are not kept, so a renewal would ask for another token than the login did.
  client_credentials: [
    "device",
    "paste",
    "redirectUri",
    "wait",
    "offline",
    "param",
    "par",
    "register",
  ],
} as const satisfies Partial<Record<Credential["grant"], readonly (keyof LoginOptions)[]>>;

/** The grant that the options ask for. Throws `usage` for options that another one has. */
export function chooseGrant(options: LoginOptions): Credential["grant"] {
  if (options.device) return checkOptions("device_code", options);
  if (options.clientCredentials) return checkOptions("client_credentials", options);
  return "authorization_code";
}

function checkOptions(grant: keyof typeof foreignOptions, options: LoginOptions) {
  const foreign = foreignOptions[grant].find((name) => options[name] !== undefined);
  if (foreign === undefined) return grant;
  const typed = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter}`)}`;
  const way = grant === "device_code" ? "--device" : "--client-credentials";
  throw new OAuthLabError({
    kind: "usage",
    code: "options_conflict",
    message: `${typed(foreign).toLowerCase()} means nothing to a login with ${way}.`,
    hint: "Leave one of them out.",
  });
}

/** The scopes of --scope, however they are separated; undefined where it was not given. */
export function readScopes({ scope }: LoginOptions): string[] | undefined {
  return scope?.flatMap((names) => names.split(/[\s,]+/)).filter(Boolean);
}

/** The pairs of --param. Throws `usage` for one that is none, or that belongs to the protocol. */
export function readParameters({ param = [] }: LoginOptions): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const pair of param) {
    const [, name = "", value = ""] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === "" || reservedParameters.has(name)) {
      throw new OAuthLabError({
        kind: "usage",
        code: name === "" ? "parameter_malformed" : "reserved_parameter",
        message:
          name === ""
            ? `--param ${sanitise(pair, 60)} is not of the form name=value.`
            : `The parameter ${name} belongs to the protocol and cannot be set by hand.`,
        hint: "Example: --param login_hint=ada@example.com",
      });
    }
    parameters[name] = value;
  }
  return parameters;
}
