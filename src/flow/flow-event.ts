// What the flow alone can see: the messages of the front channel, and what was verified. `--trace` listens; without it nobody does.
import type { OAuthLabError } from "../errors.ts";

/** One thing that happened. Secrets in it are plain: whoever shows it must redact it. */
export type FlowEvent =
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
