// Reads the rotated refresh token out of a token answer before anything judges the rest of it: it must be kept even if the answer is refused.
import type { Fetch } from "../http/fetch.ts";
import { Secret } from "../secret.ts";
import { isSendable } from "./tokens.ts";

/** A fetch that remembers the refresh token of the last successful answer to a POST. */
export function watchTokenAnswer(fetch: Fetch): {
  fetch: Fetch;
  refreshToken(): Secret | undefined;
} {
  let seen: Secret | undefined;
  return {
    fetch: async (url, init) => {
      const isPost = init?.method === "POST";
      const response = await fetch(url, isPost ? { ...init, keepalive: true } : init);
      if (isPost && response.status === 200) seen = await readRefreshToken(response.clone());
      return response;
    },
    refreshToken: () => seen,
  };
}

async function readRefreshToken(response: Response): Promise<Secret | undefined> {
  try {
    const { refresh_token: token } = (await response.json()) as { refresh_token?: unknown };
    return typeof token === "string" && isSendable(token) ? new Secret(token) : undefined;
  } catch {
    return undefined;
  }
}
