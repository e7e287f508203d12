import assert from "node:assert/strict";
import { test } from "node:test";
import { hostOf, networkOf } from "../../shared/transport/network-of.ts";
import {
  createTrustedProxies,
  noProxies,
  proxyFault,
} from "../../server/transport/trusted-proxies.ts";

test("an address is a host without its port, of IPv6 the network", () => {
  const networks = {
    "192.0.2.7:5000": "192.0.2.7",
    "192.0.2.7": "192.0.2.7",
    "::ffff:192.0.2.7": "192.0.2.7",
    "[2001:db8:1:2:3:4:5:6]:443": "2001:db8:1:2",
    "2001:db8:1:2::9": "2001:db8:1:2",
    "2001:db8::1": "2001:db8:0:0",
    "[::1]:50051": "0:0:0:0",
    unknown: "unknown",
  };
  for (const [address, network] of Object.entries(networks))
    assert.equal(networkOf(address), network, address);
  assert.equal(hostOf("[2001:db8::1]:443"), "2001:db8::1");
  assert.equal(hostOf("2001:db8::1"), "2001:db8::1");
});

test("nobody's word is taken unless a proxy is trusted", () => {
  assert.equal(noProxies.clientOf("10.0.0.1", "192.0.2.7"), undefined);
  const proxies = createTrustedProxies(["10.0.0.0/8", "2001:db8::5"]);
  assert.equal(proxies.clientOf("192.0.2.1", "198.51.100.9"), undefined, "not one of ours");
  assert.equal(proxies.clientOf("10.0.0.1", undefined), undefined, "it does not say");
  assert.equal(proxies.clientOf("10.0.0.1", "192.0.2.7"), "192.0.2.7");
  assert.equal(proxies.clientOf("::ffff:10.0.0.1", "192.0.2.7:4711"), "192.0.2.7");
  assert.equal(proxies.clientOf("2001:db8::5", "[2001:db8:9::1]:80"), "2001:db8:9::1");
});

test("of what was forwarded the last counts that is no proxy of ours: what stands before may be invented", () => {
  const proxies = createTrustedProxies(["10.0.0.0/8"]);
  const client = (forwarded: string) => proxies.clientOf("10.0.0.1", forwarded);
  assert.equal(client("203.0.113.1, 192.0.2.7, 10.0.0.2"), "192.0.2.7");
  assert.equal(client("10.0.0.3, 10.0.0.2"), undefined, "nobody but proxies");
  assert.equal(client("192.0.2.7, nonsense"), undefined, "no address");
  assert.equal(client(""), undefined);
});

test("trustedProxies: what is no address or range has a fault", () => {
  for (const entry of ["10.0.0.1", "10.0.0.0/8", "2001:db8::/32", "::1"])
    assert.equal(proxyFault(entry), undefined, entry);
  for (const entry of [
    "",
    "proxy.example",
    "10.0.0.0/33",
    "10.0.0.0/8/9",
    "10.0.0.0/",
    "10.0/8",
    7,
  ])
    assert.match(proxyFault(entry) ?? "", /an IP address/, String(entry));
});
