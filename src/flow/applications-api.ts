// GitHub's REST calls about a token: JSON in a body, the client's id and secret by Basic, or nobody's name at all.
import type { Secret } from "../secret.ts";
import type { OAuthClient } from "./client.ts";
import { unanswered } from "./unanswered.ts";

const wrongClient = "Check <NAME>_CLIENT_ID and <NAME>_CLIENT_SECRET.";

/** One call. Without `clientSecret` it is sent unauthenticated. */
export interface ApplicationsCall {
  readonly method: "DELETE" | "POST";
  readonly url: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly clientSecret?: Secret;
}

/** The answer's members; undefined where GitHub does not know the token (404, 422). Throws for any other refusal. */
export async function callApplicationsApi(
  { wire }: OAuthClient,
  { method, url, body, clientSecret }: ApplicationsCall,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { registration, fetch } = wire;
  const response = await fetch(url, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      "content-type": "application/json",
      "user-agent": "oauth-lab",
      ...(clientSecret && { authorization: basic(registration.clientId, clientSecret) }),
    },
    body: JSON.stringify(body),
  });
  if (response.status === 404 || response.status === 422) return undefined;
  if (!response.ok) throw unanswered(response.status, { url, hint: wrongClient });
  const answer: unknown = await response.json().catch(() => ({}));
  return typeof answer === "object" && answer !== null ? { ...answer } : {};
}

function basic(clientId: string, clientSecret: Secret): string {
  return `Basic ${Buffer.from(`${clientId}:${clientSecret.reveal()}`).toString("base64")}`;
}
