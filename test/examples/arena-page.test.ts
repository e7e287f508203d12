import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fieldSize } from "../../examples/arena/field.ts";
import { viewOf } from "../../examples/arena/page/camera.ts";
import { InterpolationBuffer, type Pose } from "../../examples/arena/page/interpolation.ts";
import { directionOfKeys, isSteeringKey } from "../../examples/arena/page/keys.ts";
import { standings } from "../../examples/arena/page/standings.ts";
import { OwnShip, replayed } from "../../examples/arena/page/prediction.ts";
import { createSeededRandom } from "../../shared/random.ts";

const frameMs = 1_000 / 60;
/** Field units per millisecond of the ship in these tests. */
const speed = 0.22;

const poses = (x: number, heading = 0): Map<string, Pose> =>
  new Map([["ann", { x, y: 500, heading }]]);

/** Updates of a ship that flies straight on: when each was made, and when it arrives. */
type Arrivals = readonly (readonly [serverMs: number, arrivesMs: number])[];

/** Plays arrivals to a buffer and looks at it at 60 frames a second. Returns where the ship was drawn. */
function play(buffer: InterpolationBuffer, arrivals: Arrivals, untilMs: number): number[] {
  const drawn: number[] = [];
  let next = 0;
  for (let nowMs = 0; nowMs < untilMs; nowMs += frameMs) {
    for (; (arrivals[next]?.[1] ?? Infinity) <= nowMs; next++) {
      const [serverMs, arrivesMs] = arrivals[next] ?? [0, 0];
      buffer.push(serverMs, arrivesMs, poses(serverMs * speed));
    }
    const pose = buffer.sample(nowMs).get("ann");
    if (pose !== undefined) drawn.push(pose.x);
  }
  return drawn;
}

/** The steps between frames, without those of the first half second, in which the buffer gets to know the network. */
const stepsOf = (drawn: readonly number[]): number[] =>
  drawn
    .slice(31)
    .map((x, index) => x - (drawn[index + 30] ?? 0))
    .slice(1);

describe("interpolation", () => {
  const updates = (intervalMs: number, count: number, lateMs: (index: number) => number) =>
    Array.from({ length: count }, (_, index): [number, number] => {
      const serverMs = index * intervalMs;
      return [serverMs, serverMs + lateMs(index)];
    });

  test("20 updates a second: a frame moves the ship by a frame's way", () => {
    const steps = stepsOf(
      play(
        new InterpolationBuffer(),
        updates(50, 60, () => 30),
        2_900,
      ),
    );
    assert.ok(steps.length > 100);
    for (const step of steps) assert.ok(Math.abs(step / speed - frameMs) < 1, `${step / speed} ms`);
  });

  test("a network that stutters by 80 ms: later, but it never stops or goes back", () => {
    const random = createSeededRandom(5);
    let last = 0;
    const late = updates(50, 100, () => 20 + random() * 80).map(([serverMs, arrivesMs]) => {
      // Frames of a stream do not overtake each other.
      last = Math.max(last, arrivesMs);
      return [serverMs, last] as const;
    });
    const steps = stepsOf(play(new InterpolationBuffer(), late, 4_800));
    for (const step of steps) {
      const ms = step / speed;
      assert.ok(ms > frameMs * 0.45 && ms < frameMs * 1.65, `a frame of ${ms} ms`);
    }
  });

  test("2 updates a second: farther behind, still smooth", () => {
    const buffer = new InterpolationBuffer();
    const steps = stepsOf(
      play(
        buffer,
        updates(500, 12, () => 30),
        5_400,
      ),
    ).slice(150);
    assert.ok(buffer.behindMs > 500);
    for (const step of steps) assert.ok(Math.abs(step / speed - frameMs) < 2, `${step / speed} ms`);
  });

  test("no more updates: a little farther, then it stands", () => {
    const drawn = play(
      new InterpolationBuffer(),
      updates(50, 21, () => 30),
      2_500,
    );
    const newest = 1_000 * speed;
    const end = drawn.at(-1) ?? 0;
    assert.ok(end > newest && end <= newest + 121 * speed, `it stands at ${end}`);
    assert.equal(drawn.at(-20), end);
  });

  test("after a silence, or from another life of the room, it begins anew", () => {
    const buffer = new InterpolationBuffer();
    play(
      buffer,
      updates(50, 20, () => 30),
      1_000,
    );
    buffer.push(60_000, 60_030, poses(900));
    assert.equal(buffer.sample(60_031).get("ann")?.x, 900);
    buffer.push(100, 60_100, poses(20));
    assert.equal(buffer.sample(60_101).get("ann")?.x, 20);
  });

  test("turns go the short way, places that cannot be flown to are jumped to, who left is gone", () => {
    const buffer = new InterpolationBuffer();
    for (const [index, heading] of [3, 3, 3, -3, -3, -3].entries())
      buffer.push(index * 50, index * 50, poses(100, heading));
    const headings = Array.from({ length: 30 }, (_, frame) => {
      const heading = buffer.sample(frame * 10).get("ann")?.heading ?? 0;
      return Math.abs(Math.atan2(Math.sin(heading), Math.cos(heading)));
    });
    assert.ok(Math.min(...headings) >= 3 - 1e-9, "over the back, not over the front");

    const far = new InterpolationBuffer();
    for (const [index, x] of [0, 0, 0, 900, 900].entries())
      far.push(index * 50, index * 50, poses(x));
    far.push(250, 250, new Map());
    const places = new Set<number | undefined>();
    for (let nowMs = 0; nowMs < 600; nowMs += 10) places.add(far.sample(nowMs).get("ann")?.x);
    assert.deepEqual([...places], [0, 900, undefined]);
  });

  test("nothing yet: nothing to draw", () => {
    assert.equal(new InterpolationBuffer().sample(0).size, 0);
  });
});

describe("the own ship", () => {
  const right = { dx: 1, dy: 0 };
  const down = { dx: 0, dy: 1 };

  test("replayed: each steering for as long as it lasted", () => {
    const steers = [
      { fromMs: 0, direction: right },
      { fromMs: 100, direction: down },
    ];
    const near = ({ x, y }: { x: number; y: number }) => [x, y].map((value) => Math.round(value));
    assert.deepEqual(near(replayed({ x: 0, y: 0 }, steers, 0, 200)), [22, 22]);
    assert.deepEqual(near(replayed({ x: 0, y: 0 }, steers, 50, 150)), [11, 11]);
    assert.deepEqual(near(replayed({ x: 0, y: 0 }, steers, 150, 150)), [0, 0]);
    assert.deepEqual(near(replayed({ x: 0, y: 0 }, [], 0, 900)), [0, 0]);
  });

  test("answers at once, and is where the server puts it a round trip later", () => {
    const ship = new OwnShip();
    assert.equal(ship.at(0), undefined);
    ship.confirm({ place: { x: 500, y: 500 }, lastSeq: 0, knownUpToMs: 0 }, 0);
    ship.steer(right, 0);
    assert.ok((ship.at(50)?.x ?? 0) > 510);
    // A server that is 200 ms away has moved it just as far, and says so later.
    for (let serverMs = 50; serverMs <= 1_000; serverMs += 50) {
      const nowMs = serverMs + 200;
      const place = { x: 500 + serverMs * 0.22, y: 500 };
      ship.confirm({ place, lastSeq: 1, knownUpToMs: serverMs }, nowMs);
      const { x = 0 } = ship.at(nowMs) ?? {};
      assert.ok(Math.abs(x - (500 + nowMs * 0.22)) < 1e-6, `${x} at ${nowMs} ms`);
    }
  });

  test("steering the server does not know yet is done again, however wrong the guess of the time", () => {
    const ship = new OwnShip();
    ship.confirm({ place: { x: 500, y: 500 }, lastSeq: 0, knownUpToMs: 0 }, 0);
    const seq = ship.steer(right, 100);
    // The guess says that all until 290 is in it, the number that nothing is.
    ship.confirm({ place: { x: 500, y: 500 }, lastSeq: seq - 1, knownUpToMs: 290 }, 300);
    assert.equal(Math.round(ship.at(1_000)?.x ?? 0), 698);
    // And here the guess says that nothing is in it, the number that it began.
    const early = new OwnShip();
    early.steer(down, 0);
    const second = early.steer(right, 100);
    early.confirm({ place: { x: 500, y: 500 }, lastSeq: second, knownUpToMs: 0 }, 200);
    assert.equal(early.at(200)?.y, 500);
  });

  test("a small slip is evened out softly, a large one is a jump", () => {
    const ship = new OwnShip();
    ship.confirm({ place: { x: 500, y: 500 }, lastSeq: 0, knownUpToMs: 0 }, 0);
    ship.confirm({ place: { x: 520, y: 500 }, lastSeq: 0, knownUpToMs: 50 }, 50);
    assert.equal(ship.at(50)?.x, 500);
    const later = ship.at(120)?.x ?? 0;
    assert.ok(later > 505 && later < 520);
    assert.ok(Math.abs((ship.at(1_500)?.x ?? 0) - 520) < 0.1);
    ship.confirm({ place: { x: 900, y: 100 }, lastSeq: 0, knownUpToMs: 1_500 }, 1_500);
    assert.equal(ship.at(1_500)?.x, 900);
  });

  test("without a word of the server it does not fly off", () => {
    const ship = new OwnShip();
    ship.steer(right, 0);
    ship.confirm({ place: { x: 100, y: 100 }, lastSeq: 0, knownUpToMs: 0 }, 0);
    assert.equal(ship.at(60_000)?.x, ship.at(1_500)?.x);
  });
});

describe("the view", () => {
  const middle = { x: fieldSize / 2, y: fieldSize / 2 };

  test("a large window shows the whole field, a phone the part around the ship, up to the walls", () => {
    const large = viewOf({ width: 1_600, height: 1_000, coveredBelow: 0 }, { x: 0, y: 0 });
    assert.deepEqual(large, viewOf({ width: 1_600, height: 1_000, coveredBelow: 0 }, middle));
    const phone = viewOf({ width: 390, height: 640, coveredBelow: 0 }, { x: 0, y: 0 });
    assert.equal(phone.left, 28);
    const followed = viewOf({ width: 390, height: 640, coveredBelow: 0 }, middle);
    assert.equal(followed.left + middle.x * followed.scale, 195);
    const end = viewOf(
      { width: 390, height: 640, coveredBelow: 0 },
      { x: fieldSize, y: fieldSize },
    );
    assert.equal(Math.round(end.left + fieldSize * end.scale), 390 - 28);
  });

  test("what covers the lower edge does not cover the field", () => {
    const view = viewOf({ width: 900, height: 900, coveredBelow: 100 }, middle);
    assert.ok(view.top + fieldSize * view.scale < 800);
    const followed = viewOf({ width: 390, height: 640, coveredBelow: 120 }, middle);
    assert.equal(followed.top + middle.y * followed.scale, 260);
  });
});

test("keys: WASD and arrows, both at once are no faster, opposite ones stand still", () => {
  const half = Math.SQRT1_2;
  const cases: readonly [codes: string[], dx: number, dy: number][] = [
    [[], 0, 0],
    [["KeyW"], 0, -1],
    [["ArrowRight", "KeyD"], 1, 0],
    [["KeyA", "KeyD"], 0, 0],
    [["KeyS", "ArrowRight", "Escape"], half, half],
  ];
  for (const [codes, dx, dy] of cases) {
    const direction = directionOfKeys(codes);
    assert.ok(Math.hypot(direction.dx - dx, direction.dy - dy) < 1e-9, codes.join(" "));
  }
  assert.deepEqual(["KeyW", "ArrowLeft", "KeyP", "toString"].map(isSteeringKey), [
    ...[true, true, false, false],
  ]);
});

test("the leaderboard: the best eight, and the player who is somebody else", () => {
  const players = new Map(
    Array.from({ length: 12 }, (_, index) => [
      `p${index}`,
      { name: `ship ${index}`, score: index % 11 },
    ]),
  );
  const shown = standings(players, "p1");
  assert.equal(shown.length, 8);
  assert.deepEqual(
    shown.slice(0, 2).map(({ place, score }) => [place, score]),
    [
      [1, 10],
      [2, 9],
    ],
  );
  assert.deepEqual(shown.at(-1), { id: "p1", name: "ship 1", score: 1, place: 10 });
  assert.equal(standings(players, "p10").at(-1)?.place, 8);
  // Equal scores: by name, so that rows do not hop.
  assert.deepEqual(
    standings(
      new Map([
        ["b", { name: "b", score: 0 }],
        ["a", { name: "a", score: 0 }],
      ]),
      "",
    ).map(({ id }) => id),
    ["a", "b"],
  );
});
