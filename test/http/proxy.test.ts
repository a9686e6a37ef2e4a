// Which proxy the environment names, and what is no proxy's address. How requests go through it is test/built/proxy.test.ts.
import { describe, expect, it } from "vitest";
import { OAuthLabError } from "../../src/errors.ts";
import { readProxy } from "../../src/http/proxy.ts";

describe("the proxy of the environment", () => {
  it.each([
    [{}, undefined],
    [{ HTTPS_PROXY: "" }, undefined],
    [{ HTTPS_PROXY: "http://a", https_proxy: "http://b" }, "http://b/ of https_proxy"],
    [{ https_proxy: "", HTTPS_PROXY: "http://a" }, "http://a/ of HTTPS_PROXY"],
    [{ HTTP_PROXY: "http://h", HTTPS_PROXY: "http://s" }, "http://s/ of HTTPS_PROXY"],
    [{ ALL_PROXY: "http://all", HTTP_PROXY: "http://h" }, "http://h/ of HTTP_PROXY"],
    [{ all_proxy: "http://all" }, "http://all/ of all_proxy"],
    [{ HTTPS_PROXY: "proxy.test:3128" }, "http://proxy.test:3128/ of HTTPS_PROXY"],
    [{ HTTPS_PROXY: "https://proxy.test" }, "https://proxy.test/ of HTTPS_PROXY"],
    [{ HTTPS_PROXY: "http://a", NO_PROXY: " * " }, undefined],
    [{ HTTP_PROXY: "http://h", REQUEST_METHOD: "GET" }, undefined],
    [{ http_proxy: "http://h", REQUEST_METHOD: "GET" }, "http://h/ of http_proxy"],
  ])("of %j is %s", (env, expected) => {
    const proxy = readProxy(env);
    expect(proxy && `${proxy.url.href} of ${proxy.variable}`).toBe(expected);
  });

  it("always leaves out this machine", () => {
    const read = (env: Record<string, string>) => readProxy({ ...env, ALL_PROXY: "p" })?.noProxy;
    expect(read({})).toBe(",127.0.0.1,localhost,[::1]");
    expect(read({ no_proxy: "a.test", NO_PROXY: "b.test" })).toMatch(/^a\.test,127/);
  });
});

describe("a user name and a password before the host", () => {
  it.each([
    ["http://u:p%40ss%3A@h", "u:p@ss:"],
    ["u:p@h:1", "u:p"],
    ["http://u@h", "u:"],
    ["http://%D0%B6:1@h", "ж:1"],
  ])("are taken from %s, and out of the address", (ALL_PROXY, expected) => {
    const proxy = readProxy({ ALL_PROXY });
    const [, encoded = ""] = proxy?.authorization?.reveal().split("Basic ") ?? [];
    expect(Buffer.from(encoded, "base64").toString()).toBe(expected);
    expect(proxy?.url.href).not.toContain("u");
    expect(JSON.stringify(proxy)).not.toContain(encoded);
  });
});

it.each([
  ["http://", "holds no address of a proxy"],
  ["not a proxy", "holds no address of a proxy"],
  // A password with # or / in it: what is before would pass for a host, and be told.
  ["http://mallory:pa#ss@proxy:1", "holds no address of a proxy"],
  ["http://mallory:12/3@proxy:1", "holds no address of a proxy"],
  ["http://mallory:12?3@proxy:1", "holds no address of a proxy"],
  ["http://mallory:50%@proxy:1", "is not percent-encoded"],
  ["socks5://proxy:1", "speaks neither http nor https"],
])("refuses %s without telling it", (address, problem) => {
  try {
    readProxy({ HTTPS_PROXY: address });
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(OAuthLabError);
    const { kind, code, message } = error as OAuthLabError;
    expect({ kind, code }).toEqual({ kind: "usage", code: "proxy_invalid" });
    expect(message).toMatch(/^HTTPS_PROXY /);
    expect(message).toContain(problem);
    expect(message).not.toMatch(/mallory|pa#|12|50/);
  }
});
