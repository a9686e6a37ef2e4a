// Puts oidc-provider, our pages and the rules between them together: one request handler.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Provider as ProviderType } from "oidc-provider";
import { quietHeaders } from "../http/page.ts";
import { type Exchange, isCrossSite, sendError, sendPage } from "./answer.ts";
import { configure } from "./configuration.ts";
import { devicePath } from "./device-flow.ts";
import { makeInteractions } from "./interactions.ts";
import { homePage } from "./pages.ts";
import type { SandboxOptions } from "./server.ts";
import { silenceDebug } from "./silence.ts";
import type { SandboxState } from "./state.ts";

type Next = () => Promise<unknown>;

/** The handler of one sandbox's requests. */
export async function createApplication(parts: {
  issuer: string;
  options: SandboxOptions;
  state: SandboxState;
}): Promise<(request: IncomingMessage, response: ServerResponse) => void> {
  const { issuer, options, state } = parts;
  silenceDebug();
  // The bundle is CommonJS, and Node 20.18 cannot require a module such as this one.
  const { Provider } = await import("oidc-provider/lib/provider.js");
  const provider = new Provider(issuer, configure(options, state));
  markTokens(provider);
  provider.silent = true;
  provider.use(makeGate({ issuer, state }));
  if (options.personality) provider.use(options.personality.makeLayer({ issuer, provider }));
  if (options.fault) provider.use(options.fault.makeLayer({ issuer, state }));
  provider.use(makeOwnPages({ provider, issuer, formKey: state.keys.cookieKey }));
  return provider.callback();
}

interface TokenModel {
  generateTokenId(): string;
}

/** A token says by its first letters that it opens nothing but a sandbox. */
function markTokens({ AccessToken, ClientCredentials, RefreshToken }: ProviderType): void {
  for (const { prototype } of [AccessToken, ClientCredentials, RefreshToken]) {
    const { generateTokenId } = prototype as unknown as TokenModel;
    const generateMarked = function (this: TokenModel) {
      return `sandbox_${generateTokenId.call(this)}`;
    };
    Object.assign(prototype, { generateTokenId: generateMarked });
  }
}

/** Refuses other sites' forms, and lets no answer leave before what it promises is on disk. */
function makeGate({ issuer, state }: { issuer: string; state: SandboxState }) {
  return async (context: Exchange, next: Next): Promise<void> => {
    if (context.method === "POST" && isCrossSite(context, issuer)) {
      return sendError(context, { status: 403, error: "cross_site" });
    }
    const { revision } = state.records;
    try {
      await next();
      if (state.records.revision !== revision) await state.flush();
    } catch {
      context.remove("location");
      sendError(context, { status: 500, error: "server_error" });
    }
  };
}

function makeOwnPages(parts: { provider: ProviderType; issuer: string; formKey: string }) {
  const { provider } = parts;
  const answerInteraction = makeInteractions(parts);
  return async (context: Exchange, next: Next): Promise<void> => {
    context.set({ ...quietHeaders, "content-security-policy": policyOfScripts });
    if (context.path === "/" && isRead(context)) return sendPage(context, homePage(parts));
    if (await answerInteraction(context)) return;
    if (isRead(context) && loginStarts.has(context.path)) await beginLogin(provider, context);
    await next();
    if (context.status === 404 && context.body === undefined) {
      sendError(context, { status: 404, error: "not_found" });
    }
  };
}

/** For the one page that stays oidc-provider's (response_mode=form_post): it adds the hash of its script to this. */
const policyOfScripts = "default-src 'none'; script-src; base-uri 'none'; frame-ancestors 'none'";

function isRead({ method }: Exchange): boolean {
  return method === "GET" || method === "HEAD";
}

const loginStarts: ReadonlySet<string> = new Set(["/auth", devicePath]);

/**
 * Each login begins signed out, so that a lab can be repeated as the other user. A user code in the address
 * (RFC 8628 §3.3.1) only fills the field: oidc-provider would submit it by a script.
 */
async function beginLogin(provider: ProviderType, context: Exchange): Promise<void> {
  const session = await provider.Session.get(context);
  await session.destroy();
  if (context.path !== devicePath) return;
  context.state.userCode = context.query.user_code;
  context.querystring = "";
}
