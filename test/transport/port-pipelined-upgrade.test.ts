import assert from "node:assert/strict";
import { rawExchange } from "./raw-exchange.ts";
import { portTest } from "./grpc-call.ts";
import { upgradeHead } from "./raw-websocket.ts";

// A client may send its next request before it has the answer to the last one. Behind an upgrade nothing is HTTP any
// more, so the answer that is still to come has no place to go.
const unanswered = "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n";

for (const upgrade of ["h2c", "websocket"]) {
  portTest(
    `an upgrade to ${upgrade} behind a request that has no answer yet ends the connection`,
    async (server) => {
      const answer = await rawExchange(server.number, [
        unanswered + upgradeHead("/connect", { upgrade }),
      ]);
      assert.equal(answer, "");
      assert.equal(server.accepted.length, 0);
    },
    { requestHandler: () => undefined },
  );
}
