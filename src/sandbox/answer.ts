// How the sandbox's own answers reach the browser, and which requests are refused before oidc-provider sees them.
import type { Configuration, Provider } from "oidc-provider";
import { quietHeaders, type RenderedPage } from "../http/page.ts";
import { errorPage } from "./pages.ts";

/** A request on its way through the sandbox. */
export type Exchange = Parameters<Provider["middleware"][number]>[0];

/** Sends a page. */
export function sendPage(context: Exchange, { status, headers, body }: RenderedPage): void {
  context.status = status;
  context.set({ ...headers });
  context.body = body;
}

/** Sends a refusal as a page, or as the JSON of RFC 6749 §5.2 to who prefers it. */
export function sendError(context: Exchange, failure: { status: number; error: string }): void {
  if (context.accepts("json", "html") === "html") {
    sendPage(context, errorPage(failure));
  } else {
    context.set(quietHeaders);
    context.status = failure.status;
    context.body = { error: failure.error };
  }
}

/** oidc-provider's error page; its own texts may quote the request, so only the code is shown. */
export const showError: NonNullable<Configuration["renderError"]> = (context, { error }, cause) => {
  const code = cause.name === "SessionNotFound" ? "session_not_found" : error;
  sendPage(context, errorPage({ status: context.status, error: code }));
};

/** Whether another site's page sent this (Fetch Metadata). Without that header the Origin decides; programs send neither. */
export function isCrossSite(context: Exchange, issuer: string): boolean {
  const site = context.get("sec-fetch-site");
  if (site !== "") return site !== "same-origin" && site !== "none";
  const origin = context.get("origin");
  return origin !== "" && origin !== issuer;
}
