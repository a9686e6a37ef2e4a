// Certificates, by the built program over real TLS: what cannot be trusted gets no byte, and nobody is offered to ignore it.
import type { TlsOptions } from "node:tls";
import { describe, expect } from "vitest";
import { Secret } from "../../src/secret.ts";
import { storedCredential, storeOf } from "../commands/scene.ts";
import { type BuiltResult, runBuilt, startBuilt } from "../support/built.ts";
import { type CertificateKind, createCertificateAuthority } from "../support/certificates.ts";
import { createTestContext } from "../support/context.ts";
import { type Fault, startFaultServer } from "../support/fault-server.ts";
import { jsonAnswer } from "../support/faults.ts";
import { itWith } from "../support/real-program.ts";

const itWithOpenssl = itWith("openssl", ["version"]);
const tokens = { access_token: "corp-at-71c05d3e9f284ab6", token_type: "bearer", expires_in: 3600 };

/** The provider `corp`: metadata, tokens and an API behind one certificate. */
const corp: Fault = {
  answer: (socket, seen) => {
    const origin = `https://${seen.request.headers.host}`;
    const found: Record<string, unknown> = {
      "/.well-known/openid-configuration": {
        issuer: origin,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
      },
      "/token": { ...tokens, refresh_token: "corp-rt-5ac81e07f39d2b64" },
      "/v1/thing": { ok: true },
    };
    const answer = jsonAnswer(found[seen.request.path] ?? {});
    answer.answer?.(socket, seen);
  },
};

/** The provider behind this kind of TLS, a user who trusts the authority, and tokens that have ended. */
async function startCorp(kind: CertificateKind, options: TlsOptions = {}) {
  const authority = await createCertificateAuthority();
  const tls = { ...(await authority.certificate(kind)), ...options };
  const server = await startFaultServer(corp, { tls });
  const context = await createTestContext();
  const env = {
    OAUTH_LAB_HOME: context.storeFolder,
    NODE_EXTRA_CA_CERTS: authority.file,
    CORP_ISSUER: server.url,
    CORP_API_URL: `${server.url}/v1/`,
    CORP_CLIENT_ID: "corp-client",
    CORP_SCOPE: "read",
  };
  await storeOf(context).save({
    provider: "corp",
    profile: "default",
    binding: {
      issuer: server.url,
      tokenEndpoint: `${server.url}/token`,
      clientId: "corp-client",
      origins: [server.url],
    },
    accessToken: new Secret("stored-at-8c1f5e2b9d7a4063"),
    refreshToken: new Secret("stored-rt-3b7e0d94a6c25f18"),
    tokenType: "bearer",
    obtainedAt: Date.now() - 7_200_000,
    expiresAt: Date.now() - 3_600_000,
    requestedScopes: ["read"],
    grantedScopes: ["read"],
    grant: "authorization_code",
  });
  const run = async (line: string): Promise<BuiltResult> => {
    const result = await runBuilt(line.split(" "), { env, cwd: context.workingFolder });
    context.stdout.write(result.stdout);
    context.stderr.write(result.stderr);
    return result;
  };
  return { server, context, env, run };
}

describe("D17 a server that cannot be trusted gets no request:", () => {
  const untrusted: [string, CertificateKind, TlsOptions, string, string][] = [
    ["its certificate has ended", "expired", {}, "CERT_HAS_EXPIRED", "clock"],
    [
      "its certificate is another host's",
      "wrong-host",
      {},
      "ERR_TLS_CERT_ALTNAME_INVALID",
      "address",
    ],
    [
      "its certificate is self-signed",
      "self-signed",
      {},
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "NODE_EXTRA_CA_CERTS",
    ],
    [
      "its certificate comes from an unknown authority",
      "unknown-ca",
      {},
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "NODE_EXTRA_CA_CERTS",
    ],
    [
      "it speaks TLS 1.0 and 1.1 only",
      "good",
      { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" },
      "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
      "TLS 1.2",
    ],
  ];
  for (const [what, kind, options, code, hint] of untrusted) {
    itWithOpenssl(what, async () => {
      const { server, context, run } = await startCorp(kind, options);
      const before = await storedCredential(context, "corp");
      for (const line of ["login corp --no-browser", "refresh corp", "api corp thing"]) {
        const { code: exitCode, stdout, stderr } = await run(line);
        expect({ line, exitCode, stdout }).toEqual({ line, exitCode: 6, stdout: "" });
        expect(stderr).toContain(code);
        expect(stderr).toContain(hint);
        expect(stderr).not.toMatch(/insecure|ignore|REJECT_UNAUTHORIZED|--no-/i);
      }
      expect(server.requests).toEqual([]);
      expect(await storedCredential(context, "corp")).toEqual(before);
    });
  }
});

itWithOpenssl(
  "a private authority is trusted by NODE_EXTRA_CA_CERTS, and not without it",
  async () => {
    const { server, context, env, run } = await startCorp("good");
    const options = { env, cwd: context.workingFolder, stdin: "open" } as const;
    const login = await startBuilt(["login", "corp", "--no-browser", "--paste"], options);
    const [authorization] = await login.stderr.until(/https\S+response_type=\S+/);
    const asked = new URL(authorization).searchParams;
    const answer = new URL(asked.get("redirect_uri") ?? "");
    answer.searchParams.set("code", "corp-code-0123456789");
    answer.searchParams.set("state", asked.get("state") ?? "");
    login.process.stdin?.write(`${answer}\n`);
    expect(await login.finished).toMatchObject({ code: 0, stdout: "" });
    expect(await run("refresh corp")).toMatchObject({ code: 0, stdout: "" });
    expect(await run("api corp thing")).toMatchObject({
      code: 0,
      stdout: '{"ok":true}',
      stderr: "",
    });
    const served = server.requests.length;
    const { NODE_EXTRA_CA_CERTS: _authority, ...without } = env;
    const stranger = await runBuilt(["api", "corp", "thing"], {
      ...options,
      env: without,
      stdin: "",
    });
    expect(stranger).toMatchObject({ code: 6, stdout: "" });
    expect(stranger.stderr).toContain("NODE_EXTRA_CA_CERTS");
    expect(server.requests).toHaveLength(served);
  },
);
