import { readFile } from "node:fs/promises";
import { createServer, get } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished } from "vitest";
import { type CertificateKind, createCertificateAuthority } from "./certificates.ts";
import { itWith } from "./real-program.ts";

/** What a client that trusts the authority makes of a server with this certificate. */
async function meet(kind: CertificateKind): Promise<string> {
  const authority = await createCertificateAuthority();
  const server = createServer(await authority.certificate(kind), (_request, response) =>
    response.end("met"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const ca = await readFile(authority.file);
  return new Promise((resolve) => {
    get({ host: "127.0.0.1", port, ca, agent: false }, (response) => {
      response.resume().on("end", () => resolve("met"));
    }).on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

const itWithOpenssl = itWith("openssl", ["version"]);
const outcomes: Readonly<Record<CertificateKind, string>> = {
  good: "met",
  expired: "CERT_HAS_EXPIRED",
  "wrong-host": "ERR_TLS_CERT_ALTNAME_INVALID",
  "self-signed": "DEPTH_ZERO_SELF_SIGNED_CERT",
  "unknown-ca": "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
};

for (const [kind, outcome] of Object.entries(outcomes)) {
  itWithOpenssl(`a client that trusts the authority meets ${kind} with ${outcome}`, async () => {
    expect(await meet(kind as CertificateKind)).toBe(outcome);
  });
}
