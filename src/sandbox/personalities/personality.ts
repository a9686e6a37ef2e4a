// A real provider's manners around oidc-provider: its paths, its parameters, its answers. The tokens stay the sandbox's own.
import type { ClientMetadata, Provider } from "oidc-provider";
import type { Exchange } from "../answer.ts";
import type { Layer } from "../faults/fault.ts";

/** Whom the sandbox behaves like. */
export interface Personality {
  readonly name: string;
  readonly label: string;
  /** The client that is registered there; its secret is published on purpose. */
  readonly client: ClientMetadata;
  /** Whether each use of a refresh token replaces it. */
  readonly rotatesRefreshTokens: boolean;
  /** What to set so that `login` meets this sandbox instead of the provider. */
  settings(issuer: string): Readonly<Record<string, string>>;
  makeLayer(parts: { readonly issuer: string; readonly provider: Provider }): Layer;
}

/** A token endpoint's or device endpoint's JSON answer. */
export type Answer = Record<string, unknown>;

/** The JSON object that is about to be answered. */
export function answerOf({ body }: Exchange): Answer | undefined {
  return typeof body === "object" && body !== null ? (body as Answer) : undefined;
}

/** Changes the parameters of an authorization request before oidc-provider reads them. */
export function changeRequest(context: Exchange, change: (request: URLSearchParams) => void): void {
  const request = new URLSearchParams(context.querystring);
  change(request);
  context.querystring = request.toString();
}

/** The names of a scope string, without those. */
export function scopesWithout(scope: unknown, names: readonly string[]): string[] {
  const all = typeof scope === "string" ? scope.split(" ") : [];
  return all.filter((name) => name !== "" && !names.includes(name));
}
