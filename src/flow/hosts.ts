// What a host's name or address tells of where it is and whose. Pure: nothing is looked up.
import { BlockList, isIP } from "node:net";

/** Loopback, private, shared, link-local and unspecified addresses (RFC 6890). */
const privateAddresses = new BlockList();
for (const [address, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  // RFC 6598: behind a provider's or a VPN's address translation.
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  privateAddresses.addSubnet(address, bits, "ipv4");
}
for (const [address, bits] of [
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
] as const) {
  privateAddresses.addSubnet(address, bits, "ipv6");
}

/** Whether an address is in the user's own network, or this machine. Host names are taken as they are. */
export function isPrivateHost({ hostname }: URL): boolean {
  if (/(^|\.)localhost$/.test(hostname)) return true;
  const address = hostname.replace(/^\[|\]$/g, "");
  const family = isIP(address);
  return family !== 0 && privateAddresses.check(address, family === 4 ? "ipv4" : "ipv6");
}

/** Whether both hosts lie below one registered domain, as far as their names tell: without the list of public suffixes, two customers of one hosting domain count as one (docs/adr/0014-endpoints-elsewhere.md). */
export function isSameSite(one: URL, other: URL): boolean {
  return siteOf(one) === siteOf(other);
}

/** The last two labels of a name, three where the last two look like what a country hands out names below (co.uk, com.au): there a doubt is for asking. An address is a site of its own. */
function siteOf({ hostname }: URL): string {
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0) return hostname;
  const labels = hostname.replace(/\.$/, "").split(".");
  const isCountrys = /^[a-z]{1,3}\.[a-z]{2}$/.test(labels.slice(-2).join("."));
  return labels.slice(isCountrys ? -3 : -2).join(".");
}
