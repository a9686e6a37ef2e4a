// Every fault that the sandbox can be started with.
import type { Fault } from "./fault.ts";
import { frontChannelFaults } from "./front-channel.ts";
import { idTokenFaults } from "./id-token.ts";
import { tokenEndpointFaults } from "./token-endpoint.ts";

/** In the order in which a login meets them. */
export const faults: readonly Fault[] = [
  ...frontChannelFaults,
  ...tokenEndpointFaults,
  ...idTokenFaults,
];

/** The fault of this name. */
export function findFault(name: string): Fault | undefined {
  return faults.find((fault) => fault.name === name);
}
