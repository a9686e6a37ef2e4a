// A request with a token that is bound to a key (RFC 9449 §7): openid-client makes the proof, and makes it again where the server asks for its nonce.
import * as oidc from "openid-client";
import type { Credential } from "../credentials/credential.ts";
import type { StreamedAnswer } from "../http/stream.ts";
import { isLoopback } from "../providers/provider.ts";
import { translateError } from "./library-errors.ts";
import { openProofKey } from "./proof-key.ts";

/** One request, complete but for its token. */
export interface UnprovenRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly accessToken: string;
}

/** Sends with a proof. `send` is what goes to the network; its answer is given on as it came, whatever its status. */
export type BoundSender = (
  request: UnprovenRequest,
  send: (headers: Headers) => Promise<StreamedAnswer>,
) => Promise<StreamedAnswer>;

/** A sender for the tokens of this credential; it remembers each server's nonce. Undefined where they are not bound. */
export async function openBoundSender({
  binding,
  proofKey,
}: Credential): Promise<BoundSender | undefined> {
  if (proofKey === undefined) return undefined;
  const config = new oidc.Configuration({ issuer: binding.issuer }, binding.clientId);
  config.timeout = 0; // `send` bounds the time
  const { handle } = await openProofKey(config, proofKey);
  return async ({ url, method, headers, body, accessToken }, send) => {
    if (isLoopback(url)) oidc.allowInsecureRequests(config); // `send` allows http on this machine only
    let answer: StreamedAnswer | undefined;
    config[oidc.customFetch] = async (_address, options) => {
      await answer?.body.return();
      answer = undefined;
      answer = await send(new Headers(options.headers));
      return answer.response;
    };
    try {
      const options = { DPoP: handle };
      await oidc.fetchProtectedResource(config, accessToken, url, method, body, headers, options);
    } catch (error) {
      // What the library makes of a refusal is the caller's to judge, by the answer itself.
      if (answer === undefined) throw translateError(error, { step: "other" });
    }
    if (answer === undefined) throw new Error("the library sent nothing");
    return answer;
  };
}
