import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import type { StreamEnd } from "../../shared/transport/transport.ts";
import {
  beginEnd,
  destroyEnd,
  endedState,
  openState,
  untoldEnd,
  type StreamState,
} from "../../server/transport/stream-ending.ts";

const first: StreamEnd = { reason: closeReasons.draining, detail: "first" };
const second: StreamEnd = { reason: closeReasons.protocolError, detail: "second" };
const destroyed: StreamEnd = { reason: closeReasons.connectionLost, detail: "Destroyed." };
const lost: StreamEnd = { reason: closeReasons.connectionLost, detail: "lost" };

const ending = (told: boolean): StreamState => ({ kind: "ending", end: first, told });

const table: readonly {
  readonly from: string;
  readonly state: StreamState;
  readonly begun: StreamState;
  readonly destroyed: StreamState;
  readonly untold: StreamEnd | undefined;
}[] = [
  {
    from: "open",
    state: openState,
    begun: { kind: "ending", end: second, told: false },
    destroyed: { kind: "ending", end: destroyed, told: false },
    untold: lost,
  },
  {
    from: "ending, our user not told",
    state: ending(false),
    begun: ending(false),
    destroyed: { kind: "ending", end: destroyed, told: false },
    untold: first,
  },
  {
    from: "ending, our user told",
    state: ending(true),
    begun: ending(true),
    destroyed: { kind: "ending", end: destroyed, told: true },
    untold: undefined,
  },
  {
    from: "ended",
    state: endedState,
    begun: endedState,
    destroyed: endedState,
    untold: undefined,
  },
];

suite("a stream that is", () => {
  for (const { from, state, begun, destroyed: cut, untold } of table) {
    test(`${from} ends, is destroyed and closes as the table says`, () => {
      assert.deepEqual(beginEnd(state, second, false), begun);
      assert.equal(beginEnd(state, second, false) === state, from !== "open");
      assert.deepEqual(destroyEnd(state), cut);
      assert.equal(
        untoldEnd(state, () => lost),
        untold,
      );
    });
  }

  test("ended by its peer has told its user at once", () => {
    assert.deepEqual(beginEnd(openState, second, true), {
      kind: "ending",
      end: second,
      told: true,
    });
  });
});
