// Why an exchange failed, in our words: what fetch throws names neither the host nor what to do, and its texts may hold secrets.
import { type Failure, OAuthLabError } from "../errors.ts";

/** The failure behind what fetch threw; `reason` is why we ended the exchange ourselves, if we did. */
export function explainFailure(
  error: unknown,
  { url, reason }: { readonly url: URL; readonly reason: unknown },
): Error {
  if (error instanceof OAuthLabError) return error;
  if (reason instanceof OAuthLabError) return reason;
  const code = networkCode(error);
  const { host } = url;
  const failure = tlsFailure(code, host) ?? protocolFailure(code, host);
  return new OAuthLabError(failure ?? networkFailure(code, { host, chain: causesOf(error) }));
}

/** The codes of a TLS handshake that failed. */
export const tlsCode = /CERT|TLS|SSL|ALTNAME|SELF_SIGNED|VERIFY/;

/** What is wrong with a server's TLS, by OpenSSL's and Node's codes: the words, and what helps. Nothing offers to go on. */
const tlsProblems: readonly (readonly [RegExp, string, string])[] = [
  [
    /^CERT_HAS_EXPIRED$/,
    "The certificate of HOST has expired",
    "Check this machine's clock. If it is right, the server's owner has to renew the certificate.",
  ],
  [
    /^CERT_NOT_YET_VALID$/,
    "The certificate of HOST is not valid yet",
    "Check this machine's clock.",
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    "The certificate of HOST is for another name",
    "Check the address: whoever answers there is not the one it names.",
  ],
  [
    /^ERR_SSL_(TLSV1_ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|NO_PROTOCOLS_AVAILABLE)$/,
    "HOST speaks no version of TLS that is safe",
    "TLS 1.2 or later is needed: the server's owner has to switch it on.",
  ],
  [
    /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/,
    "HOST does not speak TLS",
    "Check the address and its port.",
  ],
  [
    tlsCode,
    "The certificate of HOST could not be trusted",
    "If your network has its own certificate authority, set NODE_EXTRA_CA_CERTS to its file.",
  ],
];

function tlsFailure(code: string, host: string): Failure | undefined {
  const [, what, hint] = tlsProblems.find(([codes]) => codes.test(code)) ?? [];
  if (what === undefined || hint === undefined) return undefined;
  const message = `${what.replace("HOST", host)} (${code}).`;
  return { kind: "unsafe", code: "tls_failed", message, hint };
}

function protocolFailure(code: string, host: string): Failure | undefined {
  if (!/^HPE_|OVERFLOW|LENGTH_MISMATCH/.test(code)) return undefined;
  return {
    kind: "protocol",
    code: "not_http",
    message: `${host} answered with something that is not HTTP (${code}).`,
    hint: "Check the address and its port.",
  };
}

/** A connection that never came about has carried no byte of the request; one that broke may have carried all of it. */
function networkFailure(
  code: string,
  { host, chain }: { readonly host: string; readonly chain: readonly Error[] },
): Failure {
  const hint = "Check the address and the network, then try again.";
  const isUnsent = code === "UND_ERR_CONNECT_TIMEOUT" || chain.some(neverConnected);
  return isUnsent
    ? {
        kind: "unavailable",
        code: "unreachable",
        message: `${host} could not be reached (${code}).`,
        hint,
        repeat: { times: 1 },
      }
    : {
        kind: "unavailable",
        code: "network",
        message: `The connection to ${host} broke (${code}).`,
        hint,
      };
}

function neverConnected(error: Error): boolean {
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall === "connect" || syscall === "getaddrinfo";
}

/** The error, what caused it, and the attempts at several addresses that failed each for itself. */
function causesOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let cause = error; cause instanceof Error && chain.length < 8; cause = cause.cause) {
    chain.push(cause);
    if (cause instanceof AggregateError)
      chain.push(...cause.errors.filter((each) => each instanceof Error));
  }
  return chain;
}

/** The system's, OpenSSL's or undici's code deep in the causes of fetch's TypeError. */
export function networkCode(error: unknown): string {
  for (const cause of causesOf(error)) {
    const code = "code" in cause ? cause.code : undefined;
    if (typeof code === "string" && /^[A-Z0-9_]{2,64}$/.test(code)) return code;
    // The fetch of Node 24 and later leaves the parser's own code out.
    if (cause.name === "HTTPParserError") return "HPE_INVALID";
  }
  return "connection broken";
}
