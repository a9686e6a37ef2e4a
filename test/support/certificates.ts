// A private certificate authority and certificates for servers on this machine, made by the `openssl` program for one test and gone with it.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { temporaryFolder } from "../credentials/temporary-folder.ts";

const execute = promisify(execFile);

/** A server's certificate and its key, both as PEM: what `tls.createServer` and `https.createServer` take. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** `good` is for 127.0.0.1, 127.0.0.2, ::1, localhost and provider.test and comes from the authority; each other kind has one thing wrong with it. */
export type CertificateKind = "good" | "expired" | "wrong-host" | "self-signed" | "unknown-ca";

/** The authority of one test. */
export interface CertificateAuthority {
  /** Its own certificate as a PEM file: what NODE_EXTRA_CA_CERTS takes. */
  readonly file: string;
  /** Makes a server's certificate of this kind. */
  certificate(kind: CertificateKind): Promise<ServerCertificate>;
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
// 127.0.0.2 stands for another machine: oauth-lab takes it for one. provider.test is a name that only a proxy knows.
const thisMachine = "IP:127.0.0.1,IP:127.0.0.2,IP:0:0:0:0:0:0:0:1,DNS:localhost,DNS:provider.test";

/** Makes an authority; a test with one of these needs `itWith("openssl", ["version"])`. */
export async function createCertificateAuthority(): Promise<CertificateAuthority> {
  const folder = await temporaryFolder();
  await createAuthority(folder);
  return {
    file: join(folder, "ca.pem"),
    certificate: async (kind) => {
      const place = await mkdtemp(join(folder, `${kind}-`));
      if (kind === "self-signed") return selfSigned(place);
      if (kind === "unknown-ca") await createAuthority(place);
      return signed(place, { kind, authority: kind === "unknown-ca" ? place : folder });
    },
  };
}

async function createAuthority(folder: string): Promise<void> {
  await openssl(folder, [
    ...["req", "-x509", ...newKey, "-keyout", "ca.key", "-out", "ca.pem"],
    ...["-days", "2", "-subj", "/CN=oauth-lab test authority"],
  ]);
}

/** `openssl ca` is the one of its commands that sets a date in the past. */
const configuration = `[ca]
default_ca = test
[test]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
`;

async function signed(
  folder: string,
  { kind, authority }: { readonly kind: CertificateKind; readonly authority: string },
): Promise<ServerCertificate> {
  const names = kind === "wrong-host" ? "DNS:elsewhere.example" : thisMachine;
  const end = kind === "expired" ? "20200201000000Z" : tomorrow();
  await writeFile(join(folder, "index.txt"), "");
  await writeFile(join(folder, "ca.cnf"), configuration);
  await writeFile(join(folder, "names.cnf"), `subjectAltName=${names}\n`);
  await openssl(folder, [
    ...["req", ...newKey, "-keyout", "server.key", "-out", "server.csr", "-subj", `/CN=${kind}`],
  ]);
  await openssl(folder, [
    ...["ca", "-batch", "-notext", "-config", "ca.cnf", "-extfile", "names.cnf"],
    ...["-cert", join(authority, "ca.pem"), "-keyfile", join(authority, "ca.key")],
    ...["-startdate", "20200101000000Z", "-enddate", end, "-in", "server.csr"],
    ...["-out", "server.pem"],
  ]);
  return readServer(folder);
}

async function selfSigned(folder: string): Promise<ServerCertificate> {
  await openssl(folder, [
    ...["req", "-x509", ...newKey, "-keyout", "server.key", "-out", "server.pem", "-days", "2"],
    ...["-subj", "/CN=self-signed", "-addext", `subjectAltName=${thisMachine}`],
  ]);
  return readServer(folder);
}

async function readServer(folder: string): Promise<ServerCertificate> {
  return {
    cert: await readFile(join(folder, "server.pem"), "utf8"),
    key: await readFile(join(folder, "server.key"), "utf8"),
  };
}

/** In the form YYYYMMDDHHMMSSZ. */
function tomorrow(): string {
  return new Date(Date.now() + 24 * 3600 * 1000).toISOString().replaceAll(/[-:T]|\.\d+/g, "");
}

async function openssl(folder: string, args: readonly string[]): Promise<void> {
  await execute("openssl", args, { cwd: folder });
}
