import assert from "node:assert/strict";
import { seesEvent, type SimulatedWorld, type World } from "./world.ts";

/** 1, 2, 3 ... */
export const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

/** Every input applied once and in order, every request answered once and rightly. */
export function checkInputs({ members, applied }: World): void {
  for (const { name, seats } of members) {
    for (const { room, sent, asked, answers, refused } of seats) {
      assert.equal(refused, 0, `${name} in ${room}: refused`);
      assert.deepEqual(
        applied.get(`${room} ${name}`) ?? [],
        upTo(sent),
        `${name} in ${room}: applied`,
      );
      assert.deepEqual(
        applied.get(`${room} ${name} asks`) ?? [],
        upTo(asked),
        `${name} in ${room}: asked`,
      );
      assert.deepEqual(
        [...answers].sort(([a], [b]) => a - b),
        upTo(asked).map((n) => [n, n * 2]),
        `${name} in ${room}: answers`,
      );
    }
  }
}

/** Every event that was for a player seen once and in order. */
export function checkEvents({ members }: World): void {
  for (const receiver of members) {
    for (const [index, seat] of receiver.seats.entries()) {
      assert.deepEqual(seat.gaps, [], `${receiver.name} in ${seat.room}: gaps`);
      for (const sender of members) {
        const sent = sender.seats[index]?.sent ?? 0;
        const expected = upTo(sent).filter((n) => seesEvent(receiver.name, sender.name, n));
        assert.deepEqual(
          seat.seen.get(sender.name) ?? [],
          expected,
          `${receiver.name} in ${seat.room} from ${sender.name}`,
        );
      }
    }
  }
}

/** Every event that was for a player and was not seen is in a gap that was told; in one life of the rooms. */
export function checkGaps({ members, published }: SimulatedWorld): void {
  for (const { name, seats } of members) {
    for (const { room, cursors, gaps } of seats) {
      const untold = published.filter(
        (event) =>
          event.room === room &&
          seesEvent(name, event.by, event.n) &&
          !cursors.has(event.cursor) &&
          !gaps.some(({ from, to }) => from <= event.cursor && event.cursor <= to),
      );
      assert.deepEqual(untold, [], `${name} in ${room}: missing and not told`);
    }
  }
}

/** Every mirror equals its room. */
export function checkState(world: World): void {
  for (const { name, seats } of world.members) {
    for (const { room, session } of seats) {
      const owned = [...world.members].map((member) => {
        const list = world.applied.get(`${session.roomId} ${member.name}`) ?? [];
        return [
          member.name,
          list.length === 0 ? undefined : { applied: list.length, last: list.at(-1) },
        ];
      });
      for (const [player, expected] of owned as [string, unknown][]) {
        assert.deepEqual(
          session.state.sums.get(player),
          expected,
          `${name} in ${room}: row ${player}`,
        );
      }
    }
  }
}

/** No event twice, none before an older one. */
export function checkOnceInOrder({ members }: World): void {
  for (const { name, seats } of members) {
    for (const { room, seen } of seats) {
      for (const list of seen.values()) {
        assert.deepEqual(
          list,
          [...new Set(list)].sort((a, b) => a - b),
          `${name} in ${room}: once and in order`,
        );
      }
    }
  }
}

/** Nothing was said to be done before it was to be seen. */
export function checkTruth({ members }: World): void {
  for (const { name, seats } of members) {
    for (const { room, early } of seats)
      assert.deepEqual(early, [], `${name} in ${room}: too early`);
  }
}
