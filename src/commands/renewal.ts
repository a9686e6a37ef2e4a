// Renews a credential by the one place that refreshes, and lets an answer that is under way be saved where the run is told to end.
import type { CredentialKey } from "../credentials/credential.ts";
import { letFinish } from "../flow/let-finish.ts";
import { freshCredential, type RefreshResult } from "../flow/refresh.ts";
import type { Waiting } from "../flow/repetition.ts";
import type { Secret } from "../secret.ts";
import { withProvider } from "./connection.ts";
import type { Need } from "./fresh-credential.ts";
import { type RotationOptions, refreshGiven } from "./given-token.ts";
import type { Session } from "./session.ts";

/** From a refresh token of the configuration; undefined where --save finds an earlier one, which is newer. */
export function renewGiven(
  given: Secret,
  { key, rotation }: { readonly key: CredentialKey; readonly rotation: RotationOptions },
  session: Session,
): Promise<RefreshResult | undefined> {
  return letFinish(session.context, (context) =>
    refreshGiven(given, { key, rotation, waiting: waitingIn(session) }, { ...session, context }),
  );
}

/** From what is stored. */
export function renewStored(
  key: CredentialKey,
  need: Omit<Need, "rotation">,
  session: Session,
): Promise<RefreshResult> {
  const { store } = session;
  const waiting = waitingIn(session);
  return letFinish(session.context, (context) =>
    withProvider(key.provider, { ...session, context }, ({ reconnect }) =>
      freshCredential({ ...need, key, store, reconnect, waiting }, session.context),
    ),
  );
}

/** A wait for the provider is told, and ends at once when the run does. */
function waitingIn({ terminal, context: { clock, signal } }: Session): Waiting {
  return { say: (line) => terminal.say(line), clock, signal };
}
