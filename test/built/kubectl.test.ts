// The real kubectl runs the built program as its exec credential plugin, and shows the API server the token that it got.
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect } from "vitest";
import { fileNameOf } from "../../src/credentials/credential-file.ts";
import { formatRecord } from "../../src/credentials/record.ts";
import { Secret } from "../../src/secret.ts";
import { sampleCredential } from "../credentials/credential-sample.ts";
import { readDocument } from "../docs/documents.ts";
import { buildProgram, createHome } from "../support/built.ts";
import { createCertificateAuthority } from "../support/certificates.ts";
import { startProviderServer } from "../support/provider-server.ts";
import { itWith } from "../support/real-program.ts";

beforeAll(buildProgram, 60_000);

itWith("kubectl", ["version", "--client"])("kubectl is let in with the ID token", async () => {
  const home = await createHome();
  const authority = await createCertificateAuthority();
  const cluster = await startProviderServer(
    () => ({
      "GET /version": { name: "version", respond: () => ({ body: { gitVersion: "v1.30.0" } }) },
    }),
    { certificate: await authority.certificate("good") },
  );
  const claims = Buffer.from(JSON.stringify({ exp: 4_102_444_800 })).toString("base64url");
  const idToken = `e30.${claims}.c2lnbmF0dXJl`;
  const credential = sampleCredential("k8s", { idToken: new Secret(idToken), expiresAt: 4e12 });
  const file = join(home.storeFolder, fileNameOf(credential));
  await fs.writeFile(file, formatRecord(credential), { mode: 0o600 });
  const bin = join(home.folder, "bin");
  await fs.mkdir(bin);
  const program = `#!/bin/sh\nexec '${process.execPath}' '${await buildProgram()}' "$@"\n`;
  await fs.writeFile(join(bin, "oauth-lab"), program, { mode: 0o755 });
  const env = { ...home.env, PATH: `${bin}:${home.env.PATH}`, KUBECONFIG: join(bin, "config") };
  const [, users = ""] = /^```yaml\n([\s\S]*?)^```/m.exec(readDocument("docs/kubectl.md")) ?? [];
  const kubeconfig = `apiVersion: v1
kind: Config
clusters:
- name: c
  cluster: { server: "${cluster.url}", certificate-authority: "${authority.file}" }
contexts:
- name: x
  context: { cluster: c, user: google }
current-context: x
${users.replaceAll("my-idp", "google").replace("k8s.io/v1", "k8s.io/v1beta1")}`;
  // v1beta1: the version that Debian's kubectl knows too.
  await fs.writeFile(env.KUBECONFIG, kubeconfig);
  const execute = promisify(execFile);
  const run = await execute("kubectl", ["get", "--raw", "/version"], { env });
  expect(JSON.parse(run.stdout)).toEqual({ gitVersion: "v1.30.0" });
  expect(cluster.requests.map(({ headers }) => headers.authorization)).toContain(
    `Bearer ${idToken}`,
  );
});
