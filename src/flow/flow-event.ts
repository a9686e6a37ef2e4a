// What the flow alone can see: the messages of the front channel, and what was verified. `--trace` and `--report` listen; without them nobody does.
import type { OAuthLabError } from "../errors.ts";
import type { Provider } from "../providers/provider.ts";
import type { Registration } from "../registration.ts";

/** One thing that happened. Secrets in it are plain: whoever shows it must redact it. */
export type FlowEvent =
  /** The client that everything after it comes from. */
  | {
      readonly kind: "client-opened";
      readonly provider: Provider;
      readonly registration: Registration;
    }
  | { readonly kind: "authorization-request"; readonly url: URL }
  | {
      readonly kind: "authorization-response";
      /** As it arrived or was pasted. */
      readonly address: string;
      /** Why it was refused; undefined for one that passed every check. */
      readonly failure?: OAuthLabError;
    }
  /** The ID token of a login passed its checks; `signature` is false where the server publishes no key. */
  | { readonly kind: "id-token-verified"; readonly signature: boolean };
