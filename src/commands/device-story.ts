// What a login by device code tells: where to enter which code, and that nobody else has any business with it.
import type { Output } from "../context.ts";
import type { DeviceAuthorization, DeviceProgress } from "../flow/device-code.ts";
import type { Provider } from "../providers/provider.ts";
import { relativeTime } from "../terminal/duration.ts";
import { sanitise } from "../terminal/sanitise.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** A longer address would make a code too large to scan off a terminal. */
const longestQrAddress = 120;

/** Tells the first three steps; LoginStory goes on from there. */
export class DeviceStory implements DeviceProgress {
  readonly #provider: Provider;
  readonly #scopes: readonly string[];
  readonly #terminal: Terminal;
  readonly #drawQr: ((address: string) => string) | undefined;

  constructor(
    provider: Provider,
    told: {
      readonly scopes: readonly string[];
      readonly terminal: Terminal;
      /** Draws an address; undefined where nobody could scan it. */
      readonly drawQr: ((address: string) => string) | undefined;
    },
  ) {
    this.#provider = provider;
    this.#scopes = told.scopes;
    this.#terminal = told.terminal;
    this.#drawQr = told.drawQr;
  }

  asked(
    authorization: DeviceAuthorization,
    { browserOpened }: { readonly browserOpened: boolean },
  ): void {
    const { userCode, verificationUri, verificationUriComplete, expiresInSeconds } = authorization;
    const terminal = this.#terminal;
    terminal.step("Step 1  Ask for a device code", "back channel");
    terminal.say(
      browserOpened
        ? "  Open this address on any device, or use the browser that just opened:"
        : "  Open this address on any device that has a browser:",
    );
    terminal.insist(`  ${terminal.style("cyan", verificationUri.href)}`);
    terminal.insist(`  and enter the code ${terminal.style("bold", sanitise(userCode, 64))}`);
    this.#showQr((verificationUriComplete ?? verificationUri).href);
    terminal.step("Step 2  Approve it", "front channel");
    const what = this.#scopes.length > 0 ? this.#scopes.join(" ") : "the request";
    terminal.say(
      "  Enter the code only if you started this login yourself, and only at that address:",
    );
    terminal.say(
      `  whoever sends you one of theirs would be signed in to ${this.#provider.label} as you.`,
    );
    terminal.say(`  Approve ${what} there. The code ends ${relativeTime(expiresInSeconds)} …`);
  }

  approved(): void {
    this.#terminal.step("Step 3  Fetch the token", "back channel");
  }

  #showQr(address: string): void {
    if (this.#drawQr === undefined || address.length > longestQrAddress) return;
    this.#terminal.say(this.#drawQr(address));
  }
}

/** Draws QR codes where stderr is a terminal that is wide enough to hold one. */
export async function openQrDrawer({
  isTTY,
  columns = 0,
}: Output): Promise<((address: string) => string) | undefined> {
  if (!isTTY || columns < 60) return undefined;
  const { renderUnicodeCompact } = await import("uqr");
  return (address) => renderUnicodeCompact(address, { border: 2 });
}
