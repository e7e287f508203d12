const advice: readonly (readonly [sign: RegExp, what: string])[] = [
  [
    /wrong version number|packet length too long|http request/i,
    "what listens there does not speak TLS; leave out tls, or write http:// or ws://",
  ],
  [/Protocol error|Parse Error/, "what listens there does not speak gRPC"],
  [/Unexpected server response: 2\d\d/, "what listens there answers, but not as a WebSocket"],
  [
    /self[- ]signed certificate|unable to (verify|get)|unknown ca/i,
    "nobody this client trusts has signed the certificate; name who has in tls.ca",
  ],
];

/** What Node says of a connection that failed, in one line, and what it means where that is less than plain. */
export function networkProblem(said: string): string {
  const line = said.trim().replace(/\s*\n\s*/g, " ");
  const found = advice.find(([sign]) => sign.test(line));
  return found === undefined ? line : `${found[1]}: ${line}`;
}
