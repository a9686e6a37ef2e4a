// One row of the table of providers' errors.
import type { ErrorKind } from "../../errors.ts";

/** Which request met the error: `authorization` is the answer through the browser. */
export type Endpoint =
  | "authorization"
  | "code"
  | "pushed-request"
  | "registration"
  | "refresh"
  | "device"
  | "client-credentials"
  | "revocation"
  | "introspection"
  | "other";

/** One error: where it comes from, why, and what to do. `<NAME>_` in a repair becomes the provider's own prefix. */
export interface ErrorRow {
  readonly error: string;
  /** Only there; everywhere but `authorization` if left out. */
  readonly at?: readonly Endpoint[];
  /** Only from this provider, by its name. */
  readonly provider?: string;
  /** Only where the provider's own words match. */
  readonly description?: RegExp;
  readonly kind: ErrorKind;
  /** The likely causes, where the code alone does not say them. */
  readonly cause?: string;
  readonly repair: string;
  /** Where this is written down. */
  readonly source: string;
}
