// The registered client: what is missing or was never filled in is named, and a redirect URI is what can be registered.
import { describe, expect, it } from "vitest";
import { resolveProvider } from "../src/providers/known.ts";
import { type Registration, readRegistration } from "../src/registration.ts";
import type { Setting, Settings } from "../src/settings.ts";

const registered = { GITHUB_CLIENT_ID: "Ov23liLab", GITHUB_CLIENT_SECRET: "secret-0123456789" };

function settingsOf(
  values: Readonly<Record<string, string>>,
  setting: Pick<Setting, "origin" | "unasked"> = { origin: "/lab/.env", unasked: false },
): Settings {
  const get = (key: string) => {
    const value = values[key];
    return value === undefined ? undefined : { value, ...setting };
  };
  return {
    get,
    value: (key) => get(key)?.value,
    keysEndingWith: (suffix) => Object.keys(values).filter((key) => key.endsWith(suffix)),
    home: "/home",
    warnings: [],
  };
}

function register(
  values: Readonly<Record<string, string>>,
  {
    name = "github",
    ...overrides
  }: { name?: string; redirectUri?: string; scopes?: string[] } = {},
): Registration {
  const settings = settingsOf(values);
  return readRegistration(resolveProvider(name, settings), settings, {
    grant: "authorization_code",
    ...overrides,
  });
}

describe("how the client says who it is", () => {
  it.each(["client_secret_basic", "client_secret_post", "private_key_jwt", "none"])(
    "may be chosen: %s",
    (method) => {
      const { clientAuthentication } = register({
        ...registered,
        GITHUB_CLIENT_AUTHENTICATION: method,
      });
      expect(clientAuthentication).toBe(method);
    },
  );

  it("is no other than those", () => {
    const values = { ...registered, GITHUB_CLIENT_AUTHENTICATION: "tls_client_auth" };
    expect(() => register(values)).toThrow(
      expect.objectContaining({ kind: "usage", code: "client_authentication_unknown" }),
    );
  });

  it("needs no secret where there is a key, or where it is chosen to be none", () => {
    const id = { GITHUB_CLIENT_ID: "Ov23liLab" };
    const path = "/keys/client.pem";
    expect(register({ ...id, GITHUB_PRIVATE_KEY_FILE: path }).privateKeyFile).toBe(path);
    expect(register({ ...id, GITHUB_CLIENT_AUTHENTICATION: "none" }).clientSecret).toBeUndefined();
  });
});

describe("the path of a key", () => {
  const read = (path: string, setting: Pick<Setting, "origin" | "unasked">) => {
    const settings = settingsOf({ ...registered, GITHUB_PRIVATE_KEY_FILE: path }, setting);
    return readRegistration(resolveProvider("github", settings), settings).privateKeyFile;
  };
  const named = { origin: "/home/me/lab.env", unasked: false };
  const environment = { origin: "environment", unasked: false };

  it.each([
    ["/keys/key.pem", named],
    ["keys/key.pem", environment],
    ["/keys/key.pem", environment],
  ])("may be %s in %o", (path, setting) => {
    expect(read(path, setting)).toBe(path);
  });

  it("is absolute in a file", () => {
    expect(() => read("key.pem", named)).toThrow(
      expect.objectContaining({ kind: "usage", code: "private_key_elsewhere" }),
    );
  });
});

describe("the client", () => {
  it("is what the settings say, its secret wrapped", () => {
    const { clientId, clientSecret } = register({
      ...registered,
      GITHUB_CLIENT_ID: "  Ov23liLab ",
    });
    expect(clientId).toBe("Ov23liLab");
    expect(clientSecret?.reveal()).toBe("secret-0123456789");
    expect(`${clientSecret}`).toBe("[secret]");
  });

  it.each([
    ["I01 no id", { GITHUB_CLIENT_SECRET: "s" }, "GITHUB_CLIENT_ID is not set"],
    [
      "I02 no secret where one is needed",
      { GITHUB_CLIENT_ID: "a" },
      "GITHUB_CLIENT_SECRET is not set",
    ],
  ])("%s: the key is named, and where to register", (_what, values, message) => {
    expect(() => register(values)).toThrow(
      expect.objectContaining({
        kind: "usage",
        code: "not_configured",
        message: expect.stringContaining(message),
        hint: expect.stringContaining("https://github.com/settings/developers"),
      }),
    );
  });

  it.each([
    "your-client-id",
    "your_client_id",
    "YOUR-CLIENT-SECRET",
    "your-client-id.apps.googleusercontent.com",
    "<client id>",
    "xxx",
    "xxxxxxxx",
    "...",
    "TODO",
    "changeme",
    "change-me",
    "put-client-id-here",
    "   ",
  ])("I01 is not the placeholder %j", (value) => {
    expect(() => register({ ...registered, GITHUB_CLIENT_ID: value })).toThrow(
      expect.objectContaining({
        kind: "usage",
        code: "placeholder",
        message: "GITHUB_CLIENT_ID (from /lab/.env) still holds a placeholder.",
      }),
    );
  });

  it("I01 has a secret that is no placeholder either, which is not printed", () => {
    expect(() => register({ ...registered, GITHUB_CLIENT_SECRET: "your-own-secret" })).toThrow(
      expect.objectContaining({
        code: "placeholder",
        message: expect.not.stringContaining("your-own"),
      }),
    );
  });

  it.each(["my-app", "the-client", "todo-list", "xxl", "changes", "clienthere", "oauth-lab", "a"])(
    "may be called %s",
    (clientId) => {
      expect(register({ ...registered, GITHUB_CLIENT_ID: clientId }).clientId).toBe(clientId);
    },
  );

  it("needs no registration at the sandbox, and may have one", () => {
    expect(register({}, { name: "sandbox" })).toMatchObject({ clientId: "oauth-lab-sandbox" });
    expect(register({}, { name: "sandbox" }).clientSecret).toBeUndefined();
    expect(register({ SANDBOX_CLIENT_ID: "lab" }, { name: "sandbox" }).clientId).toBe("lab");
  });

  it("of an issuer given as a URL is configured under OIDC", () => {
    const { clientId, redirectUri } = register(
      { OIDC_CLIENT_ID: "lab" },
      { name: "https://as.example" },
    );
    expect(clientId).toBe("lab");
    expect(redirectUri.href).toBe("http://127.0.0.1:8000/callback/oidc");
  });
});

describe("the scopes", () => {
  it("are those of the command line, else the configured ones, else the provider's own", () => {
    const values = { ...registered, GITHUB_SCOPE: "repo, user:email  gist" };
    expect(register(values, { scopes: ["a"] }).scopes).toEqual(["a"]);
    expect(register(values).scopes).toEqual(["repo", "user:email", "gist"]);
    expect(register(registered).scopes).toEqual(["read:user"]);
  });
});

describe("the redirect URI", () => {
  it("R12 has a path of its own for each provider", () => {
    const google = { GOOGLE_CLIENT_ID: "a", GOOGLE_CLIENT_SECRET: "b" };
    expect(register(registered).redirectUri.href).toBe("http://127.0.0.1:8000/callback/github");
    expect(register(google, { name: "google" }).redirectUri.href).toBe(
      "http://127.0.0.1:8000/callback/google",
    );
    expect(register({}, { name: "sandbox" }).redirectUri.href).toBe(
      "http://127.0.0.1:0/callback/sandbox",
    );
  });

  it("is that of the command line, else the configured one", () => {
    const values = { ...registered, GITHUB_REDIRECT_URI: "https://localhost:8000/callback" };
    expect(register(values).redirectUri.href).toBe("https://localhost:8000/callback");
    const redirectUri = "http://127.0.0.1:9000/cb";
    expect(register(values, { redirectUri }).redirectUri.href).toBe(redirectUri);
  });

  it.each([
    "https://localhost:8000/callback",
    "https://app.example/callback",
    "http://localhost:8000/cb",
    "http://[::1]:8000/cb",
    "http://127.0.0.1:0/cb",
    "http://127.0.0.1:80a/cb".replace("a", "80"),
    "http://127.0.0.1/cb",
  ])("I15 may be %s", (redirectUri) => {
    expect(register(registered, { redirectUri }).redirectUri.href).toBe(redirectUri);
  });

  it.each([
    ["a bare origin", "http://127.0.0.1:8000", "has no path"],
    ["a bare origin with a slash", "http://127.0.0.1:8000/", "has no path"],
    ["one with a query", "http://127.0.0.1:8000/cb?a=b", "has a query or a fragment"],
    ["one with an empty query", "http://127.0.0.1:8000/cb?", "has a query or a fragment"],
    ["one with a fragment", "http://127.0.0.1:8000/cb#a", "has a query or a fragment"],
    ["one with an empty fragment", "http://127.0.0.1:8000/cb#", "has a query or a fragment"],
    ["http on another host", "http://app.example/cb", "is http, but not on this machine"],
    ["http on all addresses", "http://0.0.0.0:8000/cb", "is http, but not on this machine"],
    [
      "http on a host that begins like ours",
      "http://127.0.0.1.evil.example/cb",
      "is http, but not on this machine",
    ],
    ["one with a user name", "https://user@localhost:8000/cb", "carries a user name"],
    ["another scheme", "com.example.app:/callback", "is neither https nor http"],
    ["the out-of-band address", "urn:ietf:wg:oauth:2.0:oob", "is neither https nor http"],
    ["no address", "localhost", "is not an address"],
    [
      "one with dot segments",
      "https://localhost:8000/a/../cb",
      "is not in its normal form, which is https://localhost:8000/cb",
    ],
    [
      "one with the default port",
      "http://127.0.0.1:80/cb",
      "is not in its normal form, which is http://127.0.0.1/cb",
    ],
    [
      "one in capitals",
      "HTTPS://LOCALHOST/cb",
      "is not in its normal form, which is https://localhost/cb",
    ],
    [
      "one with a space",
      "https://localhost/c b",
      "is not in its normal form, which is https://localhost/c%20b",
    ],
  ])("I15 may not be %s", (_what, redirectUri, problem) => {
    expect(() => register({ ...registered, GITHUB_REDIRECT_URI: redirectUri })).toThrow(
      expect.objectContaining({
        kind: "usage",
        code: "redirect_uri_invalid",
        message: `GITHUB_REDIRECT_URI cannot be used: it ${problem}.`,
      }),
    );
  });
});

describe("a secret from elsewhere", () => {
  const stranger = { unasked: true, origin: "/checkout/.env" };
  const own = { unasked: false, origin: "environment" };

  function register(entries: Readonly<Record<string, { value: string } & typeof own>>) {
    const settings: Settings = {
      get: (key) => entries[key],
      value: (key) => entries[key]?.value,
      keysEndingWith: (suffix) => Object.keys(entries).filter((key) => key.endsWith(suffix)),
      home: "/home",
      warnings: [],
    };
    return readRegistration(resolveProvider("my-idp", settings), settings);
  }

  it.each(["MY_IDP_ISSUER", "MY_IDP_TOKEN_ENDPOINT", "MY_IDP_API_URL"])(
    "I10 goes nowhere that %s in a folder's own .env points",
    (key) => {
      const entries = {
        MY_IDP_ISSUER: { value: "https://login.example", ...own },
        MY_IDP_CLIENT_ID: { value: "lab", ...own },
        MY_IDP_CLIENT_SECRET: { value: "canary-secret", ...own },
        [key]: { value: "https://evil.example", ...stranger },
      };
      expect(() => register(entries)).toThrowError(
        expect.objectContaining({ kind: "unsafe", code: "endpoint_unasked" }),
      );
      expect(() => register(entries)).not.toThrowError(/canary/);
    },
  );

  it("goes where the same file points that holds it, or where nobody points anew", () => {
    const all = (place: typeof own) => ({
      MY_IDP_ISSUER: { value: "https://login.example", ...place },
      MY_IDP_CLIENT_ID: { value: "lab", ...place },
      MY_IDP_CLIENT_SECRET: { value: "the-secret", ...place },
      MY_IDP_OTHER_ISSUER: { value: "https://other.example", ...stranger },
    });
    expect(register(all(own)).clientSecret?.reveal()).toBe("the-secret");
    expect(register(all(stranger)).clientSecret?.reveal()).toBe("the-secret");
  });
});
