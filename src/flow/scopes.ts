// Compares what was asked for with what was granted, and knows which scopes are gone or reach too far. Pure.

/** How a grant differs from the request, each scope under the name that it was asked or granted by. */
export interface ScopeDifference {
  readonly missing: readonly string[];
  /** Granted without being asked for: by an earlier login, or by the provider's own rules. */
  readonly extra: readonly string[];
}

/** Names under which Google answers scopes that were asked for by their short names. */
const fullNames: ReadonlyMap<string, string> = new Map([
  ["email", "https://www.googleapis.com/auth/userinfo.email"],
  ["profile", "https://www.googleapis.com/auth/userinfo.profile"],
]);
/** Asks for a refresh token and is granted by sending one; GitHub never lists it. */
const untracked = new Set(["offline_access"]);
/** GitHub leaves out of its answer what a wider scope covers. */
const covers: ReadonlyMap<string, RegExp> = new Map([
  ["user", /^(read:user|user:(email|follow))$/],
  ["repo", /^(repo(_deployment|:status|:invite)|public_repo|security_events)$/],
]);
/** GitHub's families of scopes: admin covers write, which covers read. */
const levels = ["read", "write", "admin"];

/** What a grant lacks and what it adds, synonyms and wider scopes taken into account. */
export function compareScopes(scopes: {
  readonly requestedScopes: readonly string[];
  readonly grantedScopes: readonly string[];
}): ScopeDifference {
  const requested = scopes.requestedScopes.map(fullName);
  const granted = scopes.grantedScopes.map(fullName);
  return {
    missing: scopes.requestedScopes.filter(
      (scope) =>
        !untracked.has(scope) && !granted.some((wider) => isCovered(fullName(scope), wider)),
    ),
    extra: scopes.grantedScopes.filter(
      (scope) => !untracked.has(scope) && !requested.includes(fullName(scope)),
    ),
  };
}

function fullName(scope: string): string {
  return fullNames.get(scope) ?? scope;
}

function isCovered(scope: string, by: string): boolean {
  if (scope === by || covers.get(by)?.test(scope)) return true;
  const [[level = "", family], [widerLevel = "", widerFamily]] = [scope, by].map((name) =>
    name.split(":"),
  ) as [string[], string[]];
  return (
    family !== undefined &&
    family === widerFamily &&
    levels.includes(level) &&
    levels.indexOf(widerLevel) > levels.indexOf(level)
  );
}

const google = "https://www.googleapis.com/auth/";

/** What to know before such a scope is sent. */
const advice: readonly { readonly scopes: readonly string[]; readonly text: string }[] = [
  {
    scopes: ["", ".readonly", ".sharing"].map((end) => `${google}photoslibrary${end}`),
    text: "is gone since 2025-03-31: Google's API refuses what needs it. Use photoslibrary.readonly.appcreateddata, or the Picker API's photospicker.mediaitems.readonly.",
  },
  {
    scopes: ["repo"],
    text: "reaches all private repositories with write access; public_repo reaches less.",
  },
  { scopes: ["user"], text: "lets it change the profile; read:user only reads it." },
  { scopes: ["delete_repo"], text: "lets it delete repositories." },
  {
    scopes: [`${google}drive`],
    text: "reaches every file; drive.file reaches those it made itself.",
  },
  {
    scopes: ["https://mail.google.com/"],
    text: "lets it read, send and delete all mail; gmail.readonly only reads.",
  },
  {
    scopes: [`${google}cloud-platform`],
    text: "reaches every Google Cloud service of the account.",
  },
];

/** A sentence for each scope that is gone, or that asks for more than most need (RFC 9700 §2.3). */
export function adviseOnScopes(scopes: readonly string[]): string[] {
  return scopes.flatMap((scope) =>
    advice
      .filter((row) => row.scopes.includes(scope))
      .map(({ text }) => `The scope ${scope} ${text}`),
  );
}
