// Signing in and consenting: what oidc-provider leaves to its host. Each form is bound to its interaction's cookie by a token.
import { createHmac, timingSafeEqual } from "node:crypto";
import type { InteractionResults, Provider } from "oidc-provider";
import { type Exchange, sendError, sendPage } from "./answer.ts";
import { consentPage, type PageForm, signInPage } from "./pages.ts";
import { explainScopes } from "./scopes.ts";
import { findUser } from "./users.ts";

type Interaction = Awaited<ReturnType<Provider["interactionDetails"]>>;

/** Answers `/interaction/<uid>`; false where the request is for something else. */
export function makeInteractions({ provider, formKey }: { provider: Provider; formKey: string }) {
  const tokenOf = ({ uid }: Interaction) =>
    createHmac("sha256", formKey).update(`form of ${uid}`).digest("base64url");
  return async (context: Exchange): Promise<boolean> => {
    const uid = /^\/interaction\/([\w-]+)$/.exec(context.path)?.[1];
    if (uid === undefined) return false;
    const interaction = await findInteraction(provider, context);
    if (interaction?.uid !== uid) {
      sendError(context, { status: 400, error: "session_not_found" });
    } else if (context.method === "POST") {
      await takeAnswer({ provider, context, interaction, token: tokenOf(interaction) });
    } else {
      await showQuestion({ provider, context, interaction, token: tokenOf(interaction) });
    }
    return true;
  };
}

interface Turn {
  readonly provider: Provider;
  readonly context: Exchange;
  readonly interaction: Interaction;
  readonly token: string;
}

/** The interaction whose cookie came along: its address alone opens nothing. */
async function findInteraction(provider: Provider, { req, res }: Exchange) {
  try {
    return await provider.interactionDetails(req, res);
  } catch {
    return undefined;
  }
}

async function showQuestion({ provider, context, interaction, token }: Turn): Promise<void> {
  const { params, prompt, session } = interaction;
  const clientId = String(params.client_id);
  const client = (await provider.Client.find(clientId))?.clientName ?? clientId;
  const redirectOrigin = originOf(params.redirect_uri);
  const form: PageForm = { action: context.path, token, ...(redirectOrigin && { redirectOrigin }) };
  const user = findUser(session?.accountId);
  if (prompt.name === "login" || user === undefined)
    return sendPage(context, signInPage({ form, client }));
  const scopes = explainScopes(String(params.scope ?? ""));
  sendPage(context, consentPage({ form, client, user, scopes }));
}

/** The origin as a CSP source; undefined for what is none, such as a private-use scheme. */
function originOf(redirectUri: unknown): string | undefined {
  const origin = typeof redirectUri === "string" ? new URL(redirectUri).origin : "";
  return /^https?:\/\/[\w.:[\]-]+$/.test(origin) ? origin : undefined;
}

async function takeAnswer({ provider, context, interaction, token }: Turn): Promise<void> {
  const answer = await readForm(context);
  if (answer === undefined) return sendError(context, { status: 413, error: "request_too_large" });
  if (!isEqual(answer.get("token") ?? "", token)) {
    return sendError(context, { status: 403, error: "cross_site" });
  }
  const result = await decide(provider, interaction, answer);
  if (result === undefined) return sendError(context, { status: 400, error: "invalid_request" });
  context.redirect(await provider.interactionResult(context.req, context.res, result));
  context.status = 303;
}

/** What an answer means to oidc-provider; undefined for an answer that no button gives. */
async function decide(
  provider: Provider,
  interaction: Interaction,
  answer: URLSearchParams,
): Promise<InteractionResults | undefined> {
  const { prompt, session, params } = interaction;
  if (prompt.name === "login") {
    const user = findUser(answer.get("user"));
    return user && { login: { accountId: user.sub } };
  }
  if (answer.get("answer") === "deny") {
    return { error: "access_denied", error_description: "The user denied the request." };
  }
  if (answer.get("answer") !== "allow" || session === undefined) return undefined;
  const grant = new provider.Grant({
    accountId: session.accountId,
    clientId: String(params.client_id),
  });
  grant.addOIDCScope(explainScopes(String(params.scope ?? "")).map(({ scope }) => scope));
  return { consent: { grantId: await grant.save() } };
}

const largestForm = 4096;

/** The fields of a posted form; undefined where it is larger than ours ever are. */
async function readForm({ req }: Exchange): Promise<URLSearchParams | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of req) {
    length += chunk.length;
    if (length > largestForm) return undefined;
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

function isEqual(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
