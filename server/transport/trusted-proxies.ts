import { BlockList, isIP } from "node:net";
import { hostOf } from "../../shared/transport/network-of.ts";

/** Proxies whose word on whom they speak for is taken (X-Forwarded-For). */
export interface TrustedProxies {
  /** Whether this address is one of theirs. */
  trusts(address: string): boolean;
  /**
   * Whom a request comes from: of those it went through, the last that is not a proxy of ours; undefined when it came from
   * there itself, or its proxy does not say. What stands before that one may be anybody's invention.
   */
  clientOf(address: string, forwardedFor: string | undefined): string | undefined;
}

/** Nobody's word is taken. */
export const noProxies: TrustedProxies = { trusts: () => false, clientOf: () => undefined };

/** What is wrong with an entry of `trustedProxies`, in words; undefined: nothing. */
export function proxyFault(entry: unknown): string | undefined {
  const expected = "an IP address, or a range such as 10.0.0.0/8";
  if (typeof entry !== "string") return expected;
  const [host = "", prefix] = entry.split("/", 2);
  const version = isIP(host);
  if (version === 0 || entry.split("/").length > 2) return expected;
  if (prefix === undefined) return undefined;
  const most = version === 4 ? 32 : 128;
  return /^\d+$/.test(prefix) && Number(prefix) <= most ? undefined : expected;
}

/** Creates {@link TrustedProxies} of entries that {@link proxyFault} finds nothing wrong with. */
export function createTrustedProxies(entries: readonly string[]): TrustedProxies {
  if (entries.length === 0) return noProxies;
  const list = new BlockList();
  for (const entry of entries) {
    const [host = "", prefix] = entry.split("/", 2);
    if (prefix === undefined) list.addAddress(host, familyOf(host));
    else list.addSubnet(host, Number(prefix), familyOf(host));
  }
  const trusts = (address: string): boolean => {
    const host = hostOf(address);
    return isIP(host) > 0 && list.check(host, familyOf(host));
  };
  return {
    trusts,
    clientOf(address, forwardedFor) {
      if (forwardedFor === undefined || !trusts(address)) return undefined;
      const hops = forwardedFor.split(",").map((hop) => hostOf(hop.trim()));
      const client = hops.findLast((hop) => !trusts(hop));
      return client !== undefined && isIP(client) > 0 ? client : undefined;
    },
  };
}

function familyOf(host: string): "ipv4" | "ipv6" {
  return isIP(host) === 6 ? "ipv6" : "ipv4";
}
