import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultServerLimits, serverLimits } from "../../client/connection/server-limits.ts";
import { defaultLimits } from "../../shared/limits.ts";

test("until a Welcome says, a client keeps the default limits of servers", () => {
  assert.deepEqual(defaultServerLimits, {
    frameBytesMax: defaultLimits.inboundFrameBytesMax,
    sessionsMax: defaultLimits.sessionsPerConnectionMax,
    unackedInputsMax: defaultLimits.unackedInputsMax,
    pendingRepliesMax: defaultLimits.pendingRepliesMax,
  });
  assert.deepEqual(serverLimits(undefined), defaultServerLimits);
});
