// A server that leaves out what RFC 9700 asks of it: the sandbox, with three of its defences taken out. Only `demo --attacks` starts it, on 127.0.0.1.
import type { Personality } from "../../sandbox/personalities/personality.ts";
import { confidentialClient } from "./clients.ts";

/** Demands no PKCE (as any personality), forgets that a code was used, and keeps refresh tokens. */
export const carelessManners: Personality = {
  name: "careless",
  label: "a careless server",
  client: confidentialClient,
  rotatesRefreshTokens: false,
  settings: () => ({}),
  makeLayer: ({ provider }) => {
    Object.assign(provider.AuthorizationCode.prototype, { consume: async () => {} });
    return async (_context, next) => {
      await next();
    };
  },
};
