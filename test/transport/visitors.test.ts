import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { test } from "node:test";
import { defaultLimits, type Limits } from "../../shared/limits.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { createTrustedProxies } from "../../server/transport/trusted-proxies.ts";
import { Visitors } from "../../server/transport/visitors.ts";

function createVisitors(limits: Partial<Limits>) {
  const clock = createVirtualClock();
  const proxies = createTrustedProxies(["10.0.0.0/8"]);
  const visitors = new Visitors({ clock, limits: { ...defaultLimits, ...limits }, proxies });
  const arrive = (remoteAddress: string) => {
    const socket = Object.assign(new EventEmitter(), { remoteAddress });
    const refusal = visitors.arrive(socket as unknown as Socket);
    return { refusal, leave: () => socket.emit("close") };
  };
  return { clock, visitors, arrive };
}

test("an address holds so many sockets, others are let in, and places come free", () => {
  const { arrive } = createVisitors({ connectionsPerAddressMax: 2 });
  const first = arrive("192.0.2.1");
  assert.equal(first.refusal, undefined);
  assert.equal(arrive("::ffff:192.0.2.1").refusal, undefined);
  const third = arrive("192.0.2.1");
  assert.match(third.refusal ?? "", /limits\.connectionsPerAddressMax \(2\)\. .*trustedProxies/);
  third.leave();
  assert.equal(arrive("192.0.2.2").refusal, undefined);
  assert.equal(arrive("2001:db8::1").refusal, undefined);
  first.leave();
  assert.equal(arrive("192.0.2.1").refusal, undefined);
  assert.ok(arrive("192.0.2.1").refusal !== undefined, "one that was refused gave no place back");
});

test("hosts of one IPv6 network are one visitor", () => {
  const { arrive } = createVisitors({ connectionsPerAddressMax: 1 });
  assert.equal(arrive("2001:db8:1:2::1").refusal, undefined);
  assert.ok(arrive("2001:db8:1:2:ffff::9").refusal !== undefined);
  assert.equal(arrive("2001:db8:1:3::1").refusal, undefined);
});

test("an address opens sockets at a rate", () => {
  const { arrive, clock } = createVisitors({
    connectsPerAddressPerSecond: 10,
    connectsPerAddressBurst: 3,
  });
  for (let count = 0; count < 3; count++) assert.equal(arrive("192.0.2.1").refusal, undefined);
  assert.match(arrive("192.0.2.1").refusal ?? "", /limits\.connectsPerAddressPerSecond \(10\)/);
  assert.equal(arrive("192.0.2.2").refusal, undefined);
  clock.advance(100);
  assert.equal(arrive("192.0.2.1").refusal, undefined);
});

test("a trusted proxy opens as many sockets as it likes", () => {
  const { arrive } = createVisitors({ connectionsPerAddressMax: 1, connectsPerAddressBurst: 1 });
  for (let count = 0; count < 9; count++) assert.equal(arrive("10.1.2.3").refusal, undefined);
});

test("an address asks at a rate, whichever of its ports it asks from", () => {
  const { visitors, clock } = createVisitors({
    requestsPerAddressPerSecond: 2,
    requestsPerAddressBurst: 2,
  });
  assert.equal(visitors.ask("192.0.2.1:1000"), undefined);
  assert.equal(visitors.ask("192.0.2.1:1001"), undefined);
  assert.match(visitors.ask("192.0.2.1:1002") ?? "", /limits\.requestsPerAddressPerSecond \(2\)/);
  assert.equal(visitors.ask("192.0.2.2:1000"), undefined);
  clock.advance(500);
  assert.equal(visitors.ask("192.0.2.1:1003"), undefined);
});
