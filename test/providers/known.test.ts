// From a name to a provider: every known row is sound, every other name is configured, suggested or refused.
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { providerNames, resolveProvider } from "../../src/providers/known.ts";
import {
  checkEndpoint,
  isLoopback,
  type Provider,
  type Quirk,
  reservedParameters,
} from "../../src/providers/provider.ts";
import { settingsPrefix } from "../../src/providers/settings-prefix.ts";
import type { Settings } from "../../src/settings.ts";

function settingsOf(values: Readonly<Record<string, string>>): Settings {
  const get = (key: string) => {
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    return value === undefined ? undefined : { value, origin: "/lab/.env", unasked: false };
  };
  return {
    get,
    value: (key) => get(key)?.value,
    keysEndingWith: (suffix) => Object.keys(values).filter((key) => key.endsWith(suffix)),
    home: "/home",
    warnings: [],
  };
}

const resolve = (name: string, values: Readonly<Record<string, string>> = {}): Provider =>
  resolveProvider(name, settingsOf(values));

/** Spelled out so that a quirk which is added must be added here too. */
const quirks: Record<Quirk, true> = {
  "errors-with-200": true,
  "comma-scopes": true,
  "verification-url": true,
  "error-code": true,
};

describe.each(providerNames(settingsOf({})))("the row of %s", (name) => {
  const provider = resolve(name);

  it("has addresses that may be used", () => {
    const { issuer, endpoints, identity, apiOrigins, grantsPage } = provider;
    const addresses = [
      issuer,
      ...Object.values(endpoints),
      ...apiOrigins,
      ...(grantsPage ? [grantsPage] : []),
    ];
    if (identity.kind === "api") addresses.push(identity.url);
    for (const address of addresses) {
      const url = checkEndpoint(address, "address");
      expect(url.protocol).toBe(isLoopback(url) ? "http:" : "https:");
    }
    for (const origin of apiOrigins) expect(new URL(origin).origin).toBe(origin);
  });

  it("can be asked whose token it is, at its own origin", () => {
    const { identity, apiOrigins, endpoints, metadata } = provider;
    const address = identity.kind === "api" ? identity.url : endpoints.userinfo;
    if (address === undefined) expect(metadata).toBe("discovery");
    else expect(apiOrigins).toContain(new URL(address).origin);
  });

  it("says where to register and where that is documented", () => {
    const { registration } = provider;
    expect(URL.canParse(registration.documentation)).toBe(true);
    expect(provider.builtInClient ?? registration.page).toBeDefined();
  });

  it("has only quirks that are implemented, and sets no parameter of the protocol", () => {
    for (const quirk of provider.quirks) expect(quirks).toHaveProperty(quirk);
    const parameters = { ...provider.parameters, ...provider.offline.parameters };
    for (const parameter of Object.keys(parameters))
      expect(reservedParameters).not.toContain(parameter);
  });

  it("is called what it is asked for, and asks for something", () => {
    expect(provider.name).toBe(name);
    expect(provider.defaultScopes.length).toBeGreaterThan(0);
    expect(providerNames(settingsOf({}))).toContain(name);
  });
});

it("shows contributors the row of GitLab as it is", async () => {
  const [shown, row, table] = await Promise.all(
    ["CONTRIBUTING.md", "src/providers/gitlab.ts", "src/providers/known.ts"].map((path) =>
      readFile(path, "utf8"),
    ),
  );
  expect(shown).toContain(`\`\`\`ts\n${row}\`\`\``);
  const [line = "none"] = /^const knownProviders[^;]*;/m.exec(table ?? "") ?? [];
  expect(shown).toContain(line);
});

describe("github", () => {
  it.each([
    ["by default", {}, "https://github.com", "https://api.github.com"],
    [
      "on an Enterprise Server",
      { GITHUB_SERVER_URL: "https://git.example" },
      "https://git.example",
      "https://git.example/api/v3",
    ],
    [
      "on ghe.com",
      { GITHUB_SERVER_URL: "https://acme.ghe.com" },
      "https://acme.ghe.com",
      "https://api.acme.ghe.com",
    ],
    [
      "as Actions says",
      { GITHUB_SERVER_URL: "https://git.example/", GITHUB_API_URL: "https://api.git.example/" },
      "https://git.example",
      "https://api.git.example",
    ],
  ])("%s", (_what, values, server, api) => {
    const { issuer, endpoints, identity, apiOrigins } = resolve("github", values);
    expect(issuer).toBe(`${server}/login/oauth`);
    expect(endpoints.token).toBe(`${server}/login/oauth/access_token`);
    expect(identity).toMatchObject({ url: `${api}/user` });
    expect(apiOrigins).toEqual([new URL(api).origin]);
  });
});

describe("google", () => {
  it("asks for a refresh token its own way", () => {
    expect(resolve("google").offline.parameters).toEqual({
      access_type: "offline",
      prompt: "consent",
      include_granted_scopes: "true",
    });
  });

  it("is discovered, and none of the real endpoints is left, where its issuer is set", () => {
    const { issuer, metadata, endpoints, apiOrigins } = resolve("google", {
      GOOGLE_ISSUER: "http://127.0.0.1:9500",
    });
    expect({ issuer, metadata, endpoints, apiOrigins }).toEqual({
      issuer: "http://127.0.0.1:9500",
      metadata: "discovery",
      endpoints: {},
      apiOrigins: [],
    });
  });
});

describe("a configured provider", () => {
  it("has its keys under its name in capitals", () => {
    expect(settingsPrefix("my-idp")).toBe("MY_IDP");
    expect(settingsPrefix("https://as.example")).toBe("OIDC");
    const { name, issuer, metadata } = resolve("my-idp", {
      MY_IDP_ISSUER: "https://as.example/tenant",
    });
    expect({ name, issuer, metadata }).toEqual({
      name: "my-idp",
      issuer: "https://as.example/tenant",
      metadata: "discovery",
    });
    expect(
      providerNames(
        settingsOf({ MY_IDP_ISSUER: "x", MY_IDP_TOKEN_ENDPOINT: "x", OTHER_TOKEN_ENDPOINT: "x" }),
      ),
    ).toEqual(["github", "google", "gitlab", "sandbox", "my-idp", "other"]);
  });

  it("may be an issuer's address, taken as it is written", () => {
    expect(resolve("https://as.example").issuer).toBe("https://as.example");
    expect(resolve("https://as.example/").issuer).toBe("https://as.example/");
  });

  it("may have its endpoints by hand, which win over what is discovered", () => {
    const values = {
      IDP_ISSUER: "https://as.example",
      IDP_AUTHORIZATION_ENDPOINT: "https://as.example/a",
      IDP_TOKEN_ENDPOINT: "https://as.example/t",
      IDP_DEVICE_AUTHORIZATION_ENDPOINT: "https://as.example/d",
      IDP_USERINFO_ENDPOINT: "https://as.example/u",
      IDP_REVOCATION_ENDPOINT: "https://as.example/r",
      IDP_INTROSPECTION_ENDPOINT: "https://as.example/i",
      IDP_API_URL: "https://api.example/v1",
    };
    const { endpoints, apiOrigins } = resolve("idp", values);
    expect(endpoints).toEqual({
      authorization: "https://as.example/a",
      token: "https://as.example/t",
      deviceAuthorization: "https://as.example/d",
      userinfo: "https://as.example/u",
      revocation: "https://as.example/r",
      introspection: "https://as.example/i",
    });
    expect(apiOrigins).toEqual(["https://as.example", "https://api.example"]);
    const { issuer, metadata } = resolve("idp", { IDP_TOKEN_ENDPOINT: "https://as.example/t" });
    expect({ issuer, metadata }).toEqual({ issuer: "https://as.example", metadata: "static" });
  });
});

describe("an address that is configured", () => {
  const keys = [
    "ISSUER",
    "AUTHORIZATION_ENDPOINT",
    "TOKEN_ENDPOINT",
    "DEVICE_AUTHORIZATION_ENDPOINT",
    "USERINFO_ENDPOINT",
    "REVOCATION_ENDPOINT",
    "INTROSPECTION_ENDPOINT",
    "API_URL",
  ];
  it.each(keys)("F02 may not be http on another host: %s", (key) => {
    const values = { IDP_ISSUER: "https://as.example", [`IDP_${key}`]: "http://as.example/x" };
    expect(() => resolve("idp", values)).toThrow(
      expect.objectContaining({
        kind: "unsafe",
        code: "endpoint_refused",
        message: expect.stringContaining("is not https"),
      }),
    );
  });

  it.each(["GITHUB_SERVER_URL", "GITHUB_API_URL"])(
    "F02 may not be http on another host: %s",
    (key) => {
      expect(() => resolve("github", { [key]: "http://git.example" })).toThrow(
        expect.objectContaining({ kind: "unsafe", code: "endpoint_refused" }),
      );
    },
  );

  it.each([
    ["a user name", "https://user:pw@as.example/t", "carries a user name"],
    ["a host as a user name", "https://as.example@evil.example/t", "carries a user name"],
    ["a fragment", "https://as.example/t#x", "has a fragment"],
    ["another scheme", "ftp://as.example/t", "is not https"],
    ["a script", "javascript:alert(1)", "is not https"],
    ["a host that begins like ours", "http://127.0.0.1.evil.example/t", "is not https"],
    ["http on all addresses", "http://0.0.0.0/t", "is not https"],
    ["a space", "https://as.example/t t", "is not an address"],
    ["a letter outside of ASCII", "https://аs.example/t", "is not an address"],
    ["an escape", "https://as.example/\u001b[2J", "is not an address"],
    ["no scheme", "as.example/t", "is not an address"],
  ])("F01, F02 may not have %s", (_what, address, problem) => {
    expect(() =>
      resolve("idp", { IDP_ISSUER: "https://as.example", IDP_TOKEN_ENDPOINT: address }),
    ).toThrow(
      expect.objectContaining({
        kind: "unsafe",
        message: `The IDP_TOKEN_ENDPOINT cannot be used: it ${problem}.`,
      }),
    );
  });

  it.each(["https://as.example/.well-known/openid-configuration", "https://as.example?tenant=1"])(
    "F09 is an issuer's identifier and nothing else: not %s",
    (issuer) => {
      for (const attempt of [() => resolve(issuer), () => resolve("idp", { IDP_ISSUER: issuer })])
        expect(attempt).toThrow(expect.objectContaining({ kind: "usage", code: "issuer_invalid" }));
    },
  );
});

describe("a name that is nobody's", () => {
  it.each([
    ["githb", "github"],
    ["gihtub", "github"],
    ["GitHub", "github"],
    ["gogle", "google"],
    ["sandbx", "sandbox"],
    ["my-ipd", "my-idp"],
  ])("%s gets the suggestion %s", (name, suggestion) => {
    expect(() => resolve(name, { MY_IDP_ISSUER: "https://as.example" })).toThrow(
      expect.objectContaining({
        kind: "usage",
        code: "unknown_provider",
        hint: `Did you mean ${suggestion}?`,
      }),
    );
  });

  it("is told what there is, when it is like none", () => {
    expect(() => resolve("facebook")).toThrow(
      expect.objectContaining({
        kind: "usage",
        message: 'There is no provider called "facebook".',
        hint: "Use one of github, google, gitlab, sandbox, an issuer URL, or set FACEBOOK_ISSUER.",
      }),
    );
  });

  it.each([
    "__proto__",
    "constructor",
    "",
    " ",
    "../etc",
    "a".repeat(100_000),
    "x\u001b[2J\u202e",
    "toString",
  ])("is refused whatever it is: %j", (name) => {
    let failure: unknown;
    try {
      resolve(name);
    } catch (error) {
      failure = error;
    }
    expect(failure).toMatchObject({ kind: "usage", code: "unknown_provider" });
    const { message, hint } = failure as { message: string; hint: string };
    expect(message + hint).toMatch(/^[ -~…]*$/);
    expect(message.length + hint.length).toBeLessThan(400);
  });
});
