import { choose, pick } from "./chance.ts";
import type { Member, Seat, World } from "./world.ts";

/** How often what happens, as weights. */
export interface Weather {
  readonly send: number;
  readonly ask: number;
  readonly cut: number;
  readonly refuse: number;
  readonly stall: number;
  readonly pause: number;
  readonly rate: number;
  readonly restart: number;
  /** What befalls the link to the rooms, if there is one. */
  readonly link: number;
  /** A room goes to another node, if there are several. */
  readonly move: number;
}

export const roughWeather: Weather = {
  send: 70,
  ask: 8,
  cut: 4,
  refuse: 1,
  stall: 3,
  pause: 6,
  rate: 3,
  restart: 0,
  link: 6,
  move: 0,
};

/** The same at several nodes, between which rooms move. */
export const movingWeather: Weather = { ...roughWeather, move: 5 };

/** Lets `steps` things happen, chosen by the world's random numbers, each a random time after the last. */
export async function live(world: World, weather: Weather, steps: number): Promise<void> {
  const { nodes } = world;
  for (let step = 0; step < steps; step++) {
    const member = pick(world.members, world.random);
    if (member === undefined) return;
    act(world, member, choose(weather, world.random));
    await world.clock.advanceAsync(world.random() * 80);
    nodes?.checkOneOfEach();
  }
}

/** Ends all troubles and waits until nothing is under way. */
export async function calm(world: World): Promise<void> {
  for (const member of world.members) {
    member.dialer.refusing = false;
    member.transport()?.resumeReading();
    for (const { session } of member.seats) void session.resume().catch(() => undefined);
  }
  const link = world.link?.();
  if (link !== undefined) link.refusing = false;
  await world.clock.advanceAsync(90_000);
}

function act(world: World, member: Member, deed: keyof Weather): void {
  const { clock, random } = world;
  const seat = pick(member.seats, random);
  if (seat === undefined) return;
  switch (deed) {
    case "send":
      for (let count = Math.ceil(random() * 3); count > 0; count--) send(seat);
      return;
    case "ask":
      ask(seat);
      return;
    case "cut":
      member.dialer.cut();
      return;
    case "refuse":
      member.dialer.refusing = true;
      member.dialer.cut();
      clock.setTimer(() => (member.dialer.refusing = false), random() * 5_000);
      return;
    case "stall": {
      const transport = member.transport();
      transport?.pauseReading();
      clock.setTimer(() => transport?.resumeReading(), random() * 8_000);
      return;
    }
    case "pause":
      void seat.session.pause().catch(() => undefined);
      clock.setTimer(() => void seat.session.resume().catch(() => undefined), random() * 3_000);
      return;
    case "rate":
      void seat.session.setRate(Math.floor(random() * 20)).catch(() => undefined);
      return;
    case "restart":
      world.restart();
      return;
    case "link":
      trouble(world);
      return;
    case "move":
      world.nodes?.moveAny();
      return;
  }
}

/** Something befalls the link between the players' node and that of their rooms. */
function trouble({ link, random, clock }: World): void {
  const way = link?.();
  if (way === undefined) return;
  const which = random();
  if (way.stallDirectory !== undefined && random() < 0.15) way.stallDirectory(random() * 4_000);
  else if (which < 0.2) way.cut();
  else if (which < 0.4) way.cutAtFrame(Math.ceil(random() * 8));
  else if (which < 0.55) way.vanish();
  else if (which < 0.7) {
    way.refusing = true;
    way.cut();
    clock.setTimer(() => (way.refusing = false), random() * 5_000);
  } else way.stall(which < 0.85 ? "edge" : "host", random() * 4_000);
}

function send(seat: Seat): void {
  const n = ++seat.sent;
  const number = ++seat.said;
  seat.session.send("add", { n }).then(
    () => isShown(seat, `send ${n}`, number),
    () => seat.refused++,
  );
}

function ask(seat: Seat): void {
  const n = ++seat.asked;
  const number = ++seat.said;
  seat.session.request("ask", { n }).then(
    ({ n: answer }) => {
      seat.answers.set(n, answer);
      isShown(seat, `ask ${n}`, number);
    },
    () => seat.refused++,
  );
}

/** Whoever is told that an input is done can see what it did (rule IN-2). */
function isShown(seat: Seat, what: string, number: number): void {
  const shown = seat.session.state.handled.get(seat.player)?.count ?? 0;
  if (shown < number) seat.early.push(`${what}: ${shown} of ${number} shown`);
}
