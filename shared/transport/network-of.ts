/**
 * What of an address tells one visitor from another: the host without its port; of IPv6 the half that names a network, for a
 * host has the other half to itself. Takes `HOST`, `HOST:PORT` and `[HOST]:PORT`.
 */
export function networkOf(address: string): string {
  const host = hostOf(address);
  if (!host.includes(":")) return host;
  const [head = "", tail] = host.split("::");
  const groups = head === "" ? [] : head.split(":");
  const rest = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - groups.length - rest.length;
  return [...groups, ...Array<string>(Math.max(0, zeros)).fill("0"), ...rest].slice(0, 4).join(":");
}

/** Without port and brackets; an IPv4 address on a socket of both as what it is. */
export function hostOf(address: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(address)?.[1];
  const isIpv6 = (address.match(/:/g)?.length ?? 0) > 1;
  const host = bracketed ?? (isIpv6 ? address : address.replace(/:\d+$/, ""));
  return host.replace(/^::ffff:(?=\d+\.)/i, "");
}
