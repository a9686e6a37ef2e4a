// Scopes asked for and granted, as GitHub and Google rename and merge them.
import { describe, expect, it } from "vitest";
import { adviseOnScopes, compareScopes } from "../../src/flow/scopes.ts";

const google = "https://www.googleapis.com/auth/";
const compare = (requested: string, granted: string) =>
  compareScopes({
    requestedScopes: requested.split(" ").filter(Boolean),
    grantedScopes: granted.split(" ").filter(Boolean),
  });

describe("the difference between the scopes asked for and granted", () => {
  it.each([
    ["nothing, where they are the same in another order", "a b", "b a", [], []],
    ["what the user did not tick", "a b c", "b", ["a", "c"], []],
    ["what came without being asked for", "a", "a b", [], ["b"]],
    ["everything, where nothing was granted", "a b", "", ["a", "b"], []],
    ["everything, where nothing was asked for", "", "a", [], ["a"]],
    [
      "nothing for Google's long names",
      "openid email profile",
      `openid ${google}userinfo.email ${google}userinfo.profile`,
      [],
      [],
    ],
    [
      "nothing for Google's long names when they were asked for",
      `${google}userinfo.email`,
      "email",
      [],
      [],
    ],
    [
      "nothing for offline_access, which is granted by a refresh token",
      "a offline_access",
      "a",
      [],
      [],
    ],
    ["nothing for offline_access that is listed unasked", "a", "a offline_access", [], []],
    ["nothing that GitHub's user covers", "user read:user user:email user:follow", "user", [], []],
    ["nothing that GitHub's repo covers", "repo public_repo repo:status", "repo", [], []],
    [
      "nothing that a higher level covers",
      "read:org write:packages",
      "admin:org write:packages",
      [],
      ["admin:org"],
    ],
    ["a level above the one granted", "admin:org", "read:org", ["admin:org"], ["read:org"]],
    ["another family's level", "read:org", "admin:packages", ["read:org"], ["admin:packages"]],
    [
      "names that only look alike",
      "read:user read:",
      "users read",
      ["read:user", "read:"],
      ["users", "read"],
    ],
  ])("is %s", (_name, requested, granted, missing, extra) => {
    expect(compare(requested, granted)).toEqual({ missing, extra });
  });
});

describe("advice on scopes", () => {
  it.each([
    [`${google}photoslibrary.readonly`, "is gone since 2025-03-31"],
    [`${google}photoslibrary`, "is gone since 2025-03-31"],
    [`${google}photoslibrary.sharing`, "is gone since 2025-03-31"],
    ["repo", "public_repo reaches less"],
    ["user", "read:user only reads it"],
    ["delete_repo", "delete repositories"],
    [`${google}drive`, "drive.file reaches those"],
    ["https://mail.google.com/", "gmail.readonly only reads"],
    [`${google}cloud-platform`, "every Google Cloud service"],
  ])("is given on %s", (scope, words) => {
    const advice = adviseOnScopes(["openid", scope]);
    expect(advice).toEqual([expect.stringContaining(`The scope ${scope} `)]);
    expect(advice[0]).toContain(words);
  });

  it("is not given on what a login asks for by default, or on what is left of Photos", () => {
    const harmless = `openid email profile offline_access read:user ${google}photoslibrary.readonly.appcreateddata ${google}drive.file`;
    expect(adviseOnScopes(harmless.split(" "))).toEqual([]);
  });
});
