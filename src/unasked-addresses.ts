// Whether an address in the .env of the current folder, which nobody named, may be used: only where that file has the whole provider, at one server (docs/adr/0003). Pure.
import { OAuthLabError } from "./errors.ts";
import type { Provider } from "./providers/provider.ts";
import { isIssuerUrl, settingsPrefix } from "./providers/settings-prefix.ts";
import type { Settings } from "./settings.ts";

/** What decides where secrets, codes and tokens go: the parts of the keys behind the provider's prefix. */
const addressNames = [
  "ISSUER",
  "SERVER_URL",
  "AUTHORIZATION_ENDPOINT",
  "TOKEN_ENDPOINT",
  "DEVICE_AUTHORIZATION_ENDPOINT",
  "USERINFO_ENDPOINT",
  "REVOCATION_ENDPOINT",
  "INTROSPECTION_ENDPOINT",
  "API_URL",
];
/** What is sent there, or in whose name. */
const clientNames = ["CLIENT_ID", "CLIENT_SECRET", "PRIVATE_KEY_FILE", "REFRESH_TOKEN"];

/** A stranger's address with a client, an issuer or a refresh token of one's own would lead what they are good for astray. Throws `unsafe`. */
export function checkUnaskedAddresses(provider: Provider, settings: Settings): void {
  const prefix = settingsPrefix(provider.name);
  const isSet = (key: string) => settings.get(key) !== undefined;
  const isUnasked = (key: string) => settings.get(key)?.unasked === true;
  const addresses = addressNames.map((name) => `${prefix}_${name}`).filter(isSet);
  const clients = clientNames.map((name) => `${prefix}_${name}`).filter(isSet);
  const [first, ...others] = addresses.filter(isUnasked);
  if (first === undefined) return;
  if (isIssuerUrl(provider.name)) throw refusal(first, settings, "the issuer was typed");
  const elsewhere = [...addresses, ...clients].find((key) => !isUnasked(key));
  if (elsewhere !== undefined)
    throw refusal(first, settings, `${elsewhere} is from ${settings.get(elsewhere)?.origin}`);
  const { origin } = new URL(provider.issuer);
  const astray = [first, ...others].find((key) => originOf(settings.value(key)) !== origin);
  if (astray !== undefined) throw refusal(astray, settings, `it does not lead to ${origin}`);
}

function originOf(address = ""): string | undefined {
  return URL.canParse(address) ? new URL(address).origin : undefined;
}

function refusal(key: string, settings: Settings, reason: string): OAuthLabError {
  return new OAuthLabError({
    kind: "unsafe",
    code: "endpoint_unasked",
    message: `Nothing was sent: ${key} stands in ${settings.get(key)?.origin}, which nobody named, and ${reason}.`,
    hint: "If that file is yours, name it with --env-file; or set what belongs together in one other place.",
  });
}
