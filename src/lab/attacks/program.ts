// What an attack sees of a client: it signs somebody in, or it refuses.

/** Where to sign in, and as which client. */
export interface Registered {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** Port 0 stands for any free one. */
  readonly redirectUri: string;
  readonly scope: string;
}

/** How a sign-in ended, as the client knows it. */
export type SignInEnd =
  | { readonly kind: "signed-in"; readonly who: string }
  /** What the client said, and the code of that. */
  | { readonly kind: "refused"; readonly code: string; readonly said: string };

/** A client program on somebody's computer. */
export interface Program {
  /** One sign-in; `browse` is all that happens in the browser, from the authorization URL on. */
  signIn(at: Registered, browse: (authorizationUrl: URL) => Promise<void>): Promise<SignInEnd>;
}

/** How an end reads in a sentence. */
export function tellEnd(end: SignInEnd): string {
  if (end.kind === "signed-in") return `it is signed in as ${end.who}`;
  return `it refused. ${end.said.replace(/\.$/, "")}`;
}

/** Whether the program is now signed in as this user. */
export function isSignedInAs(end: SignInEnd, who: string): boolean {
  return end.kind === "signed-in" && end.who === who;
}
