// Ends the registration of a client at its server, and tells what became of it: what stays behind is never left without a word.
import type { RegisteredClient } from "../credentials/credential.ts";
import { OAuthLabError } from "../errors.ts";
import { deregisterClient } from "../flow/dynamic-registration.ts";
import type { Session } from "./session.ts";

/** Ends it. `what` begins the sentence, such as `The client that was registered for it`. Throws only where the run was ended meanwhile. */
export async function endRegistration(
  { management }: RegisteredClient,
  what: string,
  { terminal, context, options }: Session,
): Promise<void> {
  try {
    const fate = await deregisterClient(management, { timeoutSeconds: options.timeout }, context);
    if (fate === "removed") return terminal.say(`${what} is removed there.`);
    terminal.warn(
      fate === "kept"
        ? `${what} stays there: the provider gave nothing to remove it with.`
        : `${what} may still be there: the provider no longer takes the token that ends it.`,
    );
  } catch (error) {
    if (!(error instanceof OAuthLabError) || context.signal.aborted) throw error;
    terminal.warn(`${what} may still be there. ${error.message}`);
  }
}
