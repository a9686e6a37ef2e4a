// What a provider's keys in the settings begin with. Apart from the providers themselves, which a stored token is printed without. Pure.

/** The prefix of a provider's keys: `my-idp` is configured by `MY_IDP_…`. An issuer URL has none of its own and uses `OIDC_…`. */
export function settingsPrefix(name: string): string {
  return isIssuerUrl(name) ? "OIDC" : name.toUpperCase().replaceAll("-", "_");
}

/** Whether a provider is named by its issuer, as typed on the command line. */
export function isIssuerUrl(name: string): boolean {
  return /^https?:\/\//i.test(name);
}
