import { isIPv6 } from "node:net";

/**
 * An authority as RFC 3986 wants it. Node's own HTTP/2 client leaves out the brackets around an IPv6 address, and then there is no
 * URL to be made of it.
 */
export function bracketedAuthority(authority: string): string {
  if (authority.startsWith("[") || !authority.includes(":", authority.indexOf(":") + 1))
    return authority;
  const at = authority.lastIndexOf(":");
  const host = authority.slice(0, at);
  if (isIPv6(host)) return `[${host}]${authority.slice(at)}`;
  return isIPv6(authority) ? `[${authority}]` : authority;
}
