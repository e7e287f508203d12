import assert from "node:assert/strict";
import { Socket } from "node:net";
import { test } from "node:test";
import { TLSSocket } from "node:tls";
import { peerInfoOf } from "../../server/transport/peer-info.ts";
import { noProxies } from "../../server/transport/trusted-proxies.ts";

test("a TLS socket that was destroyed meanwhile has no certificate any more, and that is no error", () => {
  const socket = new TLSSocket(new Socket());
  socket.authorized = true;
  socket.destroy();
  assert.equal(peerInfoOf("grpc", socket, {}, noProxies).certificateSubject, undefined);
});
