// Proxies and a private certificate authority, as the built program meets them: a real tinyproxy, and proxies that fail in each way.
import { beforeAll, describe, expect, it } from "vitest";
import { buildProgram, createHome, runBuilt } from "../support/built.ts";
import { type CertificateAuthority, createCertificateAuthority } from "../support/certificates.ts";
import { type ConnectManner, startConnectProxy } from "../support/connect-proxy.ts";
import { type ProviderServer, startProviderServer } from "../support/provider-server.ts";
import { itWith } from "../support/real-program.ts";
import { freePort, proxyUser, startTinyproxy } from "../support/tinyproxy.ts";

beforeAll(buildProgram, 60_000);

/** A server's name in a TLS handshake is no number (RFC 6066 §3). */
const named = (host: string): string => host.replace("127.0.0.1", "localhost");
const itWithOpenssl = itWith("openssl", ["version"]);
const accessToken = "at-by-proxy-4d5e6f708192";

/** The failure that --json tells on the last line. */
function failureIn(stderr: string): { code: string; message: string; hint: string } {
  return JSON.parse(stderr.trim().split("\n").at(-1) ?? "").error;
}

interface Scene {
  readonly authority: CertificateAuthority;
  readonly provider: ProviderServer;
  /** Refreshes with these variables: one request to the provider. */
  refresh(env: Record<string, string>, ...options: string[]): ReturnType<typeof runBuilt>;
}

/** A provider at https://127.0.0.2, which oauth-lab takes for another machine, with a certificate of a private authority. */
async function createScene(host = "127.0.0.2"): Promise<Scene> {
  const authority = await createCertificateAuthority();
  const body = { access_token: accessToken, token_type: "bearer", expires_in: 3600 };
  const provider = await startProviderServer(
    () => ({ "POST /token": { name: "token", respond: () => ({ body }) } }),
    { certificate: await authority.certificate("good"), host: "127.0.0.2" },
  );
  const home = await createHome();
  const job = {
    ...home.env,
    LAB_TOKEN_ENDPOINT: `${provider.url.replace("127.0.0.2", host)}/token`,
    LAB_CLIENT_ID: "client",
    LAB_REFRESH_TOKEN: "rt-given-1a2b3c4d5e6f",
    NODE_EXTRA_CA_CERTS: authority.file,
  };
  return {
    authority,
    provider,
    refresh: (env, ...options) =>
      runBuilt(["token", "lab", "--allow-rotation-loss", ...options], {
        env: { ...job, ...env },
        cwd: home.workingFolder,
      }),
  };
}

describe("D18 tinyproxy", () => {
  const itWithProxy = itWith("tinyproxy", ["-v"]);

  itWithProxy("carries the requests, with the user and password of its address", async () => {
    const { provider, refresh } = await createScene();
    const { host, readLog } = await startTinyproxy();
    const { name, password } = proxyUser;
    const proxied = { https_proxy: `http://${name}:${password}@${host}`, NODE_DEBUG: "*" };
    const { code, stdout, stderr } = await refresh(proxied, "--trace");
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${accessToken}\n` });
    expect(await readLog()).toContain(`CONNECT ${new URL(provider.url).host} `);
    const encoded = Buffer.from(`${name}:${password}`).toString("base64");
    for (const secret of [password, encoded]) expect(stderr).not.toContain(secret);
  });

  itWithProxy("that refuses the password is told from a provider that does", async () => {
    const { provider, refresh } = await createScene();
    const { host } = await startTinyproxy();
    const wrong = "wrong-pass-0a9b8c7d";
    const run = await refresh({ HTTPS_PROXY: `http://lab:${wrong}@${host}` }, "--json");
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(failureIn(run.stderr)).toMatchObject({
      code: "proxy_authentication",
      message: expect.stringContaining(`The proxy ${host} of HTTPS_PROXY does not take the given`),
    });
    expect(run.stderr).not.toContain(wrong);
    expect(provider.requests).toEqual([]);
  });

  itWithProxy("that does not reach the provider is told from one that is not reached", async () => {
    const { provider, refresh } = await createScene();
    const { host } = await startTinyproxy();
    await provider.close();
    const { name, password } = proxyUser;
    const run = await refresh({ ALL_PROXY: `http://${name}:${password}@${host}` }, "--json");
    expect(run).toMatchObject({ code: 7, stdout: "" });
    expect(failureIn(run.stderr)).toMatchObject({
      code: "proxy_gateway",
      message: expect.stringContaining(`could not reach ${new URL(provider.url).host}`),
    });
  });
});

describe("a proxy", () => {
  itWithOpenssl("resolves the provider's name by itself", async () => {
    const { refresh } = await createScene("provider.test");
    const { host, targets } = await startConnectProxy("tunnel");
    const run = await refresh({ HTTPS_PROXY: host });
    expect(run).toMatchObject({ code: 0, stdout: `${accessToken}\n` });
    expect(targets).toEqual([expect.stringMatching(/^provider\.test:\d+$/)]);
  });

  itWithOpenssl("may speak https, with a certificate of a private authority", async () => {
    const { authority, refresh } = await createScene();
    const certificate = await authority.certificate("good");
    const { host, authorizations } = await startConnectProxy("tunnel", certificate);
    const run = await refresh({ HTTPS_PROXY: `https://only-a-name@${named(host)}` });
    expect(run).toMatchObject({ code: 0, stdout: `${accessToken}\n` });
    expect(authorizations).toEqual([`Basic ${btoa("only-a-name:")}`]);
  });

  const answer = (line: string): ConnectManner => ({ answer: `${line}\r\n\r\n` });
  it.each([
    { manner: answer("HTTP/1.1 403 Forbidden"), code: 5, error: "proxy_refused" },
    { manner: answer("HTTP/1.1 302 Found\r\nLocation: /"), code: 5, error: "proxy_refused" },
    { manner: answer("HTTP/1.1 503 Busy"), code: 7, error: "proxy_gateway" },
    { manner: answer("SSH-2.0-nonsense"), code: 7, error: "proxy_unreachable" },
    { manner: "cut", code: 7, error: "network" },
    { manner: "silence", code: 7, error: "timeout" },
  ] as const)("that answers with $manner ends the command with $code", async (row) => {
    const { provider, refresh } = await createScene();
    const { host, targets } = await startConnectProxy(row.manner);
    const run = await refresh({ HTTPS_PROXY: `http://${host}` }, "--json", "--timeout", "1");
    expect(run).toMatchObject({ code: row.code, stdout: "" });
    expect(failureIn(run.stderr)).toMatchObject({ code: row.error });
    expect(targets.length).toBeGreaterThan(0);
    expect(provider.requests).toEqual([]);
  });

  itWithOpenssl("whose certificate is not trusted gets no request", async () => {
    const { authority, refresh } = await createScene();
    const certificate = await authority.certificate("unknown-ca");
    const { host, targets } = await startConnectProxy("tunnel", certificate);
    const run = await refresh({ HTTPS_PROXY: `https://${named(host)}` }, "--json");
    expect(run).toMatchObject({ code: 6, stdout: "" });
    expect(failureIn(run.stderr).code).toBe("proxy_tls_failed");
    expect(targets).toEqual([]);
  });

  itWithOpenssl("that nobody runs is named, without its password", async () => {
    const { refresh } = await createScene();
    const password = "s3cret-%2F-of-nobody";
    const host = `127.0.0.1:${await freePort()}`;
    const run = await refresh({ http_proxy: `http://me:${password}@${host}` });
    expect(run).toMatchObject({ code: 7, stdout: "" });
    expect(run.stderr).toContain(
      `The proxy ${host} of http_proxy could not be reached (ECONNREFUSED).`,
    );
    expect(run.stderr).not.toContain("nobody");
  });

  itWithOpenssl("is not asked for the hosts of NO_PROXY", async () => {
    const { provider, refresh } = await createScene();
    const { host, targets } = await startConnectProxy("tunnel");
    for (const NO_PROXY of ["127.0.0.2", "*", `elsewhere.test, ${new URL(provider.url).host}`]) {
      expect((await refresh({ HTTPS_PROXY: host, NO_PROXY })).code, NO_PROXY).toBe(0);
    }
    expect(targets).toEqual([]);
    expect(provider.requests).toHaveLength(3);
  });
});

describe("this machine", () => {
  it("is never reached by proxy, whether Node itself would use one or not", async () => {
    const { host, targets } = await startConnectProxy("tunnel");
    const proxied = { http_proxy: `http://${host}`, HTTPS_PROXY: `http://${host}` };
    // The demo waits two seconds for a token to end: both do at once.
    const runs = [{}, { NODE_USE_ENV_PROXY: "1" }].map((env) =>
      runBuilt(["demo"], { env: { ...proxied, ...env } }),
    );
    expect(await Promise.all(runs)).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect(targets).toEqual([]);
  });
});

describe("a private certificate authority", () => {
  itWithOpenssl("is trusted by NODE_EXTRA_CA_CERTS, also behind a proxy", async () => {
    const { refresh } = await createScene();
    const { host } = await startConnectProxy("tunnel");
    for (const proxied of [{}, { HTTPS_PROXY: host }] as Record<string, string>[]) {
      expect((await refresh(proxied)).code).toBe(0);
      const run = await refresh({ ...proxied, NODE_EXTRA_CA_CERTS: "" }, "--json");
      expect(run).toMatchObject({ code: 6, stdout: "" });
      expect(failureIn(run.stderr)).toMatchObject({
        code: "tls_failed",
        message: expect.stringContaining("The certificate of 127.0.0.2:"),
        hint: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
      });
    }
  });
});
