// The version, written in by the build; unbuilt code calls itself 0.0.0.
declare const OAUTH_LAB_VERSION: string | undefined;

/** As in package.json. */
export const version = typeof OAUTH_LAB_VERSION === "string" ? OAUTH_LAB_VERSION : "0.0.0";
