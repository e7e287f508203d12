import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createElement, type ReactNode } from "react";
import { renderToString } from "react-dom/server";
import {
  RoomlineProvider,
  useConnection,
  useEvent,
  useLobby,
  useMembers,
  usePresence,
  useRoom,
  useRoomState,
  type Room,
} from "../../client/react/index.ts";
import { createSelection, isAlike } from "../../client/react/selection.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import { echoContract } from "../engine/rooms.ts";

const cafe = defineContract({ presence: json<{ mood: string }>() });

/** A dialer that nobody may use. */
const untouched = {
  target: "nowhere",
  dial: () => assert.fail("a server does not connect while it makes a page"),
};

const within = (child: ReactNode) =>
  createElement(RoomlineProvider, { target: "nowhere:1", options: { dialer: untouched } }, child);

suite("react: on a server", () => {
  test("a page is made without connecting, as it is before there is anything", () => {
    function Scores() {
      const { status, client } = useConnection();
      const room = useRoom(echoContract, { roomType: "echo" });
      useEvent(room, "said", () => undefined);
      const size = useRoomState(room, ({ scores }) => scores.size);
      const keys = useRoomState(room, ({ scores }) => [...scores.keys()]);
      const { rooms } = useLobby({ roomType: "echo" });
      return `${status} ${client === undefined} ${room.status} ${size} ${keys.length} ${rooms.length}`;
    }
    assert.equal(renderToString(within(createElement(Scores))), "connecting true joining 0 0 0");
  });

  test("nobody is there, and nothing is said", () => {
    function Guests() {
      const room = useRoom(cafe, { roomType: "cafe" });
      usePresence(room, { mood: "fine" });
      const ids = useMembers(room, (members) => [...members.keys()]);
      return `${useMembers(room).length} ${ids.length}`;
    }
    assert.equal(renderToString(within(createElement(Guests))), "0 0");
  });

  test("members of a contract that has none are refused, and so is a presence that has no JSON", () => {
    const wrong: Readonly<Record<string, (room: Room<never>) => unknown>> = {
      useMembers: (room) => useMembers(room).length,
      usePresence: (room) => usePresence(room, { mood: "fine" } as never),
    };
    for (const [hook, use] of Object.entries(wrong)) {
      function Wrong() {
        use(useRoom(echoContract, { roomType: "echo" }) as never);
        return null;
      }
      assert.throws(() => renderToString(within(createElement(Wrong))), {
        code: "invalid-use",
        message: new RegExp(`^${hook} needs a contract with presence; give defineContract one`),
      });
    }
    function Odd() {
      usePresence(useRoom(cafe, { roomType: "cafe" }), { mood: 1n } as never);
      return null;
    }
    assert.throws(() => renderToString(within(createElement(Odd))), {
      code: "invalid-payload",
      message: /^A presence has to be what JSON can hold: .*BigInt/,
    });
  });

  test("a hook without a provider says what it needs", () => {
    function Lost() {
      useRoom(echoContract, { roomType: "echo" });
      return null;
    }
    assert.throws(() => renderToString(createElement(Lost)), {
      code: "invalid-use",
      message: "useRoom needs a <RoomlineProvider> above it.",
    });
  });

  test("options that have no JSON are refused where they are given", () => {
    function Wrong() {
      return useRoom(echoContract, { roomType: "echo", options: 1n }).status;
    }
    assert.throws(() => renderToString(within(createElement(Wrong))), { code: "invalid-argument" });
  });

  test("types flow from the contract", () => {
    function typed(room: Room<typeof echoContract>): void {
      const score: number | undefined = useRoomState(
        room,
        ({ scores }) => scores.get("ann")?.score,
      );
      useEvent(room, "said", (text: string) => text.length);
      // @ts-expect-error -- there is no such event
      useEvent(room, "sayd", () => undefined);
      // @ts-expect-error -- there is no such table
      useRoomState(room, (tables) => typeof tables.points);
      // @ts-expect-error -- it is a text
      void room.session?.send("say", score);
    }
    function typedMembers(room: Room<typeof cafe>, other: Room<typeof echoContract>): void {
      const mood: string | undefined = useMembers(room)[0]?.presence?.mood;
      const online: boolean = useMembers(room, (all) => all.get("ann")?.connected ?? false);
      usePresence(room, mood === undefined || !online ? undefined : { mood });
      // @ts-expect-error -- it is a text
      usePresence(room, { mood: 1 });
      // @ts-expect-error -- the contract has no presence
      useMembers(other);
      // @ts-expect-error -- the contract has no presence
      usePresence(other, {});
    }
    assert.deepEqual([typeof typed, typeof typedMembers], ["function", "function"]);
  });
});

suite("react: what is picked", () => {
  test("is the same object as long as it is alike, whoever picks it", () => {
    const select = (snapshot: { readonly all: readonly number[] }) =>
      snapshot.all.filter((number) => number > 1);
    const pick = createSelection(select, isAlike, () => undefined);
    const first = { all: [1, 2, 3] };
    const picked = pick(first);
    assert.equal(pick(first), picked);
    assert.equal(pick({ all: [0, 2, 3] }), picked);
    const other = pick({ all: [2, 4] });
    assert.deepEqual(other, [2, 4]);
    // A selection that was made anew in the next render goes on from what is shown.
    const again = createSelection(select, isAlike, () => ({ picked: other }));
    assert.equal(again({ all: [2, 4] }), other);
  });

  test("is alike when it is the same, or a list of the same", () => {
    const row = {};
    assert.ok(isAlike(NaN, NaN));
    assert.ok(isAlike([row, 1], [row, 1]));
    assert.ok(!isAlike([row], [{}]));
    assert.ok(!isAlike([1], [1, 2]));
    assert.ok(!isAlike({}, {}));
    assert.ok(!isAlike([], {}));
  });
});
