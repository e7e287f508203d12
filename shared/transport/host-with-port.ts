/** `HOST:PORT`, with brackets around an IPv6 address. */
export function hostWithPort(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Whether a host stands for all interfaces of a machine: there is no reaching it by this name. */
export function isAnyAddress(host: string): boolean {
  return host === "0.0.0.0" || /^(0*:){1,7}:?0*$/.test(host);
}
