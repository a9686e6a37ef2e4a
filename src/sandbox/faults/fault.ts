// What a fault is: a thin layer around oidc-provider that does one thing wrong, on purpose. Chosen when the sandbox starts, never by a request.
import type { KoaContextWithOIDC } from "oidc-provider";
import type { Exchange } from "../answer.ts";
import type { SandboxState } from "../state.ts";

type Next = () => Promise<unknown>;

/** One layer of the sandbox's request handling. */
export type Layer = (context: Exchange, next: Next) => Promise<void>;

/** What a fault may know. */
export interface World {
  readonly issuer: string;
  readonly state: SandboxState;
}

/** One thing that a server, or somebody on the way, can do wrong. */
export interface Fault {
  readonly name: string;
  /** What can be learned from it, in one sentence. */
  readonly teaches: string;
  /** What a good client does. */
  readonly goodClient: string;
  /** A layer of its own for each sandbox. */
  makeLayer(world: World): Layer;
}

/** Changes the address that the browser is sent back to the client with. */
export function changeAnswer(change: (answer: URLSearchParams) => void): Fault["makeLayer"] {
  return ({ issuer }) =>
    async (context, next) => {
      await next();
      const location = context.response.get("location");
      if (!context.path.startsWith("/auth") || location === "") return;
      const url = new URL(location, issuer);
      if (url.origin === issuer) return;
      change(url.searchParams);
      context.set("location", url.href);
    };
}

/** A token endpoint's answer, to be changed. */
export type TokenAnswer = Record<string, unknown>;

/** Changes what the token endpoint answers, after oidc-provider has done its work. */
export function changeTokenAnswer(
  change: (answer: TokenAnswer, at: { context: Exchange; world: World }) => void,
): Fault["makeLayer"] {
  return (world) => async (context, next) => {
    await next();
    const { body } = context;
    if (isTokenRequest(context) && typeof body === "object" && body !== null) {
      change(body as TokenAnswer, { context, world });
    }
  };
}

/** Answers in the token endpoint's place. */
export function replaceTokenAnswer(answer: (context: Exchange) => void): Fault["makeLayer"] {
  return () => async (context, next) => {
    if (isTokenRequest(context)) answer(context);
    else await next();
  };
}

/** Whether this is for the token endpoint. */
export function isTokenRequest({ method, path }: Exchange): boolean {
  return method === "POST" && path === "/token";
}

/** The grant of a token request that oidc-provider has read. */
export function grantOf(context: Exchange): unknown {
  const { oidc } = context as unknown as Partial<KoaContextWithOIDC>;
  return oidc?.params?.grant_type;
}
