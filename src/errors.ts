// The one error class. Its kind decides the exit code; its message and hint are all a user ever sees.
// A library's error is never kept as a cause: those objects carry tokens, codes and whole response bodies.

/** What went wrong, in the words that scripts rely on. */
export type ErrorKind =
  | "bug"
  | "usage"
  | "protocol"
  | "login-required"
  | "refused"
  | "unsafe"
  | "unavailable"
  | "store"
  | "interrupted"
  | "terminated";

/** The exit code of each kind; a kind without one does not compile. */
export const exitCodes: Readonly<Record<ErrorKind, number>> = {
  bug: 1,
  usage: 2,
  protocol: 3,
  "login-required": 4,
  refused: 5,
  unsafe: 6,
  unavailable: 7,
  store: 8,
  interrupted: 130,
  terminated: 143,
};

/** What a failure says: all of it is shown, so none of it may hold a secret. */
export interface Failure {
  readonly kind: ErrorKind;
  /** The provider's own error code (`invalid_grant`) or ours (`state_mismatch`). */
  readonly code: string;
  /** One sentence: what happened. */
  readonly message: string;
  /** One sentence: what to do about it. */
  readonly hint?: string;
  /** Set where the same request may be sent again: it never left this machine, or the server turned it away for now. */
  readonly repeat?: Repeat;
}

/** How a request may be sent again. */
export interface Repeat {
  /** At most so many more times. */
  readonly times: number;
  /** Not before so many seconds (Retry-After, RFC 9110 §10.2.3). */
  readonly afterSeconds?: number;
}

/** A failure on its way to the one place that prints it. */
export class OAuthLabError extends Error implements Failure {
  override readonly name = "OAuthLabError";
  readonly kind: ErrorKind;
  readonly code: string;
  readonly hint?: string;
  readonly repeat?: Repeat;

  constructor({ kind, code, message, hint, repeat }: Failure) {
    super(message);
    this.kind = kind;
    this.code = code;
    if (hint !== undefined) this.hint = hint;
    if (repeat !== undefined) this.repeat = repeat;
  }

  /** The same failure of a request that must not be sent again. */
  final(): OAuthLabError {
    const { kind, code, message, hint } = this;
    return new OAuthLabError({ kind, code, message, ...(hint !== undefined && { hint }) });
  }
}
